"""What changes under an open analyzer is an error that names it, never data of other units and never zeros."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.remote_store import RemoteStore
from nb_autolabel.errors import DamagedDataError, MissingDataError, SourceChangedError

from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import LZ4, UNITS, WRITE, extensions, spikes, write_binary, write_zarr

FORMATS = pytest.mark.parametrize("format", WRITE)

#: Everything that is read later than at opening.
READS: dict[str, Callable[[nbl.Analyzer], Any]] = {
    "templates": lambda a: a.get_templates(),
    "one template": lambda a: a.get_templates(["u2"]),
    "metrics": lambda a: a.get_metrics_extension_data(),
    "spikes": lambda a: a.spikes,
    "property": lambda a: a.get_sorting_property("depth"),
    "dictionary": lambda a: a.get_extension("quality_metrics").get_data("runtime_s"),
    "waveforms": lambda a: a.get_extension("waveforms").get_data(rows=slice(0, 3)),
    "templates of a selection": lambda a: a.select_units(["u4", "u1"]).get_templates(),
}


def empty(folder: Path) -> None:
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def write_other_units(folder: Path, format: str) -> Path:
    """Write an analyzer of six other units, whose arrays have the sizes and types of the first one's."""
    WRITE[format](folder)
    ids, templates = np.array(["w1", "w2", "w3", "w4", "w5", "w6"]), extensions()["templates"]["average"] + 1
    if format == "binary_folder":
        np.save(folder / "extensions/templates/average.npy", templates)
        file = folder / "sorting/numpysorting_info.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "unit_ids": ids.tolist()}))
        for table in folder.rglob("metrics.csv"):
            table.write_text(table.read_text().replace("\nu", "\nw"))
        return folder
    put_array(folder, "sorting/unit_ids", ids, compressor=LZ4)
    put_array(folder, "extensions/templates/average", templates, chunks=[4, 10, 4], compressor=LZ4)
    for name in ("quality_metrics", "template_metrics"):
        put_array(folder, f"extensions/{name}/metrics/index", ids)
    consolidate(folder)
    return folder


def write_other_spikes(folder: Path, format: str) -> Path:
    """Write an analyzer of units with the same names and numbers of spikes, whose spikes are others'."""
    WRITE[format](folder)
    other = spikes()
    other["unit_index"] = 5 - other["unit_index"]
    if format == "binary_folder":
        np.save(folder / "sorting/spikes.npy", other)
        (folder / "sorting/numpysorting_info.json").touch()
    else:
        put_array(
            folder, "sorting/spikes/unit_index", np.ascontiguousarray(other["unit_index"]), compressor=LZ4
        )
        consolidate(folder)
    return folder


def removed(folder: Path, format: str) -> None:
    del format
    shutil.rmtree(folder)


def renamed(folder: Path, format: str) -> None:
    del format
    folder.rename(folder.with_name("elsewhere"))


def replaced(folder: Path, format: str) -> None:
    other = write_other_units(folder.with_name("other"), format)
    folder.rename(folder.with_name("elsewhere"))
    other.rename(folder)


def overwritten(folder: Path, format: str) -> None:
    shutil.rmtree(folder)
    write_other_units(folder, format)


def overwritten_in_place(folder: Path, format: str) -> None:
    """The folder itself stays, and every file is another."""
    empty(folder)
    write_other_units(folder, format)


def written_over(folder: Path, format: str) -> None:
    """Every file stays, with other content."""
    write_other_units(folder, format)


def sorted_again(folder: Path, format: str) -> None:
    empty(folder)
    write_other_spikes(folder, format)


def emptied(folder: Path, format: str) -> None:
    del format
    empty(folder)


def a_file(folder: Path, format: str) -> None:
    del format
    shutil.rmtree(folder)
    folder.write_bytes(b"something else")


CHANGES = [
    removed,
    renamed,
    replaced,
    overwritten,
    overwritten_in_place,
    written_over,
    sorted_again,
    emptied,
    a_file,
]


@FORMATS
@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("change", CHANGES)
def test_reading_after_a_change_is_an_error_that_says_so(
    change: Callable[[Path, str], None], read: str, format: str, tmp_path: Path
):
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)

    change(folder, format)

    for _ in range(2):
        with pytest.raises(SourceChangedError, match=r"small\.zarr.*nbl\.load"):
            READS[read](analyzer)


@FORMATS
@pytest.mark.parametrize("change", CHANGES)
def test_an_extension_that_was_asked_for_before_a_change_is_not_read_after_it(
    change: Callable[[Path, str], None], format: str, tmp_path: Path
):
    folder = WRITE[format](tmp_path / "small.zarr")
    extension = nbl.load(folder).get_extension("templates")
    assert extension.data_names

    change(folder, format)

    with pytest.raises(SourceChangedError):
        extension.get_data()


@FORMATS
def test_what_was_read_before_a_change_is_kept(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    metrics, train = analyzer.get_metrics_extension_data(), analyzer.get_unit_spike_train("u3")

    overwritten(folder, format)

    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    assert analyzer.get_metrics_extension_data().equals(metrics)
    np.testing.assert_array_equal(analyzer.get_unit_spike_train("u3"), train)


@FORMATS
def test_an_analyzer_that_is_opened_again_after_a_change_is_read(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    nbl.load(folder)

    overwritten(folder, format)

    again = nbl.load(folder)
    assert again.unit_ids.tolist() == ["w1", "w2", "w3", "w4", "w5", "w6"]
    np.testing.assert_array_equal(again.get_templates(), extensions()["templates"]["average"] + 1)


@FORMATS
@pytest.mark.parametrize("spelling", ["small.zarr", "./small.zarr", "../here/small.zarr"])
def test_the_working_directory_may_change(
    spelling: str, format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    here, there = tmp_path / "here", tmp_path / "there"
    for place in (here, there):
        place.mkdir()
    WRITE[format](here / "small.zarr")
    write_other_units(there / "small.zarr", format)
    monkeypatch.chdir(here)
    analyzer = nbl.load(spelling)

    monkeypatch.chdir(there)

    assert analyzer.folder is not None
    assert Path(analyzer.folder).is_absolute()
    assert Path(analyzer.folder).resolve() == here / "small.zarr"
    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])
    assert analyzer.spikes.shape == (60,)
    assert nbl.load(analyzer.folder).unit_ids.tolist() == UNITS.tolist()


def test_a_zip_named_from_the_working_directory_is_read_from_elsewhere(
    demo_zip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(demo_zip, tmp_path / "demo.zarr.zip")
    monkeypatch.chdir(tmp_path)
    analyzer = nbl.load("demo.zarr.zip")
    monkeypatch.chdir("/")

    assert analyzer.folder == str(tmp_path / "demo.zarr.zip")
    assert analyzer.get_templates().any()


@FORMATS
def test_a_link_that_is_turned_to_another_analyzer_is_a_change(format: str, tmp_path: Path):
    first = WRITE[format](tmp_path / "first.zarr")
    second = write_other_units(tmp_path / "second.zarr", format)
    link = tmp_path / "current.zarr"
    link.symlink_to(first)
    analyzer = nbl.load(link)
    assert analyzer.get_templates(["u1"]).any()

    link.unlink()
    link.symlink_to(second)

    with pytest.raises(SourceChangedError, match=r"current\.zarr"):
        analyzer.get_templates()


# ---------------------------------------------------------------- what changes nothing


@FORMATS
@pytest.mark.parametrize("read", READS)
def test_labels_that_are_exported_into_an_open_analyzer_spoil_nothing(read: str, format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    labels = nbl.threshold_metrics_label_units(analyzer, {"snr": {"min": 2.0}})

    nbl.export_labels(labels, folder, format="analyzer")

    assert "label" in nbl.load(folder).get_sorting_property_keys()
    READS[read](analyzer)


@pytest.mark.parametrize("read", READS)
def test_an_extension_that_another_program_adds_spoils_nothing(read: str, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder)

    put_array(folder, "extensions/isi_histograms/isi_histograms", np.zeros((6, 4), int))
    (folder / "extensions/isi_histograms/.zattrs").write_text('{"params": {}}')
    consolidate(folder)

    READS[read](analyzer)
    READS[read](analyzer)


@FORMATS
def test_the_same_analyzer_put_back_is_read(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)

    shutil.move(folder, tmp_path / "elsewhere")
    with pytest.raises(SourceChangedError):
        analyzer.get_templates()
    shutil.copytree(tmp_path / "elsewhere", folder)

    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])
    assert analyzer.spikes.shape == (60,)


def test_metadata_written_again_with_the_same_content_are_no_change(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    attrs = json.loads((folder / "extensions/templates/.zattrs").read_text())
    attrs["params"]["threshold"] = float("nan")  # which does not equal itself
    (folder / "extensions/templates/.zattrs").write_text(json.dumps(attrs))
    consolidate(folder)
    analyzer = nbl.load(folder)

    consolidate(folder)
    os.utime(folder / ".zmetadata", (1, 1))

    np.testing.assert_array_equal(analyzer.get_templates(), extensions()["templates"]["average"])


# ---------------------------------------------------------------- one extension


@FORMATS
@pytest.mark.parametrize("asked_before", [True, False])
def test_an_extension_computed_again_is_not_taken_for_the_old_one(
    asked_before: bool, format: str, tmp_path: Path
):
    """The new templates have as many samples, but other times."""
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    if asked_before:
        assert analyzer.get_extension("templates").params["ms_before"] == 0.1

    params = {"ms_before": 0.25, "ms_after": 0.1}
    other = extensions()["templates"]["average"] * 2
    if format == "zarr":
        put_array(folder, "extensions/templates/average", other, chunks=[4, 10, 4], compressor=LZ4)
        (folder / "extensions/templates/.zattrs").write_text(json.dumps({"params": params}))
        consolidate(folder)
    else:
        np.save(folder / "extensions/templates/average.npy", other)
        (folder / "extensions/templates/params.json").write_text(json.dumps(params))

    if format == "binary_folder" and not asked_before:
        # A folder has no list of what it holds; nothing of the extension had been read, so it is the new one.
        np.testing.assert_array_equal(analyzer.get_templates(), other)
        assert analyzer.get_extension("templates").params == params
    else:
        with pytest.raises(SourceChangedError, match=r"templates.*written again"):
            analyzer.get_templates()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    assert analyzer.get_sorting_property("depth").shape == (6,)


def test_an_array_that_is_written_anew_before_the_list_of_arrays_is_not_taken_for_the_old_one(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder)

    shutil.rmtree(folder / "extensions/templates/average")
    put_array(folder, "extensions/templates/average", np.ones((6, 8, 4)), described={"fill_value": 0.0})

    with pytest.raises(SourceChangedError, match="templates/average"):
        analyzer.get_templates()


def test_a_property_written_again_with_longer_text_is_not_cut_off(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder)

    put_array(folder, "sorting/properties/main_channel_id", np.array(["long name"] * 6))
    consolidate(folder)

    with pytest.raises(SourceChangedError, match="main_channel_id"):
        analyzer.get_sorting_property("main_channel_id")
    assert analyzer.get_templates().shape == (6, 10, 4)


# ---------------------------------------------------------------- chunks that are missing


def zero_fill(folder: Path, path: str) -> Path:
    """Describe an array as zarr 3 does: chunks of zeros are not written."""
    file = folder / path / ".zarray"
    meta = {**json.loads(file.read_text()), "fill_value": 0.0, "dimension_separator": "."}
    file.write_text(json.dumps(meta))
    consolidate(folder)
    return folder / path


AVERAGE = "extensions/templates/average"


def until_the_clock_of_files_goes_on(folder: Path) -> None:
    """Wait until a file that is written now has a later time than now: some milliseconds."""
    now, clock = time.time_ns(), folder / "clock"
    clock.write_bytes(b"")
    while clock.stat().st_mtime_ns <= now:
        clock.write_bytes(b"")


def test_a_chunk_removed_from_an_open_analyzer_is_not_zeros(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    chunks = zero_fill(folder, AVERAGE)
    analyzer = nbl.load(folder)

    until_the_clock_of_files_goes_on(tmp_path)
    (chunks / "1.0.0").unlink()

    with pytest.raises(SourceChangedError, match=r"average.*1\.0\.0 is missing"):
        analyzer.get_templates()
    np.testing.assert_array_equal(analyzer.get_templates(["u1"]), extensions()["templates"]["average"][:1])


@pytest.mark.parametrize("gone", ["average", "average/.zarray", "../templates"])
def test_an_array_removed_from_an_open_analyzer_is_not_zeros(gone: str, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    chunks = zero_fill(folder, AVERAGE)
    (chunks / "1.0.0").unlink()
    analyzer = nbl.load(folder)

    path = folder / "extensions/templates" / gone
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    with pytest.raises(SourceChangedError, match="average"):
        analyzer.get_templates()


def test_an_array_that_the_list_names_and_that_is_not_there_is_an_error(tmp_path: Path):
    """So it is after a copy that was interrupted."""
    folder = write_zarr(tmp_path / "small.zarr")
    shutil.rmtree(zero_fill(folder, AVERAGE))

    with pytest.raises(DamagedDataError, match="average is not there"):
        nbl.load(folder).get_templates()


def test_a_chunk_that_zarr_3_did_not_write_is_zeros(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    (zero_fill(folder, AVERAGE) / "1.0.0").unlink()

    templates = nbl.load(folder).get_templates()

    assert not templates[4:].any()
    np.testing.assert_array_equal(templates[:4], extensions()["templates"]["average"][:4])


def test_a_chunk_missing_from_an_array_of_spikeinterface_is_not_zeros(tmp_path: Path):
    """It writes with zarr 2, which writes every chunk: one that is missing was lost on the way."""
    folder = write_zarr(tmp_path / "small.zarr")
    file = folder / AVERAGE / ".zarray"
    file.write_text(json.dumps({**json.loads(file.read_text()), "fill_value": 0.0}))
    consolidate(folder)
    (folder / AVERAGE / "1.0.0").unlink()

    with pytest.raises(MissingDataError, match=r"average: chunk .*1\.0\.0 is missing.*[Cc]opy"):
        nbl.load(folder).get_templates()


def test_zeros_that_are_saved_are_zeros_when_they_are_read(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    np.save(folder / "extensions/templates/std.npy", np.zeros((6, 10, 4)))
    np.save(folder / "sorting/properties/depth.npy", np.zeros(6))

    saved = nbl.load(folder).save_as("zarr", tmp_path / "saved")

    assert not saved.get_templates(operator="std").any()
    assert saved.get_sorting_property("depth").tolist() == [0.0] * 6


# ---------------------------------------------------------------- files that become shorter


@pytest.mark.parametrize("keep", [0, 60, 200, 1000])
@pytest.mark.parametrize("rows", [None, slice(4, 6), np.array([5, 0])])
def test_an_array_that_another_program_shortens_is_an_error_and_the_process_goes_on(
    keep: int, rows: Any, tmp_path: Path
):
    """A memory map would end the process (SIGBUS)."""
    folder = write_binary(tmp_path / "small")
    extension = nbl.load(folder).get_extension("templates")
    file = folder / "extensions/templates/average.npy"
    assert extension.get_data().any()

    os.truncate(file, keep)

    with pytest.raises(DamagedDataError, match=r"average\.npy.*(shorter|again)"):
        extension.get_data(rows=rows)


def test_spikes_that_another_program_shortens_are_an_error(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    analyzer = nbl.load(folder)

    os.truncate(folder / "sorting/spikes.npy", 400)

    with pytest.raises(SourceChangedError, match=r"spikes\.npy"):
        _ = analyzer.spikes


def test_no_array_of_a_folder_is_a_memory_map(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    for name in analyzer.extension_names:
        for value in analyzer.get_extension(name).data.values():
            assert not isinstance(value, np.memmap)
            assert not isinstance(getattr(value, "base", None), np.memmap)


@pytest.mark.parametrize(
    "rows",
    [slice(None), slice(2, 5), slice(None, None, 2), slice(5, 0, -2), [3], [-1, 2], [6, 0, 3], [], [2, 2]],
)
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("gap", [1, 40, 2**16])
def test_rows_of_a_file_are_picked_as_numpy_picks_them(
    rows: Any, order: Any, gap: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whether rows are read one by one, or with what lies between them."""
    monkeypatch.setattr("nb_autolabel.analyzer.npy_file.GAP_BYTES", gap)
    monkeypatch.setattr("nb_autolabel.analyzer.npy_file.BLOCK_BYTES", 2 * gap)
    folder = write_binary(tmp_path / "small")
    values = np.asarray(np.arange(7 * 5 * 3, dtype="<f4").reshape(7, 5, 3), order=order)
    np.save(folder / "extensions/waveforms/free.npy", values)
    rows = rows if isinstance(rows, slice) else np.array(rows, dtype=np.intp)

    read = nbl.load(folder).get_extension("waveforms").get_data("free", rows=rows)

    np.testing.assert_array_equal(read, values[rows])
    assert read.flags.writeable


def test_a_row_of_a_file_that_does_not_exist_is_an_error(tmp_path: Path):
    extension = nbl.load(write_binary(tmp_path / "small")).get_extension("waveforms")

    with pytest.raises(IndexError):
        extension.get_data(rows=np.array([24]))


# ---------------------------------------------------------------- zip files and addresses


def zipped(folder: Path, archive: Path) -> Path:
    with zipfile.ZipFile(archive, "w") as file:
        for member in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.write(member, member.relative_to(folder))
    return archive


@pytest.mark.parametrize("in_place", [True, False])
def test_a_zip_that_is_replaced_never_gives_other_units(in_place: bool, tmp_path: Path):
    archive = zipped(write_zarr(tmp_path / "small"), tmp_path / "small.zarr.zip")
    other = zipped(write_other_units(tmp_path / "other", "zarr"), tmp_path / "other.zarr.zip")
    analyzer = nbl.load(archive)

    archive.write_bytes(other.read_bytes()) if in_place else other.replace(archive)

    try:
        templates = analyzer.get_templates()
    except DamagedDataError as error:
        assert "small.zarr.zip" in str(error)
    else:
        np.testing.assert_array_equal(templates, extensions()["templates"]["average"])


@pytest.mark.parametrize("change", [overwritten_in_place, emptied])
def test_what_changes_at_an_address_is_recognised(
    change: Callable[[Path, str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from .test_remote import folder_at

    monkeypatch.setattr(RemoteStore, "recheck_after", 0.0)
    folder = write_zarr(tmp_path / "small.zarr")
    with folder_at(folder) as (address, _):
        analyzer = nbl.load(address)
        assert analyzer.get_templates(["u1"]).any()

        change(folder, "zarr")

        for read in ("templates", "metrics", "spikes"):
            with pytest.raises(SourceChangedError, match=r"small\.zarr"):
                READS[read](analyzer)


def test_an_address_is_looked_at_again_only_now_and_then(tmp_path: Path):
    from .test_remote import folder_at

    with folder_at(write_zarr(tmp_path / "small.zarr")) as (address, asked):
        analyzer = nbl.load(address)
        asked.clear()
        analyzer.get_templates(["u1"])
        analyzer.get_templates(["u6"])
        assert len(asked) == 2


# ---------------------------------------------------------------- other processes


@FORMATS
def test_an_analyzer_that_was_sent_to_another_process_reads_and_recognises(
    format: str, tmp_path: Path, in_fresh_python: Any
):
    """As Dask and multiprocessing send it."""
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    analyzer.get_templates()
    (tmp_path / "sent").write_bytes(pickle.dumps([analyzer, analyzer.select_units(["u2"])]))
    script = """
import pickle, sys
whole, chosen = pickle.load(open(sys.argv[1], "rb"))
try:
    print(whole.get_templates().sum(), chosen.get_templates().sum(), len(chosen.spikes))
except Exception as error:
    print(type(error).__name__)
"""
    said = in_fresh_python(script, tmp_path / "sent").split()
    expected = extensions()["templates"]["average"]
    assert [float(n) for n in said] == pytest.approx([expected.sum(), expected[1].sum(), 10])

    overwritten(folder, format)

    assert in_fresh_python(script, tmp_path / "sent").split() == ["SourceChangedError"]
