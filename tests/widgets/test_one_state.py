"""Whatever is done in whatever order: the screen, the kernel, the code and the saved page say the same."""

import random
import warnings

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import RuleError
from nb_autolabel.widgets import page
from tests.widgets.browser_messages import tell
from tests.widgets.test_engine_js import in_browser

#: Of each of two methods.
STEPS = 1000


@pytest.fixture(scope="module")
def few():
    """Thirty units of the demo, so that a thousand steps are quick."""
    demo = nbl.demo_analyzer()
    return demo.select_units(demo.unit_ids[:30])


def moves_of(rng, labeler):
    """What a person can do next, by name."""
    engine = labeler.engine
    keys, units = labeler.rule_set.keys, labeler.analyzer.unit_ids.tolist()
    table = labeler.trace.table

    def drag():
        at = rng.randrange(len(keys))
        values = table.values(labeler.rule_set.criteria[at].metric)
        pair = list(engine.limits[keys[at]])
        pair[rng.randrange(2)] = rng.choice([None, float(rng.choice(values.tolist())), 1.0])
        pair = [None if x != x else x for x in pair]
        tell(engine, "set", limits={keys[at]: pair}, gesture=f"drag-{rng.randrange(4)}")
        assert engine.error == ""

    def assign():
        labeler.thresholds = labeler.rule_set.with_criterion(
            rng.choice(keys), max=rng.choice([None, 0.5, 20])
        ).thresholds()

    moves = {
        "drag": drag,
        "assign": assign,
        "undo": labeler.undo,
        "redo": labeler.redo,
        "undo in the browser": lambda: tell(engine, "undo"),
        "reset": labeler.reset,
        "reset in the browser": lambda: tell(engine, "reset"),
        "missing values": lambda: labeler.set_nan_policy(
            rng.choice(keys), rng.choice(["fail", "pass", "ignore"])
        ),
        "by hand": lambda: labeler.override(rng.choice(units), rng.choice(["good", "mua", "noise", "axon"])),
        "rules again": lambda: labeler.clear_override(rng.choice(units)),
    }
    for option, control in labeler._options_shown.items():
        choices = (
            [True, False] if isinstance(control.value, bool) else [v for _, v in _pairs(control.options)]
        )
        moves[option] = lambda control=control, choices=choices: setattr(
            control, "value", rng.choice(choices)
        )
    if hasattr(labeler, "add"):
        free = [n for n in table.names if n not in keys]
        moves["add"] = lambda: labeler.add(
            rng.choice(free), min=rng.choice([None, 0.5]), max=rng.choice([None, 30])
        )
        moves["remove"] = lambda: labeler.remove(rng.choice(keys))
    return moves


def _pairs(options):
    return [option if isinstance(option, tuple) else (option, option) for option in options]


def without_limits(rules):
    """The rules as they are sent: limits go on their own."""
    return {**rules, "criteria": [{**c, "min": None, "max": None} for c in rules["criteria"]]}


def labels_by_code(labeler):
    """What the code of ``to_code`` gives, run without any widget."""
    code = labeler.to_code()
    opening = next(line for line in code.splitlines() if line.startswith("analyzer = "))
    lines = code.partition(opening)
    while not lines[2].startswith("\nthresholds = ") and not lines[2].startswith("\ninf = "):
        first, _, rest = lines[2].removeprefix("\n").partition("\n")
        lines = (lines[0], lines[1] + first, "\n" + rest)
    names = {"analyzer": labeler.analyzer, "print": lambda *_: None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of presets and of criteria that are off
        exec(lines[0] + lines[2], names)
    return names["labels"]["label"].tolist()


@pytest.mark.parametrize("kind", ["bombcell", "thresholds"])
def test_after_every_step_of_a_long_walk_all_that_shows_or_keeps_the_state_agrees(few, kind):
    rng = random.Random(7)
    if kind == "bombcell":
        labeler = nbl.BombcellLabeler(few, journal=None)
    else:
        labeler = nbl.ThresholdLabeler(few, {"snr": {"min": 5}, "num_spikes": {"min": 300}}, journal=None)
    engine, grid = labeler.engine, labeler.parts["histograms"]
    pages, expected = [], []
    for _ in range(STEPS):
        moves = moves_of(rng, labeler)
        name = rng.choice(list(moves))
        try:
            moves[name]()
        except RuleError:
            assert name in ("remove", "assign"), name
        rules, method = labeler.rule_set, labeler.method
        assert engine.limits == {c.key: [c.min, c.max] for c in rules.criteria}
        sent = {**rules.to_dict(), "labels": list(labeler.trace.names)}
        assert without_limits(engine._rules) == without_limits(sent), name
        shown = {option: control.value for option, control in labeler._options_shown.items()}
        assert shown.items() <= method.options.items()
        defaults = method.defaults.apply(labeler.trace.table, missing="inactive").counts()
        assert engine._default_counts == [defaults.get(label, 0) for label in labeler.trace.names]
        starts = {c.key: [c.min, c.max] for c in method.defaults.criteria}
        for (key, _), fields in grid._fields.items():
            assert fields.defaults == starts.get(key, [None, None])
        assert labeler.thresholds == rules.thresholds()
        assert labels_by_code(labeler) == labeler.labels["label"].tolist(), name
        state = page.own_state(engine)
        frame = labeler.trace.table.frame
        limits = [state["limits"][key] for key in state["_keys"]]
        pages.append(
            (rules, frame, {
                "rules": state["_rules"], "limits": limits, "byHand": state["by_hand"],
                "labels": state["_rules"]["labels"],
            })
        )  # fmt: skip
        expected.append(labeler.labels["label"].tolist())
    found = in_browser(pages)
    drawn = [
        [state[2]["labels"][code] for code in each["codes"]] for state, each in zip(pages, found, strict=True)
    ]
    assert drawn == expected
    labeler.close()


def test_reset_after_undone_presets_sets_limits_by_key_and_nothing_else(few):
    labeler = nbl.BombcellLabeler(few, journal=None)
    preset = labeler._options_shown["preset"]
    start = labeler.thresholds
    for name in ("ibl", "allen"):
        preset.value = name
    labeler.undo()
    assert preset.value == "ibl"
    ibl = labeler.thresholds
    labeler.reset()
    assert labeler.thresholds == ibl
    labeler.undo()
    assert labeler.thresholds == start
    assert preset.value == "default"
    assert "'default'" in labeler.to_code()
    labeler.close()


def test_an_undone_option_is_undone_in_the_control_and_in_the_code(few):
    labeler = nbl.BombcellLabeler(few, journal=None)
    split = labeler._options_shown["split_non_somatic_good_mua"]
    split.value = True
    assert "split_non_somatic_good_mua=True" in labeler.to_code()
    labeler.undo()
    assert split.value is False
    assert "split_non_somatic_good_mua=False" in labeler.to_code()
    labeler.redo()
    assert split.value is True
    labeler.close()


def test_reset_after_criteria_were_added_and_removed_keeps_each_limit_with_its_criterion(few):
    labeler = nbl.ThresholdLabeler(few, {"snr": {"min": 5}, "num_spikes": {"min": 300}}, journal=None)
    labeler.remove("snr")
    labeler.add("presence_ratio", min=0.9)
    labeler.thresholds = {"num_spikes": {"min": 10}, "presence_ratio": {"min": 0.1}}
    labeler.reset()
    assert {c.metric: c.min for c in labeler.rule_set.criteria} == {"num_spikes": 300, "presence_ratio": 0.9}
    for _ in range(3):
        labeler.undo()
    labeler.reset()
    assert {c.metric: c.min for c in labeler.rule_set.criteria} == {"num_spikes": 300}
    labeler.undo()
    assert {c.metric: c.min for c in labeler.rule_set.criteria} == {"snr": 5, "num_spikes": 300}
    labeler.close()
