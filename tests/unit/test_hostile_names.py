"""Names that would lead out of the analyzer are not followed, and spoil nothing else."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, DamagedDataError, MissingDataError, MissingExtensionError

from .test_hostile_payload import use_everything
from .test_reader_arrays import put_array
from .test_reader_layout import UNITS, extensions, metrics, write_binary, write_zarr

OUTSIDE = [
    "..",
    "../..",
    "../../secret",
    "/etc",
    "/",
    "",
    ".",
    "./templates",
    "a\\..\\b",
    "..\\x",
    "nul\0",
    "a//b",
]


@pytest.fixture
def secret(tmp_path: Path) -> np.ndarray[Any, Any]:
    """An array beside the analyzer that its owner did not mean to share."""
    values = np.arange(6) + 4000.0
    put_array(tmp_path, "secret", values)
    return values


def add_key(folder: Path, **entries: Any) -> None:
    path = folder / ".zmetadata"
    consolidated = json.loads(path.read_text())
    consolidated["metadata"].update(entries)
    path.write_text(json.dumps(consolidated))


def all_numbers(analyzer: nbl.Analyzer) -> np.ndarray[Any, Any]:
    numbers = [analyzer.get_metrics_extension_data().to_numpy(float).ravel()]
    numbers += [np.ravel(analyzer.get_sorting_property(k)) for k in ["depth"]]
    for name in analyzer.extension_names:
        extension = analyzer.get_extension(name)
        numbers += [
            np.ravel(v) for v in extension.data.values() if getattr(v, "dtype", np.dtype("U1")).kind == "f"
        ]
    return np.concatenate([n.astype(float) for n in numbers])


@pytest.mark.parametrize("folder", ["extensions", "sorting/properties", "extensions/quality_metrics/metrics"])
def test_a_key_that_climbs_out_of_the_store_is_not_followed(
    folder: str, secret: np.ndarray[Any, Any], tmp_path: Path
):
    path = write_zarr(tmp_path / "small.zarr")
    meta = json.loads((tmp_path / "secret/.zarray").read_text())
    for up in ("../secret", "../../secret", "../../../secret", "../../../../secret"):
        add_key(path, **{f"{folder}/{up}/.zarray": meta, f"{folder}/{up}/.zattrs": {"params": {}}})

    analyzer = use_everything(path, tmp_path / "saved")

    assert set(analyzer.extension_names) == set(extensions())
    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]
    assert not np.isin(all_numbers(analyzer), secret).any()
    assert np.isin(
        np.load(tmp_path / "saved/whole/sorting/properties/depth.npy"), [0, 10, 20, 30, 40, 50]
    ).all()


def test_extensions_with_impossible_names_spoil_nothing_else(tmp_path: Path):
    path = write_zarr(tmp_path / "small.zarr")
    for name in OUTSIDE:
        add_key(path, **{f"extensions/{name}/.zattrs": {"params": {}}})
        add_key(path, **{f"{name}/.zattrs": {}, f"{name}/.zarray": {}})

    analyzer = nbl.load(path)

    assert set(analyzer.extension_names) == set(extensions())
    assert "Loaded 12 extensions" in repr(analyzer)
    assert analyzer.get_metrics_extension_data().shape == (6, 4)


def test_columns_and_arrays_with_impossible_names_spoil_nothing_else(tmp_path: Path):
    path = write_zarr(tmp_path / "small.zarr")
    meta = json.loads((path / "extensions/quality_metrics/metrics/snr/.zarray").read_text())
    for name in OUTSIDE:
        for group in ("extensions/quality_metrics/metrics", "extensions/templates", "sorting/properties"):
            add_key(path, **{f"{group}/{name}/.zarray": meta})

    analyzer = nbl.load(path)

    assert analyzer.get_metrics_extension_data()["snr"].tolist() == metrics()["snr"].tolist()
    assert analyzer.get_templates().shape == (6, 10, 4)
    assert analyzer.get_sorting_property_keys() == ["depth", "main_channel_id"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_what_the_user_asks_for_by_a_wrong_name_is_not_there(name: str, demo_folder: Path):
    analyzer = nbl.load(demo_folder)

    with pytest.raises(MissingExtensionError):
        analyzer.get_extension(name)
    with pytest.raises(MissingDataError):
        analyzer.get_sorting_property(name)
    with pytest.raises(MissingDataError):
        analyzer.get_extension("templates").get_data(name)
    assert not analyzer.has_extension(name)


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_a_zip_with_hostile_names_is_read_and_nothing_is_unpacked(write: Any, tmp_path: Path):
    folder = write(tmp_path / "inside" / "small.zarr")
    archive = tmp_path / "inside" / "small.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for member in sorted(folder.rglob("*")):
            if member.is_file():
                file.write(member, member.relative_to(folder))
        for name in ("../evil", "../../evil", "/evil", "extensions/\\evil"):
            file.writestr(f"{name}/params.json", "{}")
            file.writestr(f"extensions/{name}/params.json", "{}")
    before = sorted(tmp_path.rglob("*"))

    analyzer = nbl.load(archive)

    assert set(analyzer.extension_names) == set(extensions())
    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    assert analyzer.get_templates().shape == (6, 10, 4)
    assert sorted(tmp_path.rglob("*")) == before
    assert not Path("/evil").exists()


def test_a_folder_with_a_strange_name_spoils_nothing_else(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    for name in ("back\\slash", "two\nlines", ".hidden", "%2e%2e"):
        (folder / "extensions" / name).mkdir()
        (folder / "extensions" / name / "params.json").write_text("{}")
        np.save(folder / "sorting/properties" / f"{name}.npy", np.zeros(6))
        (folder / "extensions/templates" / name).write_bytes(b"")

    analyzer = nbl.load(folder)

    assert set(analyzer.extension_names) >= set(extensions())
    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    assert analyzer.get_extension("templates").data_names == ["average", "std"]
    assert analyzer.get_sorting_property_keys() == ["%2e%2e", "depth", "main_channel_id", "two\nlines"]


@pytest.mark.parametrize("litter", [".DS_Store", ".ipynb_checkpoints", "._average.npy", "Thumbs.db", "notes"])
def test_litter_of_other_programs_is_no_data(litter: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    (folder / "extensions/templates" / litter).write_bytes(b"litter")

    extension = nbl.load(folder).get_extension("templates")

    assert extension.data_names == ["average", "std"]
    assert set(extension.opaque_names) <= {"Thumbs"}


@pytest.mark.parametrize("name", ["../../evil", "a/b", "..", "/tmp/evil", ".", "back\\slash"])
def test_a_metric_whose_name_cannot_be_stored_is_an_error_and_writes_nothing(name: str, tmp_path: Path):
    folder = write_binary(tmp_path / "inside" / "small")
    metrics().assign(**{name: 1.0}).to_csv(folder / "extensions/quality_metrics/metrics.csv")
    analyzer = nbl.load(folder)
    assert name in analyzer.get_metrics_extension_data()

    with pytest.raises(DamagedDataError, match="name"):
        analyzer.save_as("zarr", tmp_path / "inside" / "saved")

    assert sorted(p.name for p in tmp_path.rglob("*evil*")) == []
    assert sorted(p.name for p in (tmp_path / "inside").iterdir()) == ["small"]


@pytest.mark.parametrize("name", ["index", ".zattrs", "num_spikes "])
def test_a_metric_named_like_a_part_of_the_format_never_damages_the_copy(name: str, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    metrics().assign(**{name: 1.0}).to_csv(folder / "extensions/quality_metrics/metrics.csv")

    try:
        saved = nbl.load(folder).save_as("zarr", tmp_path / "saved")
    except AutolabelError:
        assert not (tmp_path / "saved.zarr").exists()
    else:
        assert saved.get_metrics_extension_data()["snr"].tolist() == metrics()["snr"].tolist()
        assert (saved.get_metrics_extension_data()[name] == 1.0).all()


def test_names_are_text_in_html_and_never_markup(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    (folder / "extensions" / "<script>").mkdir()
    (folder / "extensions" / "<script>" / "params.json").write_text("{}")
    metrics().assign(**{"<img src=x onerror=alert(1)>": 1.0}).to_csv(
        folder / "extensions/quality_metrics/metrics.csv"
    )
    info = {"version": "<b>1</b>", "object": "SortingAnalyzer"}
    (folder / "spikeinterface_info.json").write_text(json.dumps(info))

    html = nbl.load(folder)._repr_html_()

    assert "&lt;script&gt;" in html
    assert "&lt;img" in html
    assert "&lt;b&gt;" in html
    assert "<script" not in html
    assert "<img" not in html
    assert "<b>" not in html
