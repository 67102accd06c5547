"""The same analyzer is read from a folder, a zip file, a link or an address, complete or with less in it."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingDataError

from ..conftest import SAMPLES, shared
from .test_reader_arrays import consolidate
from .test_reader_layout import WRITE, write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer


def zipped(folder: Path, archive: Path, prefix: str = "", packing: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(archive, "w", packing) as file:
        for member in sorted(p for p in folder.rglob("*") if p.is_file()):
            file.write(member, prefix + str(member.relative_to(folder)))
    return archive


@pytest.mark.parametrize("prefix", ["", "session.zarr/"])
@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("format", WRITE)
def test_a_zip_gives_what_the_folder_gives(format: str, prefix: str, packing: int, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    archive = zipped(folder, tmp_path / "small.zarr.zip", prefix, packing)

    analyzer = nbl.load(archive)

    assert analyzer.format == format
    assert analyzer.folder == str(archive)
    assert_same_analyzer(nbl.load(folder), analyzer)


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_sample_in_a_zip_gives_what_the_sample_gives(sample: str, tmp_path: Path):
    archive = zipped(shared(sample), tmp_path / "sample.zip", "in a folder/")

    assert_same_analyzer(nbl.load(shared(sample)), nbl.load(archive))


def test_the_litter_of_macos_in_a_zip_is_no_second_folder(tmp_path: Path):
    archive = zipped(write_zarr(tmp_path / "small.zarr"), tmp_path / "small.zip", "small.zarr/")
    with zipfile.ZipFile(archive, "a") as file:
        file.writestr("__MACOSX/small.zarr/._.zattrs", b"litter")
        file.writestr("small.zarr/extensions/._templates", b"litter")

    assert nbl.load(archive).get_num_units() == 6


@pytest.mark.parametrize("sample", [s for s in SAMPLES if s.endswith(".zarr")])
def test_without_consolidated_metadata_the_store_is_read_file_by_file(sample: str, tmp_path: Path):
    folder = shutil.copytree(shared(sample), tmp_path / "sample.zarr", symlinks=True)
    (folder / ".zmetadata").unlink()

    assert_same_analyzer(nbl.load(shared(sample)), nbl.load(folder))


@pytest.mark.parametrize("format", WRITE)
def test_a_dense_analyzer_has_its_units_on_all_channels(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "dense.zarr")
    if format == "zarr":
        shutil.rmtree(folder / "sparsity_mask")
        consolidate(folder)
    else:
        (folder / "sparsity_mask.npy").unlink()

    analyzer = nbl.load(folder)

    assert not analyzer.is_sparse()
    assert analyzer.sparsity_mask is None
    assert "sparse" not in repr(analyzer)
    assert "4 (dense)" in analyzer._repr_html_()
    assert analyzer.get_unit_channel_ids("u3").tolist() == analyzer.channel_ids.tolist()
    np.testing.assert_array_equal(analyzer.get_unit_template("u3"), analyzer.get_templates(["u3"])[0])
    chosen = analyzer.select_units(["u5", "u1"])
    assert chosen.sparsity_mask is None
    assert chosen.get_extension("waveforms").get_data().shape[1:] == (10, 2)
    saved = chosen.save_as(format, tmp_path / "saved")
    assert not saved.is_sparse()
    assert_same_analyzer(chosen, saved, dicts=False)


@pytest.mark.parametrize("format", WRITE)
def test_without_a_probe_there_are_no_locations_and_the_rest_is_read(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    if format == "zarr":
        attrs = json.loads((folder / "recording_info/.zattrs").read_text())
        (folder / "recording_info/.zattrs").write_text(json.dumps({**attrs, "probegroup": None}))
        consolidate(folder)
    else:
        (folder / "recording_info/probegroup.json").unlink()
    analyzer = nbl.load(folder)

    with pytest.raises(MissingDataError, match="no probe is described"):
        analyzer.get_channel_locations()
    assert analyzer.get_templates().shape == (6, 10, 4)
    assert analyzer.save_as(format, tmp_path / "saved").get_num_channels() == 4


def test_locations_follow_the_wiring_of_the_probe(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    # The contacts lie at 60, 40, 20, 0 µm and are wired to channels 3, 2, 1, 0.
    assert analyzer.get_channel_locations().tolist() == [[0, 0], [0, 20], [0, 40], [0, 60]]


def test_a_change_to_the_returned_locations_does_not_reach_the_analyzer(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    analyzer.get_channel_locations()[:] = -1

    assert analyzer.get_channel_locations()[3].tolist() == [0, 60]


def test_a_recording_of_unknown_length_lasts_until_its_last_spike(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    file = folder / "recording_info/recording_attributes.json"
    attributes = json.loads(file.read_text())
    del attributes["num_samples"]
    file.write_text(json.dumps(attributes))
    analyzer = nbl.load(folder)

    last = [analyzer.spikes["sample_index"][analyzer.spikes["segment_index"] == i].max() for i in (0, 1)]

    assert [analyzer.get_num_samples(i) for i in (0, 1)] == [last[0] + 1, last[1] + 1]
    assert analyzer.get_total_duration() == (sum(last) + 2) / 30000


def test_a_path_may_be_text_a_path_or_a_file_address_with_or_without_a_slash(demo_folder: Path, monkeypatch):
    monkeypatch.chdir(demo_folder.parent)
    ways = [demo_folder, str(demo_folder), f"{demo_folder}/", f"file://{demo_folder}", Path(demo_folder.name)]

    for way in ways:
        assert nbl.load(way).get_num_units() == nbl.demo_analyzer().get_num_units()


def test_a_tilde_is_the_home_of_the_user(demo_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(demo_folder.parent))
    monkeypatch.setenv("USERPROFILE", str(demo_folder.parent))

    assert nbl.load(f"~{os.sep}{demo_folder.name}").get_num_units() > 0


def test_an_analyzer_is_returned_as_it_is(demo_folder: Path):
    analyzer = nbl.load(demo_folder)

    assert nbl.load(analyzer) is analyzer
