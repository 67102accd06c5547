"""A selection that cannot be meant is told, with what is wrong and what would be right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import SelectionError, UnknownUnitError

from ..conftest import shared
from .test_reader_layout import UNITS, write_binary


@pytest.fixture(scope="module")
def analyzer(tmp_path_factory: pytest.TempPathFactory) -> nbl.Analyzer:
    return nbl.load(write_binary(tmp_path_factory.mktemp("small")))


def test_an_unknown_unit_is_told_with_the_nearest_one(analyzer: nbl.Analyzer):
    with pytest.raises(UnknownUnitError, match=r"no unit 'u33'\. Did you mean 'u3'\? Units: u1"):
        analyzer.select_units(["u1", "u33"])
    with pytest.raises(UnknownUnitError, match="Unit ids here are str, not int"):
        analyzer.select_units([1])
    with pytest.raises(UnknownUnitError):
        analyzer.remove_units(["u33"])
    with pytest.raises(UnknownUnitError):
        analyzer.select_units(np.array([["u1", "u2"]]))


def test_a_number_written_as_text_is_the_same_unit_and_another_is_told_its_type(demo_folder: Path):
    analyzer = nbl.load(demo_folder)
    assert analyzer.unit_ids.dtype.kind == "U"

    assert analyzer.select_units([3, "1", np.int64(2)]).unit_ids.tolist() == ["3", "1", "2"]
    assert analyzer.remove_units([0]).unit_ids.tolist() == analyzer.unit_ids.tolist()[1:]
    with pytest.raises(UnknownUnitError, match="Unit ids here are str, not int"):
        analyzer.select_units([9999])
    with pytest.raises(SelectionError, match="units are selected twice: 3"):
        analyzer.select_units([3, "3"])


def test_a_unit_named_twice_is_told(analyzer: nbl.Analyzer):
    with pytest.raises(SelectionError, match=r"units are selected twice: u2, u3\. Name each once"):
        analyzer.select_units(["u2", "u3", "u1", "u3", "u2"])
    with pytest.raises(SelectionError, match="selected twice: u2"):
        analyzer.select_units(np.array(["u2", "u2"]))


def test_no_unit_at_all_is_told(analyzer: nbl.Analyzer):
    with pytest.raises(SelectionError, match="no unit is selected"):
        analyzer.select_units([])
    with pytest.raises(SelectionError, match="all units would be removed"):
        analyzer.remove_units(UNITS)


def test_a_mask_is_not_taken_for_ids():
    """True and False equal 1 and 0: with numbers as ids, a mask would name two units."""
    analyzer = nbl.load(shared("formats/si0.101.2.zarr"))
    assert analyzer.unit_ids.tolist() == list(range(10))

    for wrong in (analyzer.unit_ids > 3, [True], [False, True]):
        for method in (analyzer.select_units, analyzer.remove_units):
            with pytest.raises(SelectionError, match=r"not a mask. Use analyzer\.unit_ids\[mask\]"):
                method(wrong)
    assert analyzer.select_units(analyzer.unit_ids[analyzer.unit_ids > 7]).unit_ids.tolist() == [8, 9]


def test_a_single_name_is_not_taken_for_a_list_of_letters(tmp_path: Path):
    analyzer = nbl.load(shared("formats/si0.105.3.zarr"))
    assert {"1", "2"} < set(analyzer.unit_ids.tolist())

    with pytest.raises(SelectionError, match=r"expected in a list: \['12'\]"):
        analyzer.select_units("12")
    with pytest.raises(SelectionError):
        analyzer.remove_units("12")
