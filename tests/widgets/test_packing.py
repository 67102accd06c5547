"""Numbers of a page take few bytes and come back as they were, as far as anything shows."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets import packing, page
from nb_autolabel.widgets.packing import Curves, Packer, Rows, by_place, thinning
from nb_autolabel.widgets.page_heading import heading
from tests.unit.cohorts import table_of


def back(packer, row, length):
    """The numbers of a row that was packed."""
    kind, start, size = row
    stored = np.frombuffer(bytes(packer.blob[start : start + size]), "u1").reshape(-1, length)
    return np.ascontiguousarray(stored.T).view(f"<{kind}").ravel().astype(np.float64)


ROWS = np.array(
    [
        [0.1, 0.2, np.nan, 1 / 3, 1e300, np.inf],  # all different
        [0.1, 0.1, 0.1, 0.9, 0.9, 0.9],  # few values: somebody may ask for 0.9
        [1.0, 2.0, 5.0, 70.0, np.nan, -4.0],  # exact in four bytes
        [123456789.0, 2.0, 3.0, 4.0, 5.0, 6.0],  # whole numbers
    ]
)


@pytest.mark.parametrize("exact", [range(4), ()])
def test_values_that_limits_judge_come_back_bit_by_bit_and_others_where_it_matters(exact):
    packer = Packer()
    length, rows = packer.pack(Rows(ROWS.astype("<f8").tobytes(), 6, exact))["$rows"]
    assert length == 6
    found = np.array([back(packer, row, 6) for row in rows])
    same = slice(0, 4) if exact else slice(1, 4)
    np.testing.assert_array_equal(found[same], ROWS[same])
    np.testing.assert_allclose(found[0, :4], ROWS[0, :4], rtol=1e-7)
    assert [row[0] for row in rows] == (["f8", "f8", "f4", "f8"] if exact else ["f4", "f8", "f4", "f8"])
    assert all(row[1] % 8 == 0 for row in rows)


def test_a_row_that_was_stored_already_is_stored_once():
    packer = Packer()
    first = packer.pack(Rows(ROWS.tobytes(), 6, [0]))
    size = len(packer.blob)
    assert packer.pack(Rows(ROWS[:1].tobytes(), 6, [0])) == {"$rows": [6, first["$rows"][1][:1]]}
    assert len(packer.blob) == size


def test_no_units_are_packed_too():
    assert Packer().pack(Rows(b"", 0)) == {"$rows": [0, []]}


def test_templates_that_are_only_drawn_keep_their_shape_and_what_is_missing():
    curves = np.array([[0, 5, -127.0], [np.nan, 1, 2], [0, 0, 0]], dtype="<f4")
    packer = Packer()
    length, sizes, steps = packer.pack(Curves(curves.tobytes(), 3))["$curves"]
    scale = back(packer, ["f4", *sizes], 3)
    stored = np.frombuffer(bytes(packer.blob[steps[0] : steps[0] + steps[1]]), "i1").reshape(-1, length)
    found = np.where(stored == -128, np.nan, stored * scale[:, np.newaxis])
    np.testing.assert_allclose(found, curves, atol=2 / 127)


def test_bytes_are_put_by_their_place():
    assert by_place(np.array([0x0201, 0x0403], dtype="<u2")) == bytes([1, 3, 2, 4])


def test_of_very_many_units_templates_are_stored_coarsely(monkeypatch):
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)

    def templates():
        named = heading(labeler.live.title, labeler.analyzer)
        return page.state_of(labeler, named)["views"]["waveforms"]["state"]["_templates"]

    fine = templates()
    monkeypatch.setattr(page, "MANY_UNITS", 10)
    assert isinstance(templates(), Curves)
    assert isinstance(fine, bytes)
    labeler.close()


def test_a_page_of_many_different_units_takes_less_than_300_bytes_a_unit(tmp_path):
    table = table_of(range(8), 250)
    rng = np.random.default_rng(0)
    for name in table.columns:
        if table[name].dtype.kind == "f":
            table[name] *= np.exp(rng.normal(0, 0.01, len(table)))
    labeler = nbl.BombcellLabeler(nbl.Cohort(table), journal=None)
    packed = page.page_of(labeler).data
    labeler.close()
    assert len(packed) < 300 * len(table) + 60_000


def test_a_report_with_live_labels_leaves_the_labels_it_shows_alone(tmp_path):
    cohort = nbl.Cohort(table_of(range(2), 20))
    cohort.live.set_limit("mua/snr", min=3)
    cohort.live.override("r0/1", "good")
    cohort.report(tmp_path / "summary.html")
    cohort.live.set_limit("mua/snr", min=4)
    assert cohort.live.overrides.index.tolist() == ["r0/1"]
    cohort.live = nbl.LiveUnitRefine(cohort, journal=None)
    assert "UnitRefine" in cohort.report(tmp_path / "other.html").read_text()


def test_of_long_templates_of_very_many_units_some_samples_are_stored_and_the_page_says_so(monkeypatch):
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    whole = labeler.parts["waveforms"]
    length = len(whole._times)
    monkeypatch.setattr(page, "MANY_UNITS", 10)
    monkeypatch.setattr(packing, "MANY_UNITS", 10)
    named = heading(labeler.live.title, labeler.analyzer)
    assert "samples" not in page.state_of(labeler, named)["about"]
    monkeypatch.setattr(packing, "MOST_VALUES", len(whole._ids) * length // 2 - 1)
    state = page.state_of(labeler, named)
    assert state["about"].endswith("1 of 3 samples of each waveform is drawn.")
    stored = state["views"]["waveforms"]["state"]
    assert stored["_times"] == whole._times[::3]
    drawn = np.frombuffer(whole._templates, "<f4").reshape(-1, length)
    np.testing.assert_array_equal(stored["_templates"].values, drawn[:, ::3])
    labeler.close()


def test_templates_of_few_units_are_never_thinned():
    assert thinning(5_000, 10_000) == 1
    assert thinning(50_000, 90) == 1
    assert thinning(50_000, 150) == 2
