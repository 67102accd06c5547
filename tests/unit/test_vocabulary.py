"""Labels are one vocabulary however tools spell them, and units are found by id, never by position."""

import numpy as np
import pandas as pd
import pytest

from nb_autolabel.errors import LabelsError, UnknownUnitError
from nb_autolabel.labels import KNOWN, NO_LABEL, SYNONYMS, canonical
from nb_autolabel.unit_ids import UnitIndex, as_text


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("MUA", "mua"), ("GOOD", "good"), ("Noise", "noise"), ("NON-SOMA", "non_soma"), ("non somatic", "non_soma"),
        ("NON-SOMA GOOD", "non_soma_good"), ("Non-soma MUA", "non_soma_mua"), ("SUA", "sua"), ("multi-unit", "mua"),
        (b"mua", "mua"), ("good\x00\x00", "good"), (" Interneuron ", "Interneuron"), ("Purkinje-like", "Purkinje-like"),
    ],
)  # fmt: skip
def test_spellings_of_other_tools_are_the_same_label(written, meant):
    assert canonical(written) == meant


@pytest.mark.parametrize(
    "written", ["", "  ", "unsorted", "Unsorted", None, np.nan, pd.NA, pd.NaT, "None", "nan", b"", "\x00"]
)
def test_what_stands_for_no_label_is_no_label(written):
    assert canonical(written) is None


def test_every_known_label_is_spelled_as_itself_and_synonyms_lead_to_known_ones():
    assert all(canonical(label) == label for label in KNOWN)
    assert set(SYNONYMS.values()) <= set(KNOWN)
    assert not NO_LABEL & {*KNOWN, *SYNONYMS}


def test_units_are_found_by_their_id_and_by_its_text_where_only_one_has_it():
    numbers, texts = UnitIndex(np.array([7, 98, 3])), UnitIndex(np.array(["7", "98", "3"]))
    for unit in (98, "98", 98.0, np.int64(98), b"98"):
        assert numbers.get(unit) == texts.get(unit) == 1
    assert numbers.get("098") is None
    assert numbers.positions(["3", 7]).tolist() == [2, 0]
    assert numbers.positions(["3", "x"], others="mark").tolist() == [2, -1]
    assert as_text(("monday", np.int64(3))) == "(monday, 3)"


def test_an_id_whose_text_names_two_units_is_refused_unless_it_is_one_of_them():
    both = UnitIndex([1, "1", 2])
    assert (both.get(1), both.get("1")) == (0, 1)
    with pytest.raises(UnknownUnitError, match="could be any of 1, '1'"):
        both.get(b"1")


def test_unknown_and_repeated_units_are_named():
    units = UnitIndex(["unit_a", "unit_b"], "the sorting")
    with pytest.raises(UnknownUnitError, match=r"the sorting has no unit 'unit_ba'\. Did you mean 'unit_b'"):
        units.positions(["unit_a", "unit_ba"])
    with pytest.raises(LabelsError, match="more than once"):
        units.positions(["unit_a", "unit_a"])
    with pytest.raises(LabelsError, match="more than once in the table: 5"):
        UnitIndex([5, 6, 5], "the table")
