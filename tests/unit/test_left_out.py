"""What a copy holds and what it leaves out: text in object arrays, older annotations, spikes in any order."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.pickled_text import plain_array
from nb_autolabel.analyzer.plain_values import as_text, without_objects

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import UNITS, write_binary, write_zarr

FORMATS: Any = ["zarr", "binary_folder"]


def objects(*values: Any) -> Any:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        (objects("good", None, "mua", np.nan), ["good", "", "mua", ""]),
        (objects("good", "ü\U0001f9e0", "", "x" * 3000), ["good", "ü\U0001f9e0", "", "x" * 3000]),
        (objects(None, np.nan), ["", ""]),
        (objects(1, 2, -3), [1, 2, -3]),
        (objects(1, None, 2.5), [1.0, np.nan, 2.5]),
        (objects(True, False), [True, False]),
    ],
)
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_text_and_numbers_are_taken_out_of_a_pickled_array(values: Any, kept: list[Any], protocol: int):
    found = plain_array(pickle.dumps(values, protocol=protocol))

    assert found is not None
    np.testing.assert_array_equal(found, np.array(kept))
    assert found.dtype == np.array(kept).dtype


class Evil:
    def __repr__(self):
        return "Evil()"  # the same in every process that collects the tests

    def __reduce__(self) -> Any:
        return (print, ("it runs",))


@pytest.mark.parametrize(
    "values",
    [
        objects("good", 3),
        objects("good", b"mua"),
        objects("good", {"a": 1}),
        objects(True, None),
        objects("good", Evil()),
        objects(1j, 2j),
        objects([1], [2]),
        objects(("a",), ("b",)),
        objects(2**70, 1),
        objects(np.str_("good")),
    ],
    ids=str,
)
def test_what_is_not_all_text_or_all_numbers_is_not_understood(
    values: Any, capsys: pytest.CaptureFixture[str]
):
    assert plain_array(pickle.dumps(values, protocol=4)) is None
    assert capsys.readouterr().out == ""


def test_bytes_that_are_no_such_pickle_are_not_understood_and_nothing_runs(
    capsys: pytest.CaptureFixture[str],
):
    whole = pickle.dumps(objects("good", None, "mua"), protocol=4)
    random = np.random.default_rng(0)
    for cut in range(len(whole)):
        assert plain_array(whole[:cut]) is None
    for _ in range(3000):
        spoiled = bytearray(whole)
        for at in random.integers(0, len(whole), 3):
            spoiled[at] = random.integers(0, 256)
        found = plain_array(bytes(spoiled))
        assert found is None or not found.dtype.hasobject
    for data in (b"", b"cos\nsystem\n(S'echo it runs'\ntR.", pickle.dumps("good"), pickle.dumps(["good"])):
        assert plain_array(data) is None
    assert capsys.readouterr().out == ""


def test_a_short_pickle_does_not_become_a_large_array():
    text = "x" * 10**6
    assert plain_array(pickle.dumps(objects(*[text] * 1000), protocol=4)) is None


def test_missing_values_are_blanks_never_the_word():
    assert as_text(objects("a", None, np.nan, 3)).tolist() == ["a", "", "", "3"]
    assert without_objects(objects("a", 3)) is None
    np.testing.assert_array_equal(as_text(objects(1.5, None)), [1.5, np.nan])


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("units", [None, ["u3", "u1"]])
def test_text_that_spikeinterface_pickled_is_kept(format: Any, units: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    group = objects("good", None, "mua", np.nan, "noise", "")
    np.save(folder / "sorting/properties/phy_group.npy", group, allow_pickle=True)
    analyzer = nbl.load(folder)

    saved = (analyzer if units is None else analyzer.select_units(units)).save_as(format, tmp_path / "saved")

    by_unit = dict(zip(UNITS.tolist(), ["good", "", "mua", "", "noise", ""], strict=True))
    expected = [by_unit[unit] for unit in saved.unit_ids.tolist()]
    assert saved.get_sorting_property("phy_group").tolist() == expected
    assert saved.get_sorting_property("phy_group").dtype.kind == "U"


@pytest.mark.parametrize("format", FORMATS)
def test_everything_that_is_left_out_is_named_in_one_warning(format: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    np.save(folder / "sorting/properties/mixed.npy", objects({}, 2, 3, 4, 5, 6), allow_pickle=True)
    np.save(folder / "sorting/properties/rows.npy", objects("a", "b"), allow_pickle=True)  # of other units
    (folder / "extensions/templates/helper.pkl").write_bytes(b"\x80\x05N.")
    (folder / "extensions/templates/settings_used.json").write_text("{}")
    (folder / "extensions/principal_components/pca_model_0.pkl").write_bytes(b"\x80\x05N.")

    with pytest.warns(UserWarning, match=r"saved.* is saved without") as caught:
        nbl.load(folder).select_units(["u2", "u1"]).save_as(format, tmp_path / "saved", slim=True)

    (said,) = [str(one.message) for one in caught]
    for name in ("property 'mixed'", "property 'rows'", "helper"):
        assert name in said
    assert ("settings_used" in said) == (format == "zarr")
    # SpikeInterface fits these again when it needs them.
    assert "pca_model" not in said


def test_a_zarr_property_of_objects_is_named(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    put_array(
        folder,
        "sorting/properties/mine",
        UNITS,
        described={"dtype": "|O", "filters": [{"id": "pickle"}], "fill_value": None},
    )
    consolidate(folder)

    with pytest.warns(UserWarning, match="property 'mine'"):
        nbl.load(folder).save_as("zarr", tmp_path / "saved")


@pytest.mark.parametrize("format", FORMATS)
def test_labels_given_to_a_selection_win_over_objects_of_that_name(format: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    np.save(folder / "sorting/properties/label.npy", objects(*[{}] * 6), allow_pickle=True)
    chosen = nbl.load(folder).select_units(["u2", "u1"])
    chosen = chosen.with_property("label", ["good", "mua"])

    saved = chosen.save_as(format, tmp_path / "saved")

    assert saved.get_sorting_property("label").tolist() == ["good", "mua"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("file", ["annotations.json", "si_folder.json"])
def test_annotations_are_kept_wherever_the_version_had_them(format: Any, file: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    given = {"sorter": "by hand", "tags": ["a", 1]}
    content = given if file == "annotations.json" else {"annotations": given, "class": "X"}
    (folder / "sorting" / file).write_text(json.dumps(content))

    saved = nbl.load(folder).save_as(format, tmp_path / "saved")

    assert saved._header.annotations == given


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("units", [None, ["u6", "u3", "u1"]])
def test_spikes_stay_in_their_segment_whatever_their_order(format: Any, units: Any, tmp_path: Path):
    """Both formats say from where to where the spikes of a segment lie, so they must lie together."""
    ordered = nbl.load(write_binary(tmp_path / "ordered"))
    folder = write_binary(tmp_path / "mixed")
    spikes = np.load(folder / "sorting/spikes.npy")
    mixed = np.random.default_rng(0).permutation(len(spikes))
    new = np.argsort(mixed)
    np.save(folder / "sorting/spikes.npy", spikes[mixed])
    per_spike = [("spike_amplitudes", "amplitudes"), ("spike_locations", "spike_locations")]
    for name, key in per_spike:
        file = folder / "extensions" / name / f"{key}.npy"
        np.save(file, np.load(file)[mixed])
    file = folder / "extensions/random_spikes/random_spikes_indices.npy"
    np.save(file, new[np.load(file)])
    analyzer = nbl.load(folder)
    assert (np.diff(analyzer.spikes["segment_index"]) < 0).any()
    if units is not None:
        analyzer, ordered = analyzer.select_units(units), ordered.select_units(units)

    saved = analyzer.save_as(format, tmp_path / "saved")

    assert (np.diff(saved.spikes["segment_index"]) >= 0).all()
    assert sorted(saved.spikes.tolist()) == sorted(ordered.spikes.tolist())
    for name, key in per_spike:
        assert _by_spike(saved, name, key) == _by_spike(ordered, name, key)
    for name, key in (("waveforms", "waveforms"), ("principal_components", "pca_projection")):
        assert _by_random_spike(saved, name, key) == _by_random_spike(ordered, name, key)


def _by_spike(analyzer: nbl.Analyzer, name: str, key: str) -> list[Any]:
    values = analyzer.get_extension(name).get_data(key)
    return sorted(zip(analyzer.spikes.tolist(), map(str, values.tolist()), strict=True))


def _by_random_spike(analyzer: nbl.Analyzer, name: str, key: str) -> list[Any]:
    chosen = analyzer.get_extension("random_spikes").get_data()
    values = analyzer.get_extension(name).get_data(key)
    return sorted(zip(analyzer.spikes[chosen].tolist(), map(str, values.tolist()), strict=True))


def test_an_unknown_array_that_may_be_of_the_spikes_is_left_out_by_name_where_they_are_reordered(
    tmp_path: Path,
):
    folder = write_binary(tmp_path / "small")
    spikes = np.load(folder / "sorting/spikes.npy")[::-1]
    np.save(folder / "sorting/spikes.npy", spikes)
    (folder / "extensions/mine").mkdir()
    for name, value in (("params.json", "{}"), ("run_info.json", '{"run_completed": true}')):
        (folder / "extensions/mine" / name).write_text(value)
    np.save(folder / "extensions/mine/per_spike.npy", np.arange(len(spikes)))
    np.save(folder / "extensions/mine/fixed.npy", np.arange(3))
    for name in ("spike_amplitudes", "spike_locations", "amplitude_scalings"):
        file = folder / "extensions" / name
        if file.exists():
            (file / "params.json").unlink()

    with pytest.warns(UserWarning, match="per_spike of extension 'mine'"):
        saved = nbl.load(folder).save_as("zarr", tmp_path / "saved")

    assert saved.get_extension("mine").data_names == ["fixed"]
