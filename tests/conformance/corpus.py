"""Cases for every function that exists in Python and in JavaScript, with what Python says of them.

``python -m tests.conformance.corpus`` writes them as JSON beside this file; pytest holds that the files are what Python
says, vitest (``frontend/test``) that the browser's code says the same. NaN is null in the files, infinities are texts.
"""

from __future__ import annotations

import base64
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import nb_autolabel as nbl
from nb_autolabel.comparison.agreement import cohen_kappa
from nb_autolabel.metrics.binning import round_ticks
from nb_autolabel.metrics.formatting import number
from nb_autolabel.metrics.registry import metric
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.rules.explanation import smallest_changes
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules
from nb_autolabel.rules.missing import effect_of_missing, missing_table, without_metric_in_words
from nb_autolabel.rules.sensitivity import Sensitivity, step_of
from nb_autolabel.session.filter_text import FilterError, parse_filter
from nb_autolabel.session.unit_filter import WORDS, names_of
from nb_autolabel.widgets import page
from nb_autolabel.widgets.class_widget import HardestUnits
from nb_autolabel.widgets.compare import Compare
from nb_autolabel.widgets.engine import axis_of
from nb_autolabel.widgets.hand import HandBar
from nb_autolabel.widgets.histograms import bins_of
from nb_autolabel.widgets.recordings import Recordings
from nb_autolabel.widgets.score import ScoreList
from tests.conformance.undecided import undecided_cases

FOLDER = Path(__file__).parent
#: Values on which limits stand too, missing ones and infinities.
TIES = [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, math.nan, math.inf, -math.inf, 0.1, 0.3]


def plain(value: Any) -> Any:
    """Return plain data as JSON knows it: NaN as null, infinities as texts."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def corpora() -> dict[str, Any]:
    """Return all cases by the name of their file."""
    return {
        "rules": list(rule_cases()),
        "whatif": list(whatif_cases()),
        "histograms": list(histogram_cases()),
        "numbers": number_cases(),
        "agreement": list(agreement_cases()),
        "filters": list(filter_cases()),
        "undecided": list(undecided_cases()),
        "views": list(view_cases()),
    }


def as_text(cases: Any) -> str:
    """Return cases as the text of their file: one a line."""
    lines = ",\n".join(json.dumps(plain(case), allow_nan=False) for case in cases)
    return f"[\n{lines}\n]\n"


# ---------------------------------------------------------------------- labels


def limit(rng: np.random.Generator) -> float | None:
    """Return a limit, often one that values tie with."""
    return None if rng.random() < 0.3 else float(rng.choice([-1.0, 0.0, 0.1, 0.3, 0.5, 1.0, rng.normal()]))


def frame_for(rng: np.random.Generator, metrics: list[str], n: int) -> pd.DataFrame:
    """Return a table with ties, missing values, infinities, and metrics that are not there at all."""
    names = [name for name in metrics if rng.random() > 0.08]
    columns = {name: np.where(rng.random(n) < 0.5, rng.choice(TIES, n), rng.normal(size=n)) for name in names}
    return pd.DataFrame(columns, index=range(n))


def reasons_of(trace: Any) -> Any:
    """Return the reasons of every unit for its own label, criteria by units; labels by hand have none."""
    found = np.zeros(trace.states.shape, dtype=bool)
    for code, label in enumerate(trace.rule_set.labels):
        mine = (trace.codes == code) & ~trace.manual
        reasons = trace.reasons(label)
        for key in reasons.columns:
            found[trace.rule_set.keys.index(key), mine] = reasons.loc[trace.table.unit_ids[mine], key]
    return found


def of_recordings(rng: np.random.Generator, frame: pd.DataFrame) -> MetricTable:
    """Return a table of two recordings, of which one or the other lacks some of the metrics."""
    second = np.arange(len(frame)) >= len(frame) // 2
    gone = {name: second if rng.random() < 0.5 else ~second for name in frame if rng.random() < 0.4}
    values = {name: frame[name].where(~gone.get(name, np.zeros(len(frame), bool))) for name in frame}
    table = MetricTable(pd.DataFrame(values, index=frame.index))
    table.absent = gone
    return table


def masks_of(rules: Any, table: Any) -> list[Any]:
    """Return the units whose recording lacks the metric of each criterion; None: every one has it."""
    found = [table.where_absent(c.metric) for c in rules.criteria]
    return [None if mask is None else mask.astype(int) for mask in found]


def case_of(rules: Any, source: Any, by_hand: dict[int, str]) -> dict[str, Any]:
    """Return what the browser gets for a method and a table, and what Python says of it."""
    trace = rules.apply(source, missing="inactive", by_hand=by_hand)
    frame = trace.table.frame
    reasons = reasons_of(trace).astype(int)
    values = np.full((len(rules.criteria), len(frame)), np.nan)
    for row, criterion in zip(values, rules.criteria, strict=True):
        if criterion.metric in frame:
            row[:] = frame[criterion.metric]
    combinations = {}
    for code, label in enumerate(trace.names):
        rows = reasons[:, trace.codes == code].T
        kinds, counts = np.unique(rows, axis=0, return_counts=True) if rows.size else ([], [])
        combinations[label] = sorted(
            ([np.flatnonzero(kind).tolist(), int(count)] for kind, count in zip(kinds, counts, strict=True))
        )
    missing = missing_table(trace)
    return {
        "rules": {**rules.to_dict(), "labels": list(trace.names)},
        "limits": [[c.min, c.max] for c in rules.criteria],
        "values": values,
        "missing": [c.metric not in frame for c in rules.criteria],
        "gone": masks_of(rules, trace.table),
        "byHand": by_hand,
        "expected": {
            "codes": trace.codes,
            "states": trace.states,
            "reasons": reasons,
            "only": (reasons * (reasons.sum(axis=0) == 1)).sum(axis=1),
            "combinations": combinations,
            "missing": missing["missing"].tolist(),
            "lacking": without_metric_in_words(trace),
            "decided": missing["decided"].tolist(),
            "effects": [
                [effect.counts, effect.said]
                for effect in (effect_of_missing(rules, k) for k in range(len(rules.criteria)))
            ],
        },
    }


def rule_cases() -> Any:
    """Filters and Bombcell's rules with every policy, tables of no unit and of some, labels by hand."""
    rng = np.random.default_rng(20261126)
    for at in range(60):
        metrics = [f"m{i}" for i in range(rng.integers(1, 6))]
        thresholds = {
            m: {"min": limit(rng), "max": limit(rng), "abs": bool(rng.random() < 0.3)} for m in metrics
        }
        policy = ("fail", "pass", "ignore")[at % 3]
        rules = threshold_rules(thresholds, operator=("and", "or")[at % 2], nan_policy=policy)
        n = 0 if at % 10 == 0 else int(rng.integers(1, 14))
        frame = frame_for(rng, metrics, n)
        yield case_of(rules, frame, {0: "good"} if n and at % 4 == 0 else {})
    for at in range(30):
        preset = ("default", "bombcell", "spikeinterface-0.105", "allen", "ibl")[at % 5]
        rules = bombcell_rules(preset=preset, split_non_somatic_good_mua=bool(at % 2))
        for c in rules.criteria:
            if rng.random() < 0.5:
                policy = str(rng.choice(["fail", "pass", "ignore"]))
                rules = rules.with_criterion(c.key, min=limit(rng), max=limit(rng), nan=policy)
        n = 0 if at % 15 == 0 else 12
        frame = frame_for(rng, [c.metric for c in rules.criteria], n)
        yield case_of(rules, frame, {1: "noise", 3: "axon"} if n and at % 3 == 0 else {})
    yield from unjudged_cases()
    yield from recordings_cases()


def recordings_cases() -> Any:
    """Filters and Bombcell's rules on units of two recordings that do not have the same metrics."""
    rng = np.random.default_rng(15)
    for at in range(40):
        policy = ("fail", "pass", "ignore")[at % 3]
        if at % 4 == 0:
            metrics = [f"m{i}" for i in range(rng.integers(1, 6))]
            thresholds = {m: {"min": limit(rng), "max": limit(rng)} for m in metrics}
            rules = threshold_rules(thresholds, operator=("and", "or")[at // 4 % 2], nan_policy=policy)
        else:
            rules = bombcell_rules(
                preset=("default", "bombcell", "spikeinterface-0.105", "allen")[at // 4 % 4],
                split_non_somatic_good_mua=bool(at % 2),
                missing_criteria=("unjudged", "ignore")[at // 2 % 2],
            )
            metrics = [c.metric for c in rules.criteria]
            for c in rules.criteria:
                if rng.random() < 0.4:
                    rules = rules.with_criterion(c.key, min=limit(rng), max=limit(rng), nan=policy)
        names = list(dict.fromkeys(metrics))
        table = of_recordings(rng, frame_for(rng, names, 12))
        yield case_of(rules, table, {1: "noise"} if at % 5 == 0 else {})


def unjudged_cases() -> Any:
    """Bombcell's rules on tables that lack the metrics, or some units' values, of whole sections."""
    rng = np.random.default_rng(14)
    presets = ("default", "bombcell", "spikeinterface-0.105", "allen")
    for at in range(32):
        rules = bombcell_rules(
            preset=presets[at % 4],
            split_non_somatic_good_mua=bool(at % 3 == 0),
            label_non_somatic=at % 7 != 0,
            missing_criteria="unjudged",
        )
        sections = [s for s in rules.sections if rng.random() < 0.5]
        for c in rules.criteria:
            if rng.random() < 0.15:
                rules = rules.with_criterion(c.key, min=None, max=None)
        names = [c.metric for c in rules.criteria]
        frame = pd.DataFrame({name: np.abs(rng.normal(size=9)) for name in names})
        frame = frame.mask(rng.random(frame.shape) < 0.2)
        lacking = [c.metric for c in rules.criteria if c.section in sections and rng.random() < 0.95]
        if at % 2:
            frame = frame.drop(columns=lacking)
        else:
            frame.loc[: len(frame) // 2, lacking] = math.nan
        yield case_of(rules, frame, {1: "noise"} if at % 5 == 0 else {})


# ---------------------------------------------------------------------- explanation and sensitivity


def with_real_limits(rng: np.random.Generator, rules: Any, n: int) -> tuple[Any, pd.DataFrame]:
    """Return a method with limits among the values of a table, which hardly ever tie, as metrics do not."""
    names = list(dict.fromkeys(c.metric for c in rules.criteria))
    frame = pd.DataFrame({name: np.abs(rng.normal(size=n)) for name in names})
    frame = frame.mask(rng.random(frame.shape) < 0.1)
    for c in rules.criteria:
        low, high = np.sort(np.abs(rng.normal(size=2))).tolist()
        kind = rng.integers(3)
        rules = rules.with_criterion(c.key, min=low if kind != 1 else None, max=high if kind != 0 else None)
    return rules, frame


def whatif_cases() -> Any:
    """Methods with real limits on values that hardly ever tie, as metrics are."""
    rng = np.random.default_rng(6)
    for at in range(14):
        rules = bombcell_rules(split_non_somatic_good_mua=bool(at % 2))
        rules, frame = with_real_limits(rng, rules, 15)
        trace = rules.apply(frame if at < 8 else of_recordings(rng, frame))
        found = Sensitivity(trace)
        known = [metric(c.metric) for c in rules.criteria]
        yield {
            "rules": {**rules.to_dict(), "labels": list(trace.names)},
            "limits": [[c.min, c.max] for c in rules.criteria],
            "values": trace.values,
            "missing": [False] * len(rules.criteria),
            "gone": masks_of(rules, trace.table),
            "byHand": {},
            "metrics": [{"factor": one.factor, "whole": one.whole} for one in known],
            "steps": [
                list(step_of(row, c.metric)) for row, c in zip(trace.values, rules.criteria, strict=True)
            ],
            "expected": {
                "changes": [
                    [
                        {
                            "label": change.label,
                            "others": change.others,
                            "steps": [
                                {"k": rules.keys.index(step.key), "change": step.change}
                                for step in change.steps
                            ],
                        }
                        for change in smallest_changes(trace, unit)
                    ]
                    for unit in range(len(frame))
                ],
                "curves": [
                    {
                        "k": rules.keys.index(key),
                        "bound": ("min", "max").index(bound),
                        "points": curve.limits,
                        "counts": curve.counts,
                        "most": int(found.table.set_index(["criterion", "bound"]).loc[(key, bound), "most"]),
                        "perStep": float(
                            found.table.set_index(["criterion", "bound"]).loc[(key, bound), "per_step"]
                        ),
                    }
                    for (key, bound), curve in found.curves.items()
                ],
            },
        }


# ---------------------------------------------------------------------- histograms, numbers, agreement


def histogram_cases() -> Any:
    """Every criterion of Bombcell on the bundled demo: axis, bin of each unit, stacked bars."""
    live = nbl.LiveBombcell(nbl.demo_analyzer(), journal=None)
    codes = live.trace.codes
    for criterion in live.rule_set.criteria:
        for scale in (None, "log", "clip"):
            bins = bins_of(criterion, live.session, scale)
            if bins is None:
                continue
            heights = [
                np.bincount(bins.drawn_index[codes == code], minlength=bins.drawn)
                for code in range(len(live.trace.names))
            ]
            yield {
                "axis": axis_of(criterion.metric, bins),
                "limits": [criterion.min, criterion.max],
                "places": bins.drawn_index,
                "codes": codes,
                "labels": len(live.trace.names),
                "expected": {"heights": heights},
            }


def number_cases() -> list[Any]:
    """Numbers as they are shown, and round numbers for axes."""
    rng = np.random.default_rng(3)
    values = [
        0.0, -0.0, 1.0, -1.0, 0.001, 0.00099999, 0.0009996, 999.4, 999.5, 999.6, 1000, 1234, 1234.5, 99999.5,
        250000, 999999.4, 999999.5, 1e6, 2.5e6, 1.125, 0.125, 2.675, 1.2345e-5, 9.995e-4, 5e-324, 1.7e308,
        math.nan, math.inf, -math.inf, 31.25, 0.1 + 0.2, 100, 312.7, -312.7, 12.345, 1e-3, 99.95, 9.995,
        *rng.normal(scale=3, size=40).tolist(), *np.power(10.0, rng.uniform(-7, 8, 60)).tolist(),
    ]  # fmt: skip
    axes = [
        (0, 1),
        (0, 40),
        (-3, 3),
        (0.1, 1.15),
        (0, 1e-3),
        (12, 13),
        (-0.5, 6.5),
        (0, 300),
        (0, 7),
        (5, 1e5),
    ]
    axes += [tuple(np.sort(rng.normal(scale=50, size=2)).tolist()) for _ in range(30)]
    return [
        *({"value": value, "text": number(value)} for value in values),
        *(
            {"low": low, "high": high, "most": most, "ticks": round_ticks(low, high, most)}
            for low, high in axes
            for most in (2, 4, 5)
        ),
    ]


def agreement_cases() -> Any:
    """Tables of two labelings, from those of no unit to those that agree by chance alone."""
    rng = np.random.default_rng(4)
    tables = [[[0, 0], [0, 0]], [[9, 0], [0, 0]], [[5, 0], [0, 5]], [[25, 25], [25, 25]], [[0, 10], [10, 0]]]
    tables += [rng.integers(0, 12, (size, size)).tolist() for size in (2, 3, 4) for _ in range(8)]
    for table in tables:
        first = [f"l{i}" for i, row in enumerate(table) for count in row for _ in range(count)]
        second = [f"l{j}" for row in table for j, count in enumerate(row) for _ in range(count)]
        found = cohen_kappa(np.array(table))
        yield {
            "table": table,
            "first": first,
            "second": second,
            "labels": [f"l{i}" for i in range(len(table))],
            "expected": {"kappa": found.value, "low": found.low, "high": found.high},
        }


# ---------------------------------------------------------------------- filters

FILTERS = (
    'snr > 5 and label == "mua"', "snr>5", "5 < snr or not snr > 3", "peak_to_trough_duration > 0.5",
    "peak_to_trough_duration > 0.0005", "rp_contamination > 10", "amplitude_median > 40", "amplitude_median < -40",
    '"snr" in reasons', "reasons == 'snr'", "reasons != 'snr'", "reasons", "not reasons", "by_hand", "not by_hand",
    'by_hand == "noise"', "by_hand == ''", 'note == "drifts"', '"drift" in note', "note", "unsure", "pending", "not pending",
    "probability < 0.7", "probability == probability", "unit == 3", "unit > 3", "unit in '3 4'", "num_spikes >= 1e3",
    "-snr < -5", "(snr > 4) and (firing_rate > 1 or unit != 7)", "peak_before_width == peak_before_width",
    "peak_before_width != 1", "unsure == 'no'", "pending == 0", "snr > '5'", "label > 2", "label in 'good or noise'",
    # What cannot be read, and what is proposed.
    "snr", "snr >", "(snr > 5", "snr > 5 5", "snr > $", "label = 'mua'", "label == mua", "label == Muaa", "SNR > 5",
    "firing_rte > 1", "Reasons", "by_hnd", "x && y", "snr > 5 && snr < 9", "snr > 5 | snr < 2", "constructor > 1",
    "__proto__", "alert(1)", "and", "in snr", "> 5", "snr > 5 ms", "", " ", "not",
    "(" * 120 + "snr > 5" + ")" * 120, "not " * 99 + "reasons",
    "snr > 1" + " and snr > 1" * 150,
)  # fmt: skip


def filter_cases() -> Any:
    """Yield methods with labels by hand, and for each filter the units that it finds, or what is said of it."""
    demo = nbl.demo_analyzer()
    few = demo.select_units(demo.unit_ids[:40])
    for made in (nbl.BombcellLabeler, nbl.UnitRefineLabeler):
        labeler = made(few, journal=None)
        ids = few.unit_ids.tolist()
        labeler.override(ids[:3], "noise", note="drifts")
        labeler.override(ids[5], "axon")
        session = labeler.live.session
        found = {}
        for text in FILTERS:
            look_up = names_of(session.trace, session.by_hand)
            names = [*WORDS, *labeler.engine.metric_names, *(f'"{label}"' for label in session.trace.names)]
            try:
                test = parse_filter(text, look_up, names)
                found[text] = [at for at in range(len(ids)) if test(at)]
            except FilterError as error:
                found[text] = str(error)
        yield {"engine": sent(labeler.engine) | {"_snapshot": "", "_hand_notes": {}}, "found": found}
        labeler.close()


# ---------------------------------------------------------------------- views


def view_cases() -> Any:
    """Yield the state of the engine of labelers of fifteen units, then that of each of their views."""
    demo = nbl.demo_analyzer()
    few = demo.select_units(demo.unit_ids[:15])
    bombcell = nbl.BombcellLabeler(few, journal=None)
    unitrefine = nbl.UnitRefineLabeler(few, journal=None)
    hand = HandBar(bombcell.engine)
    compare = Compare({"bombcell": bombcell, "unitrefine": unitrefine}, {"truth": {few.unit_ids[0]: "mua"}})
    table = few.get_metrics_extension_data().assign(
        recording=np.repeat(["r10", "r2", "r1"], 5), mouse=np.repeat(["m1", "m2", "m1"], 5)
    )
    source = nbl.Cohort(table).source
    wrong = {"at": 1, "given": "good", "truth": "mua", "kind": "merged", "clue": "two clouds of amplitudes"}
    kinds = [["merged", "0 of 1", "mua", "two clouds of amplitudes"]]
    unit = {
        "at": 0,
        "label": "mua",
        "share": "40 % right",
        "given": "good 3, mua 2",
        "truth": "mua",
        "says": "A clue.",
    }
    hardest = HardestUnits(bombcell.engine, _title="The 1 hardest units", _units=[unit])
    score = ScoreList(bombcell.engine, _sentence="0 of 1 labels are right", _kinds=kinds, _wrong=[wrong])
    recordings = Recordings(bombcell.engine, bombcell.live.session, source, source.tabulate)
    for labeler in (bombcell, unitrefine):
        views = [part for part in labeler.parts.values() if hasattr(part, "_kind")]
        views.append(labeler.parts["histograms"].bar)
        views += [fields for _, fields, _ in labeler.parts["histograms"].shown()]
        views += [hand, compare, recordings, score, hardest] if labeler is bombcell else []
        yield {
            "engine": sent(labeler.engine) | {"_snapshot": ""},
            "views": [sent(view) | {"_engines": ["one", "one"]} for view in views],
        }
    for widget in (hardest, score, recordings, compare, hand, unitrefine, bombcell):
        widget.close()


def sent(widget: Any) -> dict[str, Any]:
    """Return what the browser gets of a widget; binary data as base64."""
    state = {k: v for k, v in page.own_state(widget).items() if k != "_anywidget_id"}

    def encoded(value: Any) -> Any:
        if isinstance(value, bytes | memoryview):
            return {"base64": base64.b64encode(value).decode()}
        if isinstance(value, list):
            return [encoded(part) for part in value]
        return value

    return {name: encoded(value) for name, value in state.items()}


if __name__ == "__main__":
    for name, cases in corpora().items():
        (FOLDER / f"{name}.json").write_text(as_text(cases), encoding="utf-8")
