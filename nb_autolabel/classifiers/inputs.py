"""Compare metrics with what a classifier was trained on: names, signs, units, missing values, ranges, settings.

A classifier returns a probability for any input. Differences from the training data, as far as that is known, are
therefore reported for each metric and each unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from ..errors import MissingMetricError, ModelError, listing, suggestion
from ..metrics.formatting import limits_in_words
from ..metrics.registry import metric
from ..metrics.settings import STORED, by_metric, concerns, differences
from ..metrics.shown_table import WIDTH
from ..metrics.table import MetricTable
from ..metrics.too_small import too_small_in_words
from .model import UnitClassifier
from .shown_inputs import inputs_html, ranges

if TYPE_CHECKING:
    import pandas as pd

Corrections = Literal["apply", "leave"]
#: A median this many times that of the training data means another unit (seconds for ms), not another recording.
UNIT_FACTOR = 200.0
#: Metrics whose usual values differ by orders of magnitude between recordings.
_WILD = ("isolation_distance", "l_ratio", "num_spikes", "count", "violations", "velocity", "sync", "cutoff")
#: Findings that are printed.
SHOWN = 20
#: Loss of accuracy, or gain of log-loss, from which on a single missing metric is named with its cost.
COSTLY = 0.005
#: Features of older models that are magnitudes although SpikeInterface stores them signed by now.
_WERE_MAGNITUDES = ("amplitude_median",)


@dataclass(frozen=True)
class Finding:
    """One thing about one metric that differs from what the classifier was trained on."""

    feature: str
    kind: Literal["renamed", "missing", "gaps", "sign", "unit", "range", "settings"]
    text: str
    corrected: bool = False

    @property
    def has_changed_values(self) -> bool:
        """Whether values were corrected: their sign or their unit."""
        return self.corrected and self.kind in ("sign", "unit")

    @property
    def shown_kind(self) -> str:
        """What kind it is, as it is shown: "corrected" where values were."""
        return "corrected" if self.has_changed_values else self.kind


@dataclass(frozen=True)
class Inputs:
    """The rows a classifier gets, and what was found about them.

    Attributes
    ----------
    rows : ndarray of float64, shape (n_units, n_features)
        NaN where missing.
    findings : tuple of Finding
    outside : ndarray of bool, shape (n_units, n_features)
        Values outside the range of the training data.
    classifier : UnitClassifier
    """

    rows: npt.NDArray[np.float64]
    findings: tuple[Finding, ...]
    outside: npt.NDArray[np.bool_]
    classifier: UnitClassifier

    def __repr__(self) -> str:
        units, features = self.rows.shape
        lines = [
            f"{units} units, {features} metrics for the classifier from {self.classifier.source}",
            f"{self.n_lacking} units lack some of the metrics, {self.n_outside} have some outside the training data's range",
        ]
        lines += [f"  {f.shown_kind}: {f.text}" for f in self.findings[:SHOWN]]
        if len(self.findings) > SHOWN:
            lines.append(f"  and {len(self.findings) - SHOWN} more: frame() lists all")
        elif not self.findings:
            lines.append("  nothing differs from the training data")
        return "\n".join(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in lines)

    def _repr_html_(self) -> str:
        return inputs_html(self)

    @property
    def table(self) -> pd.DataFrame:
        """Ranges in stored units: one row a metric of the classifier.

        Returns
        -------
        pandas.DataFrame
            Index: metric. ``low``, ``high`` (of these units), ``training_low``, ``training_high``, ``outside`` and
            ``missing`` (units), ``finding`` (what was found, in words).
        """
        return ranges(self)

    @property
    def n_lacking(self) -> int:
        """Units that lack some of the metrics."""
        return int(np.isnan(self.rows).any(axis=1).sum())

    @property
    def n_outside(self) -> int:
        """Units with some value outside the range of the training data."""
        return int(self.outside.any(axis=1).sum())

    @property
    def per_unit(self) -> npt.NDArray[Any]:
        """A text for each unit: which metrics it lacks and which lie outside the training range; shape (n_units,)."""
        names = np.array(self.classifier.features, dtype=object)
        texts = []
        for gaps, out in zip(np.isnan(self.rows), self.outside, strict=True):
            parts = [f"missing: {', '.join(names[gaps])}"] if gaps.any() else []
            parts += [f"outside training: {', '.join(names[out])}"] if out.any() else []
            texts.append("; ".join(parts))
        return np.array(texts, dtype=object)

    def frame(self) -> pd.DataFrame:
        """Return the findings as a table: metric, kind, what was found, whether it was corrected."""
        import pandas as pd

        rows = [(f.feature, f.kind, f.text, f.corrected) for f in self.findings]
        return pd.DataFrame(rows, columns=["metric", "kind", "finding", "corrected"])

    @property
    def text(self) -> str:
        """What may make labels wrong if it is not corrected, in a sentence or two; empty if there is nothing such."""
        return " ".join(f.text for f in self.findings if f.kind in ("missing", "sign", "unit", "settings"))


def check_inputs(metrics: Any, classifier: UnitClassifier, corrections: Corrections = "apply") -> Inputs:
    """Arrange metrics as a classifier needs them, and compare them with its training data.

    Parameters
    ----------
    metrics : Analyzer, DataFrame or MetricTable
    classifier : UnitClassifier
    corrections : {"apply", "leave"}, default: "apply"
        Whether signs and units that clearly differ are corrected. They are stated either way.

    Returns
    -------
    Inputs

    Raises
    ------
    MissingMetricError
        If no metric that the classifier needs is there, or it cannot do without the ones missing.
    ModelError
        If `classifier` is none.
    """
    if not hasattr(classifier, "features"):
        raise ModelError(
            f"inputs are held against a classifier, nbl.load_unit_classifier(...), not {type(classifier).__name__}."
        )
    table = MetricTable.of(metrics)
    rows = np.full((len(table), len(classifier.features)), np.nan)
    findings: list[Finding] = []
    missing = []
    for at, name in enumerate(classifier.features):
        column = table.find(name)
        if column is None:
            missing.append(name)
            continue
        values = np.asarray(table.values(name), dtype=np.float64)
        if column.name != name:
            turned = " with its sign turned" if column.factor < 0 else ""
            findings.append(Finding(name, "renamed", f"{name} is read from '{column.name}'{turned}.", True))
        rows[:, at], found = _converted(name, values, classifier, corrections)
        findings += found
    small = too_small_in_words(table) if "amplitude_median" in classifier.features else ""
    if small and not any(f.kind == "unit" and f.feature == "amplitude_median" for f in findings):
        findings.append(Finding("amplitude_median", "unit", small))
    if any(table.unusable(name) for name in missing):
        names = [name for name in missing if table.unusable(name)]
        text = f"{listing(names)} cannot be used: {table.arbitrary}."
        findings.append(Finding(", ".join(names), "unit", text))
    if missing:
        findings += _missing(missing, classifier, table)
    findings += _settings(table, classifier)
    # Trees and scalers accept no infinite values: treat them as missing.
    rows[~np.isfinite(rows)] = np.nan
    outside = np.zeros(rows.shape, dtype=bool)
    for at, name in enumerate(classifier.features):
        if name not in missing:
            outside[:, at], found = _compared(name, rows[:, at], classifier)
            findings += found
    return Inputs(rows, tuple(findings), outside, classifier)


def _converted(
    name: str, values: npt.NDArray[np.float64], classifier: UnitClassifier, corrections: Corrections
) -> tuple[npt.NDArray[np.float64], list[Finding]]:
    if name in classifier.magnitudes:
        return np.abs(values), []
    known = classifier.statistics.get(name, {})
    finite = values[np.isfinite(values)]
    findings = []
    if not finite.size:
        return values, []
    negative = float((finite < 0).mean())
    positive_then = known["median"] > 0 if "median" in known else metric(name).name in _WERE_MAGNITUDES
    apply = corrections == "apply"
    if metric(name).magnitude and positive_then and negative > 0.5:
        source = "was trained on magnitudes" if "median" in known else "is taken to be trained on magnitudes"
        done = "its magnitude is used" if apply else "it is left as it is (corrections='leave')"
        findings.append(
            Finding(
                name,
                "sign",
                f"{name} is negative for {round(100 * negative)} % of the units, and the classifier {source}: {done}.",
                apply,
            )
        )
        if apply:
            values = np.abs(values)
    with np.errstate(over="ignore"):  # of huge values
        middle, then = float(np.median(np.abs(finite))), abs(known.get("median", 0.0))
    if middle > 0 and then > 0 and not any(word in name for word in _WILD):
        ratio = middle / then
        if not 1 / UNIT_FACTOR < ratio < UNIT_FACTOR:
            steps = round(np.log10(ratio) / 3) if 0 < ratio < np.inf else 0
            power = 10.0 ** (3 * min(max(steps, -100), 100))
            # Correct only powers of a thousand that make the values plausible: seconds to milliseconds, volts to microvolts.
            sure = power != 1.0 and 0.2 < ratio / power < 5.0
            done = f"divided by {power:g}" if sure and apply else "left as it is"
            findings.append(
                Finding(
                    name,
                    "unit",
                    f"{name} is {ratio:.2g} times the training data's: another unit? It was {done}.",
                    sure and apply,
                )
            )
            if sure and apply:
                values = values / power
    return values, findings


def _missing(missing: list[str], classifier: UnitClassifier, table: MetricTable) -> list[Finding]:
    if len(missing) == len(classifier.features) or not classifier.takes_missing:
        raise MissingMetricError(
            f"the classifier from {classifier.source} needs {listing(missing)}, which this analyzer does not have."
            f"{suggestion(missing[0], table.names)} It has {len(table.names)} metrics: {listing(sorted(table.names))}."
        )
    text = (
        f"{len(missing)} of {len(classifier.features)} metrics are missing ({listing(missing)}). "
        f"{_cost(set(missing), classifier)}"
    )
    return [Finding(", ".join(missing), "missing", text)]


def _cost(missing: set[str], classifier: UnitClassifier) -> str:
    """Say what missing metrics were measured to cost: of whole groups, else of single metrics."""
    groups, singles = (classifier.info.get(key) for key in ("groups", "singles"))
    if not isinstance(groups, dict) or not isinstance(singles, dict):
        instead = (
            "goes on without them"
            if classifier.trees is not None
            else "fills in what was usual in its training"
        )
        return f"The classifier {instead}; what that costs was not measured."
    whole = {name: m for name, m in groups.items() if set(m["features"]) <= missing}
    # Leave out groups that are part of another missing group.
    shown = {
        name: m
        for name, m in whole.items()
        if not any(set(m["features"]) < set(o["features"]) for o in whole.values())
    }
    rest = sorted(missing.difference(*(m["features"] for m in shown.values())) & set(singles))
    costly = [name for name in rest if is_costly(singles[name])]
    costs = [f"all of '{name}' {_both(m)}" for name, m in shown.items()]
    costs += [f"{name} alone {_both(singles[name])}" for name in costly]
    cheap = [name for name in rest if name not in costly]
    if cheap:
        costs.append(f"each of {listing(cheap)} alone less than {COSTLY}")
    together = " Together they may cost more." if len(costs) > 1 or len(cheap) > 1 else ""
    measured = (
        "On left-out mice, leaving them out changed accuracy (less is worse) and log-loss (more is worse) by"
    )
    own = next((g for g in classifier.info.get("grown without", ()) if g in whole), None)
    used = f" Trees that were grown without '{own}' are used." if own else ""
    return f"{measured}: {'; '.join(costs)}.{together}{used}"


def is_costly(cost: dict[str, Any]) -> bool:
    """Return whether a measured cost is large enough to be named."""
    return bool(cost["accuracy"] <= -COSTLY or cost["log_loss"] >= COSTLY)


def _both(cost: dict[str, Any]) -> str:
    return f"{cost['accuracy']:+.3f} and {cost['log_loss']:+.3f}"


def _settings(table: MetricTable, classifier: UnitClassifier) -> list[Finding]:
    told = classifier.info.get("metric_params")
    if not isinstance(told, dict):
        return []
    trained = {name: by_metric(told.get(key)) for name, key in STORED.items()}
    findings = []
    for name, differ in differences(table.settings, trained):
        if concerns(name, classifier.features):
            said = [
                f"{key} {_short(here)} ({_short(then)} in the training data)"
                for key, (here, then) in differ.items()
            ]
            text = f"{name} was computed with {', '.join(said)}: values may mean something else."
            findings.append(Finding(name, "settings", text))
    return findings


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _compared(
    name: str, values: npt.NDArray[np.float64], classifier: UnitClassifier
) -> tuple[npt.NDArray[np.bool_], list[Finding]]:
    known = classifier.statistics.get(name, {})
    findings = []
    gaps = float(np.isnan(values).mean()) if len(values) else 0.0
    usual = known.get("missing")
    if gaps > 0.1 and (usual is None or gaps > usual + 0.3):
        then = "" if usual is None else f" ({round(100 * usual)} % in the training data)"
        findings.append(
            Finding(name, "gaps", f"{name} is missing for {round(100 * gaps)} % of the units{then}.")
        )
    low, high = known.get("low", -np.inf), known.get("high", np.inf)
    outside = (values < low) | (values > high)
    if outside.sum() > 0.05 * len(values):
        seen = limits_in_words(name, *(limit if np.isfinite(limit) else None for limit in (low, high)))
        text = f"{name} lies outside the training data's range ({seen}) for {outside.sum()} units."
        findings.append(Finding(name, "range", text))
    return outside, findings
