"""The model card of the bundled classifiers, from what was measured on left-out mice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from expected_error_card import put, text

from nb_autolabel.classifiers.boosting import NOISE_SIGNS, SUA_SIGNS
from nb_autolabel.classifiers.inputs import COSTLY, is_costly

SCORES = ("accuracy", "balanced_accuracy", "macro_f1", "log_loss", "calibration_error")
NAMES = ("accuracy", "balanced accuracy", "macro-F1", "log-loss", "calibration error")


def table(head: tuple[str, ...], rows: list[list[str]]) -> str:
    """Return a table in Markdown."""
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def comparison(found: dict[str, Any]) -> str:
    """Return all methods, over all units, with intervals over recordings."""
    rows = []
    for method, where in found["scores"].items():
        cells = [method]
        for score in SCORES:
            if score not in where["all"]:
                cells.append("")
                continue
            low, high = found["intervals"][method][score]
            cells.append(f"{where['all'][score]:.3f} ({low:.3f} to {high:.3f})")
        rows.append(cells)
    return table(("method", *NAMES), rows)


def per_recording(found: dict[str, Any]) -> str:
    """Return all methods for each mouse and recording."""
    places = [where for where in found["scores"]["bundled pair"] if where != "all"]
    rows = [
        [method, where, *(f"{scores[where][c]:.3f}" if c in scores[where] else "" for c in SCORES)]
        for method, scores in found["scores"].items()
        for where in places
    ]
    return table(("method", "mouse or recording", *NAMES), rows)


def differences(found: dict[str, Any]) -> str:
    """Return by how much the pair is ahead of its peers, with intervals over recordings."""
    pair = found["scores"]["bundled pair"]["all"]
    rows = []
    for method, intervals in found["differences"].items():
        peer = found["scores"][method]["all"]
        cells = [method]
        for score in SCORES:
            cells.append(
                f"{pair[score] - peer[score]:+.3f} ({intervals[score][0]:+.3f} to {intervals[score][1]:+.3f})"
                if score in intervals
                else ""
            )
        rows.append(cells)
    return table(("bundled pair minus", *NAMES), rows)


def missing(found: dict[str, Any]) -> str:
    """Return what metrics cost when they are missing: groups, and single ones that cost much."""
    singles = {n: m for n, m in found["missing"]["singles"].items() if is_costly(m)}
    singles = dict(sorted(singles.items(), key=lambda item: item[1]["accuracy"]))
    rows = [
        [
            name,
            ", ".join(m["features"]),
            f"{m['accuracy']:+.3f}",
            f"{m['loss']:+.3f}",
            f"{m['log_loss']:+.3f}",
        ]
        for name, m in [
            *found["missing"]["groups"].items(),
            *((f"{name} alone", m) for name, m in singles.items()),
        ]
    ]
    return table(("missing", "metrics", "accuracy", "macro-F1", "log-loss"), rows)


def listing_of(names: list[str]) -> str:
    """Return names as words."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


def signs() -> str:
    """Return the monotone constraints with their reasons."""
    rows = [
        [stage, name, "never less" if sign > 0 else "never more", why]
        for stage, known in (("noise", NOISE_SIGNS), ("single unit", SUA_SIGNS))
        for name, (sign, why) in known.items()
    ]
    return table(("stage", "metric", "more of it makes the class", "because"), rows)


def growth(forests: list[dict[str, Any]]) -> str:
    """Return a table of the forests."""
    return table(tuple(forests[0]), [[str(value) for value in forest.values()] for forest in forests])


def write_card(path: Path, found: dict[str, Any], info: dict[str, Any], size: int, seconds: float) -> None:
    """Write the model card."""
    within = [s["calibration_error"] for where, s in found["scores"]["bundled pair"].items() if "_" in where]
    bombcell = [s["accuracy"] for where, s in found["scores"]["Bombcell, defaults"].items() if "_" in where]
    kept = found["kept"]
    card = CARD.format(
        data=info["data"],
        features=", ".join(info["features"]),
        comparison=comparison(found),
        differences=differences(found),
        per_recording=per_recording(found),
        missing=missing(found),
        signs=signs(),
        without=listing_of(info["grown without"]),
        costly=COSTLY,
        growth=growth(info["growth"]),
        version=info["scikit-learn"],
        size=f"{size / 1e6:.2f}",
        seconds=f"{seconds:.2f}",
        lowest=f"{min(within):.3f}",
        highest=f"{max(within):.3f}",
        poorest=f"{min(bombcell):.3f}",
        best=f"{max(bombcell):.3f}",
        tenth=f"{kept['0.1']:.3f}",
        half=f"{kept['0.5']:.3f}",
        all=f"{kept['1.0']:.3f}",
    )
    path.write_text(card, encoding="utf-8")
    # What was measured of expected errors last; a new pair needs it anew: scripts/expected_error.py.
    put(path, text(json.loads((path.parent / "expected_error.json").read_text(encoding="utf-8"))))


CARD = """# The bundled classifiers

Two classifiers in a row, in the two steps of UnitRefine (Jain et al.): noise against neural on all units, then single
against multi unit on the neural ones. They are gradient-boosted trees of this package, not the models UnitRefine
ships, kept as plain arrays in `noise.npz` and `sua.npz` (and `..._without_....npz` for units that lack metrics);
`noise.json` and `sua.json` say what they need and what they were trained on.

- **Data**: {data}, Neuropixels recordings of mice, labeled by 2 to 5 human curators each (majority vote);
  published with UnitRefine (https://github.com/anoushkajain/UnitRefine) under the MIT licence,
  Copyright (c) 2025 Anoushka Jain (UnitRefine).
- **Cite**: Jain et al., UnitRefine, when you use them.
- **Metrics**: {features}. `amplitude_median` is taken as a magnitude. The training metrics are those of
  SpikeInterface 0.102. Versions 0.101 to 0.105 use the same names (older ones are found), but definitions changed between
  them, of `amplitude_cutoff` for one: the same name does not mean the same value.
- **Settings**: the mean log-odds of five forests (scikit-learn {version}, `HistGradientBoostingClassifier`), trained on
  the units and on copies of them. Each copy hides a group of metrics, and 15 % of the single values besides.
- **Units**: `training.npz` holds the metrics and votes of these units, for adapting the pair to a recording.
- **Size** {size} MB together; 10,000 units take {seconds} s.

## Scores

One mouse is left out in turn; in brackets 95 % intervals over recordings (2,000 draws of the seven recordings with
replacement; they are few, from three mice, and the intervals are rough). The numbers are those of probabilities of
noise, multi and single unit together. Calibration error: expected calibration error of the most probable of the three
classes, 10 bins.

{comparison}

{differences}

So the labels are about as good as those of UnitRefine's recipe, and the probabilities are better: clearly by the
log-loss, and by the calibration error over all units, whose interval is wide. UnitRefine reports balanced accuracy, and by
it its own recipe may be ahead. Of the most confident tenth of the units {tenth} are right, of the most
confident half {half}, of all {all}.

- **UnitRefine's recipe**: two random forests as the top rows of its model_accuracies.csv say, the models it ships: for
  noise most frequent value imputed, standard scaler, 150 trees, gini, at least 4 units a leaf and 3 a split,
  balanced_subsample; for single units most frequent value imputed, robust scaler, 129 trees, entropy, at least 4 units a
  leaf and 4 a split, balanced. Fitted in the same folds with three seeds; the scores are means over them.
- **Bombcell** says no probability. By its default thresholds {poorest} to {best} of the units of a recording are right:
  one number for all of them says little. Fitted thresholds are those of `fit_thresholds` on the other mice.

{per_recording}

### What was chosen on which data

The pair is the mean of all five forests; none is chosen by its scores. On these mice the single forests reach log-losses
that differ by 0.005 only, and which of them is ahead differs between the mice.

{growth}

The settings of the forests, the groups that are hidden, the share of single values and the constraints were written
down with knowledge of all seven recordings. Two lists of constraints and some seventy combinations of forests and
copies were compared by leaving out the same mice: their accuracy lay between 0.769 and 0.787, their log-loss between
0.547 and 0.559, and what was kept is among the better ones. So expect slightly less, and other numbers on yours: seven
recordings of three mice are little.

`benchmarks/recompute.py` computes the tables of this card anew and shares no code with the package (not the range of the
seventy combinations, the size and the time).

## Expected errors of labels

<!-- expected errors: begin -->
<!-- expected errors: end -->

## What is held to one direction

Where the sign of a metric is beyond doubt, the trees are not allowed to say otherwise (monotone constraints).

{signs}

## What missing metrics cost

Change over all left-out mice when the metrics are missing for all units: each group, and each single metric that costs
at least {costly} of accuracy or log-loss. All 38 were measured; `noise.json` has the others. `check_inputs` says it for
those you lack.

{missing}

A unit that lacks all metrics of a group whose absence costs most ({without}) is judged by trees
that were grown without that group, the first of these if it lacks several. The table says what is lost then; with the
metrics only hidden from the one pair, 0.734, 0.747 and 0.764 of the units would be right. For the other groups such trees
gain 0.005 (synchrony) or nothing (`benchmarks/ceilings.py`).

## Limits

Only mice, only Neuropixels, a few laboratories: look at the histograms of the probabilities before you trust them on
anything else. Probabilities are calibrated over recordings, not within each of them: the calibration error of single
recordings is {lowest} to {highest}; 0.027 to 0.053 would be chance if all probabilities were right. A recording with
far more or less noise than usual is judged as if it were a usual one. To make them fit your own recordings, label 25 to
50 units by hand (`LabelingSession`) and adapt. Contributions of metrics to a probability are indicative.
"""
