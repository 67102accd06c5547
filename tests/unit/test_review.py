"""Going through units: the orders, progress and pace, and going on after a restart by the units' ids."""

import json

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, RuleError
from nb_autolabel.session.hand_keys import checked_keys, keys_of_labels
from nb_autolabel.session.review import Review
from nb_autolabel.session.review_orders import ORDERS, Order, register_order

DEMO = nbl.demo_analyzer()
IDS = DEMO.unit_ids.tolist()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "labels.jsonl"


@pytest.fixture
def live(path):
    made = nbl.LiveBombcell(DEMO, journal=path)
    yield made
    made.close()


def test_the_selection_is_gone_through_in_the_order_of_selecting(live):
    live.selection = [IDS[7], IDS[2], IDS[5]]
    review = live.review("selection")
    assert review.units == [str(IDS[at]) for at in (7, 2, 5)]
    assert live.selection == [IDS[7]]
    assert live.review(units=[IDS[1], IDS[0]]).units == [str(IDS[1]), str(IDS[0])]


def test_a_filter_speaks_the_units_of_the_table(live):
    table = live.session.table
    found = live.units_where("peak_to_trough_duration > 0.5")
    long = table.values("peak_to_trough_duration") > 0.0005
    assert len(found) == int(long.sum())
    assert 0 < len(found) < len(long)
    assert len(live.units_where("rp_contamination > 10")) == int(
        (table.values("rp_contamination") > 0.1).sum()
    )
    assert len(live.units_where("amplitude_median > 40")) == int(
        (abs(table.values("amplitude_median")) > 40).sum()
    )
    assert live.review(where="'snr' in reasons").units == [
        str(u) for u in live.units_where("'snr' in reasons")
    ]
    with pytest.raises(RuleError, match='there is no "SNR": did you mean snr'):
        live.review(where="SNR > 5")
    with pytest.raises(LabelsError, match="no unit passes the filter"):
        live.review("filter", where="snr > 1e6")


def test_a_random_audit_is_the_same_again_with_its_seed(live):
    first = live.review("random audit", seed=5, n=20).units
    assert len(first) == 20
    assert live.review("audit", seed=5, n=20).units == first
    assert live.review("audit", seed=6, n=20).units != first
    live.override(IDS[:100], "good")
    assert not set(live.review("audit").units) & {str(unit) for unit in IDS[:100]}


def test_units_on_which_methods_differ_are_those_of_a_comparison(live):
    units = live.review("disagreement between methods").units
    refined = nbl.LiveUnitRefine(DEMO, journal=None)
    expected = nbl.compare(live.trace, refined.trace).disagreements.index
    assert set(units) == {str(unit) for unit in expected}


def test_a_label_that_is_not_accepted_is_no_disagreement_of_methods():
    refined = nbl.LiveUnitRefine(DEMO, journal=None)
    before = refined.review("disagreement between methods").units
    refined.accept(0.05, "good or not")
    assert refined.counts["unsure"] > len(IDS) / 2
    assert refined.review("disagreement between methods").units == before
    refined.close()


def test_unsure_units_come_with_the_least_sure_first_and_a_method_without_any_says_so(live):
    refined = nbl.LiveUnitRefine(DEMO, journal=None)
    chance = refined.labels["probability"]
    units = refined.review("unsure").units
    values = [chance[unit] if unit in chance.index else chance[int(unit)] for unit in units]
    known = [value for value in values if value == value]
    assert known == sorted(known)
    assert max(known) < 0.6
    with pytest.raises(LabelsError, match="'disagreement' has the units"):
        live.review("unsure")
    assert Review.of(live.hand).order == ""


def test_the_most_informative_ones_are_renewed_with_every_label(live):
    review = live.review("most informative")
    before = review.units
    live.override(before[0], "noise")
    review.renew()
    assert review.units[0] == before[0]
    assert sorted(review.units) == sorted(before)
    assert review.units[1:] != before[1:]


def test_it_goes_on_after_a_restart_by_ids_whatever_the_order_of_the_units_is_then(live, path):
    live.review("audit", seed=1, n=6)
    review = Review.of(live.hand)
    units = review.units
    for unit, then, seconds in zip(units, units[1:4], (2.0, 61.0, 4.0), strict=False):
        live.override(unit, "good")
        review.move(then, seconds)
    assert review.progress == (3, 6)
    assert (review.seconds_per_unit, review.minutes_left) == (3.0, 3 * 3.0 / 60)
    live.hand_keys = ["axon"]
    live.close()
    turned = DEMO.select_units(DEMO.unit_ids[::-1])
    again = nbl.LiveBombcell(turned, journal=path)
    found = again.review()
    assert (found.order, found.units, found.place) == ("audit", units, units[3])
    assert [str(unit) for unit in again.selection] == [units[3]]
    assert found.progress == (3, 6)
    assert found.seconds_per_unit == 3.0
    assert again.hand_keys["1"] == "axon"
    assert "6 units (random audit): 3 labeled (3 good), 3.0 s a unit" in repr(found)
    found.stop()
    again.close()
    kept = json.loads(path.with_name("labels.review.json").read_text())
    assert (kept["order"], kept["units"]) == ("", []), "what was ended does not come again"


@pytest.mark.parametrize(
    "content", [b"thesis", b"[]", b"{}", b'{"nb_autolabel_review": 2}', b"\0" * 9, b"[" * 9999]
)
def test_a_file_that_is_no_review_is_neither_taken_nor_replaced(live, path, content):
    kept = path.with_name("labels.review.json")
    kept.write_bytes(content)
    review = live.review("all")
    assert "is not kept" in review.said
    assert kept.read_bytes() == content
    assert review.progress == (0, len(IDS))


@pytest.mark.parametrize(
    ("part", "value"),
    [("units", [1, None, "no such unit"]), ("order", "fastest"), ("place", 5), ("seconds", ["x", True, -1]),
     ("keys", {"gg": 3}), ("keys", ["g"]), ("seed", "x")],
)  # fmt: skip
def test_a_damaged_part_of_it_is_left_out(live, path, part, value):
    live.review("audit", seed=1, n=6)
    kept = path.with_name("labels.review.json")
    state = json.loads(kept.read_text()) | {part: value}
    live.close()
    kept.write_text(json.dumps(state))
    review = Review(live.hand, "review")
    assert review.order in ("", "audit")
    assert review.keys["g"] == "good"


def test_a_link_in_its_place_is_not_followed(live, path, tmp_path):
    aim = tmp_path / "aim.txt"
    aim.write_text("mine")
    path.with_name("labels.review.json").symlink_to(aim)
    assert "is not kept" in live.review("all").said
    assert aim.read_text() == "mine"


def test_an_order_of_ones_own_is_a_function_that_gives_ids(live):
    register_order(Order("last", "the last three", lambda reviewed: reviewed.unit_ids[:-4:-1]))
    try:
        assert live.review("last").units == [str(unit) for unit in IDS[:-4:-1]]
    finally:
        del ORDERS["last"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"order": "informativ"}, "Did you mean 'informative'"),
        ({"order": 5}, "there is no order '5'"),
        ({"order": "audit", "seed": -1}, "whole number"),
        ({"order": "audit", "seed": True}, "whole number"),
        ({"order": "audit", "n": 2.5}, "whole number"),
        ({"order": "unsure", "seed": 1}, "takes nothing else; not seed"),
        ({"order": "filter"}, "say which units"),
        ({"order": "selection"}, "no unit is selected"),
        ({"order": "all", "keys": {"u": "good"}}, "'u' is for undo"),
        ({"order": "audit", "n": -1, "keys": {"b": "noise"}}, "whole number"),
    ],
)
def test_what_cannot_be_reviewed_changes_nothing(live, given, words):
    live.selection = []
    with pytest.raises(LabelsError, match=words):
        live.review(**given)
    review = Review.of(live.hand)
    assert (review.order, live.selection, review.keys["n"]) == ("", [], "noise")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"gg": "good"}, "one letter"), ({"é": "good"}, "one letter"), ({" ": "good"}, "one letter"),
        ({"0": "good"}, "one letter"),
        ({"?": "good"}, "one letter"), ({"b": ""}, "a label is text"), ({"b": None}, "a label is text"),
        ({"b": "unsorted"}, "a label is text"), ({"b": "x", "B": "y"}, "twice"), ("gmns", "dictionary"), (5, "dictionary"),
        ([f"label {n}" for n in range(10)], "for nine"), ({"b": "a\ud800"}, "characters"),
    ],
)  # fmt: skip
def test_keys_that_cannot_be_are_refused(given, words):
    with pytest.raises(LabelsError, match=words):
        checked_keys(given)


def test_keys_are_of_labels_as_the_method_spells_them_and_others_get_free_digits():
    keys = checked_keys({"b": "noise", 2: "axon"})
    assert keys == {"g": "good", "m": "mua", "s": "non_soma", "b": "noise", "2": "axon"}
    found = keys_of_labels(keys, ["sua", "mua", "noise", "non_soma", "axon", "merge", "split"])
    assert found == {
        "sua": "g",
        "mua": "m",
        "non_soma": "s",
        "noise": "b",
        "axon": "2",
        "merge": "1",
        "split": "3",
    }
