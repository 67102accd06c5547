"""A sorting is known by its spike trains, wherever it is stored and whatever is selected of it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.identity import BLOCK, Identity, identity_of, train_digests
from nb_autolabel.analyzer.source import SPIKE_DTYPE
from nb_autolabel.errors import LabelsError
from tests.conftest import shared


def spikes(*rows):
    """Spikes given as (sample, unit, segment)."""
    return np.array(list(rows), dtype=SPIKE_DTYPE)


def by_unit(analyzer):
    identity = identity_of(analyzer)
    return dict(zip(map(str, identity.unit_ids), identity.trains, strict=True))


def test_a_digest_depends_on_every_spike_of_its_unit_and_on_nothing_else():
    one = spikes((5, 0, 0), (9, 1, 0), (9, 0, 0), (5, 0, 1))
    a, b = train_digests(one, 2)
    assert a != b
    assert train_digests(one[::-1], 2) == [a, b], "the order of the spikes"
    assert train_digests(one[one["unit_index"] == 0], 1) == [a], "the other units"
    for other in (
        spikes((6, 0, 0), (9, 0, 0), (5, 0, 1)),
        spikes((5, 0, 0), (9, 0, 0), (5, 0, 0)),
        spikes((5, 0, 0), (9, 0, 1), (5, 0, 0)),
        spikes((5, 0, 0), (9, 0, 0)),
        spikes((4, 0, 0), (10, 0, 0), (5, 0, 1)),
        spikes((5, 0, 0), (9, 0, 0), (5, 0, 1), (5, 0, 1)),
    ):
        assert train_digests(other, 1) != [a], other


def test_ten_thousand_trains_that_differ_in_one_sample_have_different_digests():
    random = np.random.default_rng(0)
    base = np.sort(random.integers(0, 10**7, 200))
    many = np.empty((10_000, 200), dtype=SPIKE_DTYPE)
    many["sample_index"] = base
    many["unit_index"] = np.arange(10_000)[:, None]
    many["segment_index"] = 0
    many["sample_index"][np.arange(10_000), random.integers(0, 200, 10_000)] += np.arange(10_000)
    assert len(set(train_digests(many.ravel(), 10_000))) == 10_000


def test_blocks_make_no_difference(monkeypatch):
    random = np.random.default_rng(1)
    many = np.empty(1000, dtype=SPIKE_DTYPE)
    for name, most in (("sample_index", 10**9), ("unit_index", 7), ("segment_index", 3)):
        many[name] = random.integers(0, most, 1000)
    whole = train_digests(many, 7)
    monkeypatch.setattr("nb_autolabel.analyzer.identity.BLOCK", 13)
    assert train_digests(many, 7) == whole
    assert BLOCK > 13


def test_a_unit_without_spikes_is_known_by_its_recording():
    none = spikes()
    assert train_digests(none, 1, "one") == train_digests(none, 1, "one") != train_digests(none, 1, "other")


@pytest.mark.parametrize("version", ["0.101.2", "0.103.2", "0.104.1", "0.105.3", "0.105.3_two_segments"])
def test_both_formats_of_every_version_give_the_same_identity(version):
    one, other = (nbl.load(shared(f"formats/si{version}{suffix}")) for suffix in (".zarr", "_binary"))
    assert identity_of(one).fingerprint == identity_of(other).fingerprint
    assert by_unit(one) == by_unit(other)
    assert identity_of(one).recording == identity_of(other).recording


def test_a_real_recording_gives_the_same_identity_in_both_formats():
    one, other = (nbl.load(shared(f"neuropixels_kilosort{suffix}")) for suffix in (".zarr", "_binary"))
    assert identity_of(one) == identity_of(other)


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
@pytest.mark.parametrize("slim", [True, False])
def test_saving_and_unpacking_keep_the_identity(tmp_path, demo_folder, format, slim):
    demo = nbl.demo_analyzer()
    saved = demo.save_as(format, tmp_path / "saved", slim=slim, progress_bar=False)
    assert identity_of(saved) == identity_of(nbl.load(demo_folder)) == identity_of(demo)
    moved = shutil.move(saved.folder, tmp_path / ("moved.zarr" if format == "zarr" else "moved"))
    assert identity_of(nbl.load(moved)) == identity_of(demo)


def test_a_selection_keeps_the_identity_of_its_units(tmp_path):
    demo = nbl.demo_analyzer()
    chosen = demo.unit_ids[[40, 3, 77]]
    few = demo.select_units(chosen)
    saved = few.save_as("zarr", tmp_path / "few", progress_bar=False)
    whole = by_unit(demo)
    assert by_unit(few) == by_unit(saved) == {unit: whole[unit] for unit in chosen.tolist()}
    assert identity_of(few).recording == identity_of(demo).recording
    other_order = demo.select_units(demo.unit_ids[::-1])
    assert identity_of(other_order).fingerprint == identity_of(demo).fingerprint
    assert identity_of(few).fingerprint != identity_of(demo).fingerprint


def test_the_spikes_are_read_once_and_not_kept(monkeypatch):
    demo = nbl.demo_analyzer()
    read, times = demo._source.spikes, []
    monkeypatch.setattr(demo._source, "spikes", lambda: times.append(1) or read())
    nbl.Workbench(demo).close()
    nbl.LabelingSession(demo).close()
    assert times == [1]
    assert "spikes" not in vars(demo)
    nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None).close()
    assert times == [1]


def test_labels_that_are_kept_in_memory_need_no_spikes(monkeypatch):
    demo = nbl.demo_analyzer()
    monkeypatch.setattr(demo._source, "spikes", lambda: pytest.fail("spikes were read"))
    nbl.BombcellLabeler(demo, journal=None).close()


def test_without_readable_spikes_the_recording_tells_sortings_apart(writable_demo):
    shutil.rmtree(writable_demo / "sorting" / "spikes")
    (writable_demo / ".zmetadata").unlink()
    one = identity_of(nbl.load(writable_demo))
    assert one == identity_of(nbl.load(writable_demo))
    assert len(set(one.trains)) == 1
    assert one.fingerprint != identity_of(nbl.demo_analyzer()).fingerprint
    assert one.recording == identity_of(nbl.demo_analyzer()).recording


def test_of_ids_alone_the_order_tells_sortings_apart_as_in_earlier_versions():
    assert Identity.of_ids([1, 2]).fingerprint == Identity.of_ids(np.array([1, 2])).fingerprint
    assert (
        len({Identity.of_ids(*args).fingerprint for args in (([1, 2],), ([2, 1],), ([1, 2], "30000 Hz"))})
        == 3
    )


@pytest.mark.parametrize(
    ("format", "ids"), [("zarr", "sorting/unit_ids"), ("binary_folder", "sorting/numpysorting_info.json")]
)
def test_labels_of_a_labeler_do_not_go_into_another_sorting_with_the_same_ids(tmp_path, format, ids):
    """Two tetrodes number their units alike."""
    demo = nbl.demo_analyzer()
    mine = demo.select_units(["0", "1", "2"]).save_as(format, tmp_path / "mine.zarr").folder
    other = Path(demo.select_units(["3", "4", "5"]).save_as(format, tmp_path / "other.zarr").folder)
    shutil.rmtree(other / "extensions")  # their tables have the old ids
    (other / ".zmetadata").unlink(missing_ok=True)
    if format == "zarr":
        shutil.rmtree(other / ids)
        shutil.copytree(Path(mine) / ids, other / ids)
    else:
        shutil.copy(Path(mine) / ids, other / ids)
    live = nbl.LiveBombcell(nbl.load(mine), journal=None)
    assert nbl.load(other).unit_ids.tolist() == ["0", "1", "2"]
    with pytest.raises(LabelsError, match="other spikes than the units of these ids"):
        live.export(other, "analyzer")
    assert "label" not in nbl.load(other).get_sorting_property_keys()
    live.export(mine, "analyzer")
    nbl.export_labels(live.labels, other, "analyzer")
    assert nbl.import_labels(other, "analyzer")["label"].tolist() == live.labels["label"].tolist()
