"""What is added to: phy's folder, an NWB file, the properties of an analyzer. Nothing of others is lost."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError, ForeignTargetError, LabelsError, LinkedOutsideError

from .foreign import FOREIGN, LABELS, state
from .test_reader_layout import write_binary, write_zarr


def phy(folder: Path, overwrite: bool = True, labels: Any = None) -> Path:
    given = {0: "good", 1: "mua", 2: "non_soma"} if labels is None else labels
    return nbl.export_labels(given, folder, "phy", overwrite=overwrite)


def test_the_groups_that_a_person_gave_in_phy_are_kept_beside(tmp_path: Path):
    theirs = "cluster_id\tgroup\n0\tnoise\n1\tmua\n2\tgood\n"
    (tmp_path / "cluster_group.tsv").write_text(theirs)
    (tmp_path / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\n0\tgood\n")

    with pytest.raises(AlreadyExistsError):
        phy(tmp_path, overwrite=False)
    phy(tmp_path)

    (kept,) = tmp_path.glob("cluster_group.tsv.*.bak")
    assert kept.read_text() == theirs
    assert (tmp_path / "cluster_KSLabel.tsv").read_text() == "cluster_id\tKSLabel\n0\tgood\n"
    assert (tmp_path / "cluster_group.tsv").read_text().splitlines()[1:] == ["0\tgood", "1\tmua", "2\tmua"]


def test_our_own_tables_are_replaced_without_a_copy_until_a_person_changes_them(tmp_path: Path):
    phy(tmp_path)
    phy(tmp_path, labels={0: "mua", 1: "noise", 2: "good"})
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cluster_group.tsv", "cluster_label.tsv"]
    group = tmp_path / "cluster_group.tsv"
    group.write_text(group.read_text().replace("0\tmua", "0\tgood"))
    changed = group.read_text()

    phy(tmp_path)
    phy(tmp_path)

    (kept,) = tmp_path.glob("cluster_group.tsv.*.bak")
    assert kept.read_text() == changed


def test_two_copies_within_a_second_do_not_replace_each_other(tmp_path: Path):
    contents = [f"cluster_id\tgroup\n0\tgood\n{n}\tmua\n" for n in (7, 8, 9)]
    for content in contents:
        (tmp_path / "cluster_group.tsv").write_text(content)
        phy(tmp_path)

    assert sorted(p.read_text() for p in tmp_path.glob("cluster_group*.bak")) == contents


@pytest.mark.parametrize("foreign", [name for name in FOREIGN if name != "one word"])
@pytest.mark.parametrize("table", ["cluster_group.tsv", "cluster_label.tsv"])
def test_what_is_no_table_of_phy_stays(table: str, foreign: str, tmp_path: Path):
    FOREIGN[foreign](tmp_path / table)
    before = state(tmp_path)

    for overwrite in (True, False):
        with pytest.raises(ForeignTargetError, match=table):
            phy(tmp_path, overwrite)

    assert state(tmp_path) == before


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_property_is_replaced_by_a_property_only(foreign: str, tmp_path: Path):
    for folder in (write_binary(tmp_path / "b"), write_zarr(tmp_path / "z.zarr")):
        name = "label.npy" if folder.name == "b" else "label"
        if foreign == "an npy array" and folder.name == "b":
            continue
        FOREIGN[foreign](folder / "sorting/properties" / name)
        before = state(folder)

        for overwrite in (True, False):
            with pytest.raises(nbl.errors.AutolabelError, match="label"):
                nbl.export_labels(LABELS, folder, "analyzer", overwrite=overwrite)

        assert state(folder) == before


def test_a_property_of_objects_is_not_replaced_unasked(tmp_path: Path):
    folder = write_binary(tmp_path / "b")
    file = folder / "sorting/properties/label.npy"
    np.save(file, np.array([{"a": 1}] * 6, dtype=object), allow_pickle=True)
    before = file.read_bytes()

    with pytest.raises(AlreadyExistsError, match="'label' already"):
        nbl.export_labels(LABELS, folder, "analyzer")
    assert file.read_bytes() == before
    nbl.export_labels(LABELS, folder, "analyzer", overwrite=True)
    assert nbl.import_labels(folder)["label"].tolist() == LABELS.tolist()


def test_a_property_of_objects_in_zarr_is_not_replaced_unasked(tmp_path: Path):
    folder = write_zarr(tmp_path / "z.zarr")
    array = folder / "sorting/properties/label"
    array.mkdir()
    meta = {"zarr_format": 2, "shape": [6], "chunks": [6], "dtype": "|O", "compressor": None, "fill_value": None,
            "order": "C", "filters": [{"id": "pickle", "protocol": 5}]}  # fmt: skip
    (array / ".zarray").write_text(json.dumps(meta))
    (array / "0").write_bytes(b"\x80\x05")
    before = state(folder)

    with pytest.raises(AlreadyExistsError, match="'label' already"):
        nbl.export_labels(LABELS, folder, "analyzer")
    assert state(folder) == before
    nbl.export_labels(LABELS, folder, "analyzer", overwrite=True)
    assert nbl.import_labels(folder)["label"].tolist() == LABELS.tolist()


@pytest.mark.parametrize("key", ["sorting", "sorting/properties", "sorting/properties/label", ".zmetadata"])
@pytest.mark.parametrize("overwrite", [True, False])
def test_labels_are_not_written_through_a_link_in_an_analyzer(key: str, overwrite: bool, tmp_path: Path):
    folder = write_zarr(tmp_path / "z.zarr")
    nbl.export_labels(LABELS, folder, "analyzer")
    if not (folder / key).exists():
        (folder / key).write_text('{"metadata": {}, "zarr_consolidated_format": 1}')
    (folder / key).rename(tmp_path / "elsewhere")
    (folder / key).symlink_to(tmp_path / "elsewhere")
    before = state(tmp_path)

    with pytest.raises((ForeignTargetError, LinkedOutsideError), match="is a link"):
        nbl.export_labels(LABELS, folder, "analyzer", overwrite=overwrite)

    assert state(tmp_path) == before


@pytest.mark.parametrize("key", ["sorting", "sorting/properties", "sorting/properties/label.npy"])
def test_labels_are_not_written_through_a_link_in_a_binary_folder(key: str, tmp_path: Path):
    folder = write_binary(tmp_path / "b")
    nbl.export_labels(LABELS, folder, "analyzer")
    (folder / key).rename(tmp_path / "elsewhere")
    (folder / key).symlink_to(tmp_path / "elsewhere")
    before = state(tmp_path)

    with pytest.raises((ForeignTargetError, LinkedOutsideError), match="is a link"):
        nbl.export_labels(LABELS, folder, "analyzer", overwrite=True)

    assert state(tmp_path) == before


def test_an_analyzer_that_is_a_link_itself_gets_its_labels(tmp_path: Path):
    folder = write_zarr(tmp_path / "on another disk.zarr")
    (tmp_path / "here.zarr").symlink_to(folder, target_is_directory=True)

    nbl.export_labels(LABELS, tmp_path / "here.zarr", "analyzer")

    assert (tmp_path / "here.zarr").is_symlink()
    assert nbl.import_labels(folder)["label"].tolist() == LABELS.tolist()


def test_hdf5_that_is_no_nwb_file_stays_as_it_was(tmp_path: Path):
    pytest.importorskip("pynwb")
    import h5py

    with h5py.File(tmp_path / "s.nwb", "w") as file:
        file["raw"] = np.arange(100)
    before = state(tmp_path)

    for name in ("s.nwb", "t.nwb"):
        if name == "t.nwb":
            (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(2000))
            before = state(tmp_path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(nbl.errors.AutolabelError, match=name):
                nbl.export_labels(LABELS, tmp_path / name, overwrite=True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("header", ["group", "KSLabel"])
def test_kilosorts_own_labels_are_kept_beside(header: str, tmp_path: Path):
    """Kilosort writes the same labels into both tables, which therefore fit each other."""
    for name in ("group", "KSLabel"):
        column = header if name == "group" else name
        (tmp_path / f"cluster_{name}.tsv").write_text(f"cluster_id\t{column}\n0\tgood\n1\tmua\n")

    kilosorts = (tmp_path / "cluster_KSLabel.tsv").read_bytes()
    with pytest.raises(LabelsError, match="KSLabel"):
        nbl.export_labels({0: "noise", 1: "mua"}, tmp_path, "phy", name="KSLabel", overwrite=True)

    nbl.export_labels({0: "noise", 1: "mua"}, tmp_path, "phy", overwrite=True)

    assert (tmp_path / "cluster_KSLabel.tsv").read_bytes() == kilosorts
    assert len(list(tmp_path.glob("cluster_group.tsv.*.bak"))) == 1
