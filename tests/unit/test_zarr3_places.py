"""Stores of zarr format 3 at an address, and with damage to any of their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl

from .test_broken_fuzz import run
from .test_reader_twins import assert_same_analyzer
from .test_remote import NoListing, Quiet, folder_at
from .zarr3_stores import changed_node, put_array3, write_zarr3


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr3(tmp_path / "small3.zarr")


@pytest.mark.parametrize("handler", [Quiet, NoListing])
def test_a_store_at_an_address_gives_what_the_folder_gives(handler: type[Quiet], folder: Path):
    with folder_at(folder, handler) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(address))


def test_a_server_that_lists_folders_makes_up_for_a_missing_list(folder: Path):
    changed_node(folder, consolidated_metadata=None)

    with folder_at(folder, Quiet) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(address))


def test_opening_costs_few_requests_and_a_template_one_more(folder: Path):
    with folder_at(folder) as (address, asked):
        analyzer = nbl.load(address)
        assert "SortingAnalyzer" in repr(analyzer)
        # Chunks are asked for together, so the order in which they arrive is the network's.
        assert sorted(p.removeprefix("/small3.zarr/") for p in asked) == [
            ".zgroup",
            ".zmetadata",
            "sorting/numpysorting_info.json",
            "sorting/unit_ids/c/0",
            "sorting/unit_ids/c/1",
            "sparsity_mask/c/0/0",
            "zarr.json",
            "zarr.json",
        ]
        asked.clear()

        analyzer.get_templates(["u1"])

        assert asked == ["/small3.zarr/extensions/templates/average/c/0/0/0"]


def test_chunks_that_are_not_at_an_address_are_the_fill_value(folder: Path):
    where = put_array3(folder, "extensions/templates/average", np.ones((6, 10, 4)), chunks=[2, 10, 4])
    (where / "c/1/0/0").unlink()
    changed_node(folder, consolidated_metadata=None)

    with folder_at(folder, Quiet) as (address, _):
        templates = nbl.load(address).get_templates()

    assert templates[2:4].max() == 0
    assert templates[[0, 1, 4, 5]].min() == 1


def test_damaged_descriptions_never_crash_the_interpreter(folder: Path, in_fresh_python: Any):
    run(in_fresh_python, folder, 11, 60, "zarr.json")
    changed_node(folder, consolidated_metadata=None)
    run(in_fresh_python, folder, 12, 100, "zarr.json")


def test_damaged_chunks_and_shards_never_crash_the_interpreter(folder: Path, in_fresh_python: Any):
    changed_node(folder, consolidated_metadata=None)
    run(in_fresh_python, folder, 13, 240, "[0-9]*")
