"""Descriptions of a store of zarr format 3 that are no JSON, huge, deep, of another format, or lead elsewhere."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, DamagedDataError, MissingDataError, UnknownFormatError

from .test_hostile_payload import Trap
from .test_hostile_size import little_time_and_memory
from .test_reader_layout import UNITS
from .zarr3_stores import changed_node, consolidate3, put_array3, put_group3, write_zarr3

DEEP = "[" * 50_000 + "]" * 50_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr3(tmp_path / "small3.zarr")


def with_nodes(folder: Path, nodes: dict[str, Any]) -> None:
    """Add to the consolidated descriptions."""
    consolidated = json.loads((folder / "zarr.json").read_text())["consolidated_metadata"]
    consolidated["metadata"].update(nodes)
    changed_node(folder, consolidated_metadata=consolidated)


ROOTS = {
    "empty": "",
    "no JSON": "{",
    "binary": "\0\1\2",
    "a list": "[]",
    "null": "null",
    "deep": DEEP,
    "deep inside": '{"zarr_format": 3, "node_type": "group", "attributes": ' + DEEP + "}",
    "many lists": "[" + "[]," * 1_100_000 + "[]]",
    "format 2": '{"zarr_format": 2, "node_type": "group"}',
    "format 4": '{"zarr_format": 4, "node_type": "group"}',
    "no format": '{"node_type": "group"}',
    "format as text": '{"zarr_format": "3", "node_type": "group"}',
    "no kind": '{"zarr_format": 3}',
    "another kind": '{"zarr_format": 3, "node_type": "link"}',
    "what must be understood": '{"zarr_format": 3, "node_type": "group", "sealed": true}',
    "consolidated as a list": '{"zarr_format": 3, "node_type": "group", "consolidated_metadata": []}',
    "consolidated as text": '{"zarr_format": 3, "node_type": "group", "consolidated_metadata": {"metadata": "x"}}',
    "consolidated elsewhere": '{"zarr_format": 3, "node_type": "group", "consolidated_metadata": '
    '{"kind": "external", "metadata": {}}}',
    "attributes as a list": '{"zarr_format": 3, "node_type": "group", "attributes": [1]}',
}


@pytest.mark.parametrize("name", ROOTS)
def test_a_root_that_makes_no_sense_is_an_error_that_names_it(name: str, folder: Path):
    (folder / "zarr.json").write_text(ROOTS[name])

    with little_time_and_memory(), pytest.raises(DamagedDataError, match=r"zarr\.json"):
        nbl.load(folder)


@pytest.mark.parametrize(
    "text", ['{"zarr_format": 3, "node_type": "group"}', '{"zarr_format": 3, "node_type": "array"}']
)
def test_a_store_of_something_else_is_named_as_such(text: str, tmp_path: Path):
    (tmp_path / "zarr.json").write_text(text)

    with pytest.raises(UnknownFormatError, match="is a zarr store, but not a SortingAnalyzer"):
        nbl.load(tmp_path)


def test_a_sorting_of_spikeinterface_is_not_taken_for_an_analyzer(folder: Path):
    changed_node(folder, attributes={"spikeinterface_info": {"object": "Templates"}})

    with pytest.raises(UnknownFormatError, match="holds a Templates, not a SortingAnalyzer"):
        nbl.load(folder)


def test_a_description_that_is_too_large_is_not_read(folder: Path):
    with (folder / "zarr.json").open("ab") as file:
        os.truncate(file.fileno(), 2**40)

    with (
        little_time_and_memory(mebibytes=48),
        pytest.raises(DamagedDataError, match=r"zarr\.json has 1099511627776"),
    ):
        nbl.load(folder)


@pytest.mark.parametrize(
    "name", ["extensions/templates", "extensions/templates/average", "sorting/properties/depth"]
)
@pytest.mark.parametrize(
    "text", ["", "{", "[]", DEEP, '{"zarr_format": 3}', '{"zarr_format": 3, "node_type": "array"}']
)
def test_a_part_that_makes_no_sense_leaves_the_rest(name: str, text: str, folder: Path):
    changed_node(folder, consolidated_metadata=None)
    (folder / name / "zarr.json").write_text(text)

    with little_time_and_memory():
        analyzer = nbl.load(folder)
        for read in (analyzer.get_templates, lambda: analyzer.get_sorting_property("depth")):
            try:
                read()
            except AutolabelError as error:
                assert name.rsplit("/", maxsplit=1)[-1] in str(error)

    assert analyzer.get_metrics_extension_data().shape == (6, 4)


LEADING_OUT = [
    "../secret",
    "extensions/../../secret",
    "/secret",
    "extensions/./x",
    "extensions//x",
    "a\\..\\b",
    "\0",
]


@pytest.mark.parametrize("key", LEADING_OUT)
def test_a_name_that_leads_out_of_the_store_is_not_followed(key: str, folder: Path, tmp_path: Path):
    put_array3(tmp_path, "secret", np.arange(6.0))
    node = json.loads((tmp_path / "secret/zarr.json").read_text())
    with_nodes(folder, {key: node, f"{key}/average": node, f"extensions/{key}": {
        "zarr_format": 3, "node_type": "group", "attributes": {"params": {}}}, f"extensions/{key}/average": node,
        f"sorting/properties/{key}": node})  # fmt: skip

    analyzer = nbl.load(folder)

    for name in [*analyzer.extension_names, *analyzer.get_sorting_property_keys()]:
        assert "secret" not in name
    with pytest.raises(AutolabelError):
        analyzer.get_sorting_property(key)


def test_a_link_that_leads_out_of_the_store_is_not_followed(folder: Path, tmp_path: Path):
    put_array3(tmp_path, "secret", np.ones((6, 10, 4)))
    average = folder / "extensions/templates/average"
    target = tmp_path / "secret/c/0/0/0"
    (average / "c/0/0/0").unlink()
    (average / "c/0/0/0").symlink_to(target)

    with pytest.raises(DamagedDataError, match="link"):
        nbl.load(folder).get_templates()


MANY = {
    "long": {"a" * 1_000_000: {}},
    "deep": {"a/" * 60_000: {}},
    "many": {f"a{n}": 0 for n in range(400_000)},
    "extensions": {f"extensions/e{n}": {"zarr_format": 3, "node_type": "group"} for n in range(20_000)},
}


@pytest.mark.parametrize("name", MANY)
def test_more_names_than_any_analyzer_has_are_refused(name: str, folder: Path):
    with_nodes(folder, MANY[name])

    with little_time_and_memory(), pytest.raises(DamagedDataError, match=r"zarr\.json|extensions"):
        nbl.load(folder)


def test_an_array_that_the_list_names_and_that_is_not_there_is_an_error(folder: Path):
    """So it is after a copy that was interrupted."""
    put_array3(folder, "extensions/templates/more", np.ones((6, 10, 4)))
    consolidate3(folder)
    for file in sorted((folder / "extensions/templates/more").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    (folder / "extensions/templates/more").rmdir()

    with pytest.raises(DamagedDataError, match=r"more is not there any more.*zarr\.json"):
        nbl.load(folder).get_extension("templates").get_data("more")


def test_a_table_of_arrays_that_do_not_fit_is_an_error(folder: Path):
    put_array3(folder, "extensions/quality_metrics/metrics/snr", np.ones(5))
    changed_node(folder, consolidated_metadata=None)

    with pytest.raises(DamagedDataError, match="metrics/snr"):
        nbl.load(folder).get_extension("quality_metrics").get_data()


@pytest.mark.parametrize("text", ["{", "", DEEP, "[1]"])
def test_a_dictionary_that_is_no_json_is_an_error(text: str, folder: Path):
    described = {"attributes": {"dict": True}}
    put_array3(
        folder, "extensions/quality_metrics/runtime_s", np.array([text], dtype=object), described=described
    )
    changed_node(folder, consolidated_metadata=None)
    extension = nbl.load(folder).get_extension("quality_metrics")

    if text == "[1]":
        assert extension.get_data("runtime_s") == [1]
    else:
        with pytest.raises(DamagedDataError, match="runtime_s"):
            extension.get_data("runtime_s")


def test_what_a_class_is_named_in_is_not_imported(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    trap = Trap(tmp_path / "marker")
    trap.module(tmp_path / "site")
    monkeypatch.syspath_prepend(tmp_path / "site")
    attributes = json.loads((folder / "sorting/zarr.json").read_text())["attributes"]
    put_group3(folder, "sorting", {**attributes, "provenance": trap.description()})
    root = json.loads((folder / "zarr.json").read_text())["attributes"]
    changed_node(folder, attributes={**root, "recording": trap.description()}, consolidated_metadata=None)

    analyzer = nbl.load(folder)

    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    saved = analyzer.save_as("zarr", tmp_path / "saved")
    assert saved.unit_ids.tolist() == UNITS.tolist()
    assert not trap.sprung


def test_a_store_without_units_says_what_is_missing(folder: Path):
    (folder / "sorting/unit_ids/zarr.json").unlink()
    changed_node(folder, consolidated_metadata=None)

    with pytest.raises(MissingDataError, match="unit_ids is missing"):
        nbl.load(folder)
