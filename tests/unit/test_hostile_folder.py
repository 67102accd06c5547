"""Nothing that lies in a binary folder is unpickled, imported or called."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, MissingDataError, UnsafeDataError

from .test_hostile_payload import Trap, use_everything
from .test_reader_layout import UNITS, metrics, write_binary


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_binary(tmp_path / "small")


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Trap:
    """A trap whose module can be imported from here."""
    return Trap.laid(tmp_path, monkeypatch)


def assert_inert(folder: Path, trap: Trap, tmp_path: Path) -> nbl.Analyzer:
    analyzer = use_everything(folder, tmp_path / "saved")
    assert not trap.sprung
    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    return analyzer


@pytest.mark.parametrize("file", ["recording.json", "sorting/provenance.json", "sorting/si_folder.json"])
def test_a_class_named_in_a_description_is_not_imported(file: str, folder: Path, trap: Trap, tmp_path: Path):
    (folder / file).write_text(json.dumps(trap.description()))

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.has_recording_description is (file == "recording.json")


@pytest.mark.parametrize(
    "file", ["recording.pickle", "recording.pkl", "sorting/provenance.pkl", "sorting_provenance.pickle"]
)
def test_a_pickled_description_is_not_unpickled(file: str, folder: Path, trap: Trap, tmp_path: Path):
    (folder / file).write_bytes(trap.pickled)

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.has_recording_description is file.startswith("recording.")


def test_a_class_named_in_the_info_of_an_extension_is_not_imported(folder: Path, trap: Trap, tmp_path: Path):
    (folder / "extensions/templates/info.json").write_text(json.dumps(trap.description()))

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.get_extension("templates").info["class"] == "evil_extractor.Evil"


def test_a_property_that_holds_objects_is_left_out(folder: Path, trap: Trap, tmp_path: Path):
    np.save(folder / "sorting/properties/quality.npy", trap.npy[:6], allow_pickle=True)

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]
    with pytest.raises(MissingDataError, match="no property 'quality'"):
        analyzer.get_sorting_property("quality")


def test_a_pickle_in_an_extension_stays_bytes(folder: Path, trap: Trap, tmp_path: Path):
    (folder / "extensions/principal_components/pca_model_0.pkl").write_bytes(trap.pickled)

    analyzer = assert_inert(folder, trap, tmp_path)

    extension = analyzer.get_extension("principal_components")
    assert extension.data_names == ["pca_projection"]
    assert extension.opaque_names == ["pca_model_0"]
    with pytest.raises(UnsafeDataError, match="would run code"):
        extension.get_data("pca_model_0")


@pytest.mark.parametrize("name", ["quality_metrics/metrics", "templates/average"])
def test_a_pickle_of_the_same_name_does_not_hide_the_data(
    name: str, folder: Path, trap: Trap, tmp_path: Path
):
    (folder / "extensions" / f"{name}.pkl").write_bytes(trap.pickled)

    analyzer = assert_inert(folder, trap, tmp_path)

    extension, key = name.split("/")
    assert key in analyzer.get_extension(extension).data_names
    assert analyzer.get_metrics_extension_data()["snr"].tolist() == metrics()["snr"].tolist()


def test_an_extension_array_of_objects_stays_bytes(folder: Path, trap: Trap, tmp_path: Path):
    np.save(folder / "extensions/waveforms/waveforms.npy", trap.npy, allow_pickle=True)

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.get_extension("waveforms").data_names == []
    with pytest.raises(UnsafeDataError, match=r"waveforms\.npy"):
        analyzer.get_extension("waveforms").get_data()


def test_spikes_that_hold_objects_are_refused(folder: Path, trap: Trap):
    np.save(folder / "sorting/spikes.npy", trap.npy, allow_pickle=True)
    analyzer = nbl.load(folder)

    with pytest.raises(UnsafeDataError, match=r"spikes\.npy"):
        _ = analyzer.spikes

    assert not trap.sprung
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


def test_a_sparsity_mask_that_holds_objects_is_refused(folder: Path, trap: Trap):
    np.save(folder / "sparsity_mask.npy", trap.npy, allow_pickle=True)

    with pytest.raises(UnsafeDataError, match=r"sparsity_mask\.npy"):
        nbl.load(folder)

    assert not trap.sprung


@pytest.mark.parametrize("file", ["sorting/properties/depth.npy", "extensions/waveforms/waveforms.npy"])
def test_a_bare_pickle_named_npy_is_not_unpickled(file: str, folder: Path, trap: Trap, tmp_path: Path):
    (folder / file).write_bytes(trap.pickled)
    analyzer = nbl.load(folder)

    if "depth" in file:
        with pytest.raises(DamagedDataError, match=r"depth\.npy"):
            analyzer.get_sorting_property("depth")
    for name in analyzer.extension_names:
        for key in analyzer.get_extension(name).data_names:
            analyzer.get_extension(name).get_data(key)

    assert not trap.sprung


@pytest.mark.parametrize("file", ["sorting/properties/depth.npy", "extensions/templates/average.npy"])
def test_an_archive_of_pickles_named_npy_is_an_error(file: str, folder: Path, trap: Trap):
    """``numpy.load`` would open it as .npz."""
    with zipfile.ZipFile(folder / file, "w") as archive:
        archive.writestr("arr_0.npy", trap.pickled)
    analyzer = nbl.load(folder)

    if "properties" in file:
        with pytest.raises(DamagedDataError, match=r"depth\.npy"):
            analyzer.get_sorting_property("depth")
    else:
        with pytest.raises(DamagedDataError, match=r"average\.npy"):
            analyzer.get_templates()
    assert not trap.sprung


def test_an_expression_in_the_header_of_an_array_is_not_evaluated(folder: Path, trap: Trap):
    header = (
        f"{{'descr': __import__('os').mkdir({str(trap.marker)!r}), 'fortran_order': False, 'shape': (6,)}}\n"
    )
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + bytes(48)
    (folder / "extensions/templates/average.npy").write_bytes(data)

    with pytest.raises(DamagedDataError, match=r"average\.npy"):
        nbl.load(folder).get_templates()

    assert not trap.sprung


def test_text_in_a_table_stays_text(folder: Path, trap: Trap, tmp_path: Path):
    text = f"__import__('os').mkdir({str(trap.marker)!r})"
    metrics().assign(note=text).to_csv(folder / "extensions/quality_metrics/metrics.csv")

    analyzer = assert_inert(folder, trap, tmp_path)

    assert analyzer.get_metrics_extension_data()["note"].tolist() == [text] * 6
