"""On thousands of random tables and thresholds our labels equal those of SpikeInterface 0.105."""

from __future__ import annotations

import json
import warnings
from collections import Counter

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingMetricError
from nb_autolabel.rules.methods import bombcell_rules

pytest.importorskip("spikeinterface", reason="needs the oracle environment")
sc = pytest.importorskip("spikeinterface.curation")

#: Some thresholds drawn at random have no limit that is on, which is said here and not there.
pytestmark = pytest.mark.filterwarnings("ignore:no criterion is left:UserWarning")

nan, inf = np.nan, np.inf
#: A small pool, so that values equal to a limit, their negatives, and infinities meet often.
SPECIAL = [nan, nan, inf, -inf, 0.0, -0.0, 0.5, -0.5, 1.0, 2.0, -2.0, 3.0]
LOWER = [None, None, nan, -inf, -2, -1.0, 0, 0.5]
UPPER = [None, None, nan, inf, 3, 2.0, 1, -0.5]

FILTER_METRICS = ["snr", "firing_rate", "amplitude_median", "drift_ptp", "my_own"]
DEFAULTS = sc.bombcell_get_default_thresholds()
BOMBCELL_METRICS = {
    "noise": [*DEFAULTS["noise"], "snr", "my_own"],
    "mua": [*DEFAULTS["mua"], "rp_contamination", "my_own", "exp_decay"],
    "non-somatic": [*DEFAULTS["non-somatic"], "spread", "my_own", "sliding_rp_violation"],
}


def pick(rng, options):
    return options[rng.integers(len(options))]


def column(rng, n_units):
    """Values of one metric: special ones among ordinary ones, as floats, integers or truth values."""
    values = np.where(rng.random(n_units) < 0.5, rng.choice(SPECIAL, n_units), rng.normal(0.5, 1.5, n_units))
    kind = pick(rng, ["float64"] * 4 + ["float32", "int64", "uint8", "bool", "nothing"])
    if kind == "nothing":
        return np.full(n_units, nan)
    if kind.startswith("float"):
        return values.astype(kind)
    return np.clip(np.nan_to_num(values), 0 if kind == "uint8" else -3, 3).astype(kind)


def any_table(rng, metrics) -> pd.DataFrame:
    n_units = int(pick(rng, [0, 1, 1, 2, 5, 12, 30]))
    ids = [f"unit{i}" for i in rng.permutation(n_units)] if rng.random() < 0.5 else rng.permutation(n_units)
    return pd.DataFrame({m: column(rng, n_units) for m in metrics}, index=pd.Index(ids))


def any_entry(rng, metric, table) -> dict:
    """Limits in SpikeInterface's words; either, both or none given, off, infinite, or equal to a value."""
    entry = {}
    finite = table[metric].to_numpy(float) if metric in table else np.array([])
    finite = finite[np.isfinite(finite)]
    for key, pool in (("greater", LOWER), ("less", UPPER)):
        if rng.random() < 0.8:
            entry[key] = float(rng.choice(finite)) if len(finite) and rng.random() < 0.3 else pick(rng, pool)
    if rng.random() < 0.5 or metric == "amplitude_median":  # whose default is another, on purpose
        entry["abs"] = bool(rng.random() < 0.5)
    return entry


def some(rng, names, at_most) -> list[str]:
    return [names[i] for i in rng.permutation(len(names))[: rng.integers(0, at_most + 1)]]


def bombcell(**arguments) -> list[str]:
    """SpikeInterface's Bombcell labels; it warns of metrics that are not there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sc.bombcell_label_units(**arguments)["bombcell_label"].tolist()


@pytest.mark.parametrize("nan_policy", ["fail", "pass", "ignore"])
@pytest.mark.parametrize("operator", ["and", "or"])
def test_a_simple_filter_labels_as_spikeinterface_does(operator, nan_policy):
    rng = np.random.default_rng(["and", "or"].index(operator) * 3 + len(nan_policy))
    seen = Counter()
    for _ in range(520):
        table = any_table(rng, FILTER_METRICS)
        thresholds = {m: any_entry(rng, m, table) for m in some(rng, FILTER_METRICS, at_most=4)}
        options = {"operator": operator, "nan_policy": nan_policy, "pass_label": "yes", "fail_label": "no"}
        theirs = sc.threshold_metrics_label_units(table, thresholds, **options)
        ours = nbl.threshold_metrics_label_units(table, thresholds, **options)
        assert ours["label"].tolist() == theirs["label"].tolist(), (table, thresholds)
        assert ours.index.equals(theirs.index)
        seen.update(theirs["label"])
    assert min(seen["yes"], seen["no"]) > 400


@pytest.mark.parametrize("seed", range(4))
def test_bombcell_labels_as_spikeinterface_does(seed):
    rng = np.random.default_rng(seed)
    seen = Counter()
    for _ in range(800):
        metrics = sorted({m for section in BOMBCELL_METRICS.values() for m in section})
        table = any_table(rng, [m for m in metrics if rng.random() < 0.9])
        sections = {"noise": 1, "mua": 3, "non-somatic": 6}
        thresholds = {
            section: {m: any_entry(rng, m, table) for m in some(rng, BOMBCELL_METRICS[section], at_most)}
            for section, at_most in sections.items()
            if rng.random() < 0.9
        }
        split = bool(rng.random() < 0.5)
        theirs = bombcell(external_metrics=table, thresholds=thresholds, split_non_somatic=split)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                ours = nbl.bombcell_label_units(table, thresholds, split_non_somatic_good_mua=split)
        except MissingMetricError:  # none of the metrics is there: test_parity_differences.py
            assert set(theirs) <= {"good"}
            seen["refused"] += 1
            continue
        assert ours["label"].tolist() == theirs, (table, thresholds)
        assert ours.index.equals(table.index)
        seen.update(theirs)
    labels = ("noise", "mua", "good", "non_soma", "non_soma_good", "non_soma_mua")
    assert min(seen[label] for label in labels) > 100
    assert 0 < seen["refused"] < 50


@pytest.mark.parametrize("split", [False, True])
def test_bombcell_labels_as_spikeinterface_does_near_the_default_limits(split):
    """Thresholds people use, units scattered about them: equal to a limit, a little off, or missing."""
    rng = np.random.default_rng(11)
    near = {
        m: [v for v in (e["greater"], e["less"]) if v is not None]
        for s in DEFAULTS.values()
        for m, e in s.items()
    }
    n_units = 4000
    table = pd.DataFrame(
        {m: rng.choice(v, n_units) * rng.choice([0.5, 0.99, 1, 1, 1.01], n_units) for m, v in near.items()}
    )
    well_inside = {m: (sum(near[m]) / 2 if len(near[m]) == 2 else near[m][0]) for m in DEFAULTS["noise"]}
    table = table.assign(
        **{m: np.where(rng.random(n_units) < 0.95, well_inside[m], table[m]) for m in well_inside}
    )
    table = table.assign(
        **{m: np.where(rng.random(n_units) < 0.6, near[m][0], table[m]) for m in DEFAULTS["mua"]}
    )
    table = table.mask(rng.random(table.shape) < 0.02)
    theirs = bombcell(external_metrics=table, split_non_somatic=split)
    ours = nbl.bombcell_label_units(
        table, preset="spikeinterface-0.105", split_non_somatic_good_mua=split
    )["label"].tolist()  # fmt: skip
    assert ours == theirs
    assert min(Counter(theirs).values()) > 20
    assert len(set(theirs)) == (5 if split else 4)


def test_our_preset_of_0_105_and_its_default_thresholds_are_the_same_numbers():
    words = {"min": "greater", "max": "less", "abs": "abs"}
    ours = nbl.bombcell_get_default_thresholds("spikeinterface-0.105")
    assert {
        section: {m: {words[k]: v for k, v in entry.items() if k in words} for m, entry in entries.items()}
        for section, entries in ours.items()
    } == DEFAULTS


def test_the_default_thresholds_written_for_spikeinterface_give_the_same_labels_there():
    rng = np.random.default_rng(12)
    for preset in ("default", "spikeinterface-0.104", "spikeinterface-0.105"):
        rules = bombcell_rules(preset=preset)
        near = {c.metric: [x for x in (c.min, c.max) if x is not None] for c in rules.criteria}
        table = pd.DataFrame(
            {m: rng.choice(v, 300) * rng.choice([0.9, 1, 1, 1, 1.1], 300) for m, v in near.items()}
        )
        table["amplitude_median"] *= rng.choice([-1, 1], 300)
        theirs = bombcell(external_metrics=table, thresholds=rules.thresholds("greater/less"))
        assert len(set(theirs)) > 1
        assert rules.apply(table).labels.tolist() == theirs


def test_a_json_file_is_read_as_spikeinterface_reads_it(tmp_path):
    rng = np.random.default_rng(13)
    table = any_table(np.random.default_rng(1), FILTER_METRICS)
    assert len(table) > 1
    path = tmp_path / "limits.json"
    for _ in range(20):
        thresholds = {m: any_entry(rng, m, table) for m in FILTER_METRICS}
        path.write_text(json.dumps(thresholds), encoding="utf-8")
        theirs = sc.threshold_metrics_label_units(table, path)["label"]
        assert nbl.threshold_metrics_label_units(table, path)["label"].tolist() == theirs.tolist()


def test_several_tables_are_joined_as_spikeinterface_joins_them():
    left = pd.DataFrame({"exp_decay": [0.05, 0.05, 0.5]}, index=["c", "a", "b"])
    right = pd.DataFrame({"snr": [9.0, 1.0]}, index=["a", "c"])
    thresholds = {"noise": {"exp_decay": {"less": 0.1}}, "mua": {"snr": {"greater": 5}}}
    theirs = bombcell(external_metrics=[left, right], thresholds=thresholds)
    ours = nbl.bombcell_label_units(external_metrics=[left, right], thresholds=thresholds)
    assert ours["label"].tolist() == theirs
    assert ours["label"].to_dict() == {"c": "mua", "a": "good", "b": "noise"}


def test_metrics_beyond_the_built_in_non_somatic_ones_count_together_as_in_spikeinterface():
    """Its docstring says each counts on its own; its code asks that none of them passes. We follow the code."""
    values = [0.0, 2.0, nan]
    table = pd.DataFrame([(a, b) for a in values for b in values], columns=["spread", "my_own"])
    thresholds = {"non-somatic": {"spread": {"less": 1}, "my_own": {"less": 1}}}
    theirs = bombcell(external_metrics=table, thresholds=thresholds)
    assert nbl.bombcell_label_units(table, thresholds)["label"].tolist() == theirs
    assert theirs == ["good", "good", "good", "good", *["non_soma"] * 2, "good", *["non_soma"] * 2]


@pytest.mark.parametrize("thresholds", [{}, {"noise": {}}, {"noise": {}, "mua": {}, "non-somatic": {}}])
def test_empty_and_absent_sections_give_what_spikeinterface_gives(thresholds):
    table = pd.DataFrame({"snr": [1.0, nan, 9.0]})
    theirs = bombcell(external_metrics=table, thresholds=thresholds)
    assert nbl.bombcell_label_units(table, thresholds)["label"].tolist() == theirs == ["good"] * 3


def test_skipping_the_non_somatic_step_gives_what_spikeinterface_gives():
    table = pd.DataFrame({"main_peak_to_trough_ratio": [0.9, 0.1], "snr": [9.0, 1.0]})
    thresholds = {"mua": {"snr": {"greater": 5}}, "non-somatic": {"main_peak_to_trough_ratio": {"less": 0.8}}}
    for step in (True, False):
        theirs = bombcell(external_metrics=table, thresholds=thresholds, label_non_somatic=step)
        ours = nbl.bombcell_label_units(table, thresholds, label_non_somatic=step)["label"].tolist()
        assert ours == theirs == ["non_soma" if step else "good", "mua"]
