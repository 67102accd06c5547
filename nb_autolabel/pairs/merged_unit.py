"""What the unit that several would become would have as metrics, and as label."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError
from ..evidence.spike_train import SpikeTrain
from ..metrics.settings import computed_with
from ..metrics.table import MetricTable
from ..rules.rule import RuleSet
from .amplitude_metrics import OF_AMPLITUDES
from .train_metrics import OF_TRAINS, Settings
from .trains import merged_train

if TYPE_CHECKING:
    import pandas as pd

_PER_SPIKE = "an array with one amplitude a spike"


@dataclass(frozen=True)
class MergedUnit:
    """Metrics and label of a unit that is in no analyzer.

    Attributes
    ----------
    metrics : dict of str to float
        By name; as SpikeInterface computes them after a merge that drops no spikes. Voltages in the unit that is shown.
    unknown : dict of str to str
        Metrics of the table that need more than spike times and amplitudes, and what they need.
    labels : tuple of str
        Labels that the merged unit can have under the limits in force: the metrics that are not known are put in as those of
        each of its units in turn. One where that makes no difference.
    guessed : tuple of str
        Keys of the active criteria whose metric is not known.
    alone : tuple of dict
        The same metrics of each of its units, computed in the same way; empty where the table has them all.
    """

    metrics: dict[str, float]
    unknown: dict[str, str] = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    alone: tuple[dict[str, float], ...] = ()

    @property
    def label(self) -> str | None:
        """The label, where it does not depend on what is not known."""
        return self.labels[0] if len(self.labels) == 1 else None


def merged_metrics(
    analyzer: Analyzer, units: Sequence[int], trains: Sequence[SpikeTrain] | None = None
) -> dict[str, float]:
    """Compute what can be computed of the merged unit from spike times and amplitudes.

    Parameters
    ----------
    analyzer : Analyzer
        Its metrics' own settings are used; SpikeInterface's defaults where it does not tell.
    units : sequence of int
        Positions of the units.
    trains : sequence of SpikeTrain, optional
        Of these units, where they are known already.

    Returns
    -------
    dict of str to float
        By metric; NaN as SpikeInterface has it, for too few spikes.
    """
    parts = (
        [SpikeTrain.of(analyzer, analyzer.unit_ids[unit]) for unit in units]
        if trains is None
        else list(trains)
    )
    train = merged_train(parts)
    settings: dict[str, Settings] = computed_with(analyzer).get("quality_metrics", {})
    found: dict[str, float] = {}
    for name, measure in OF_TRAINS.items():
        found |= measure(train, settings.get(name, {}))
    found |= _synchrony(analyzer, train)
    for name, (of_amplitudes, extensions) in OF_AMPLITUDES.items():
        amplitudes = _amplitudes(analyzer, units, parts, train, extensions, volts=name == "amplitude_median")
        if amplitudes is not None:
            with np.errstate(all="ignore"):
                found |= of_amplitudes(train, amplitudes, settings.get(name, {}))
    return found


def _synchrony(analyzer: Analyzer, train: SpikeTrain) -> dict[str, float]:
    """Share of the spikes at whose very sample 2, 4 or 8 spikes were found, of all units together."""
    spikes = analyzer.spikes
    many = []
    for at, mine in enumerate(train.segments):
        samples = np.sort(spikes["sample_index"][spikes["segment_index"] == at], kind="stable")
        distinct = np.unique(mine)
        many.append(np.searchsorted(samples, distinct, "right") - np.searchsorted(samples, distinct, "left"))
    counts = np.concatenate(many) if many else np.zeros(0, np.int64)
    total = train.n_spikes
    return {
        f"sync_spike_{size}": float((counts >= size).sum() / total) if total else -1.0 for size in (2, 4, 8)
    }


def _amplitudes(
    analyzer: Analyzer,
    units: Sequence[int],
    trains: Sequence[SpikeTrain],
    merged: SpikeTrain,
    extensions: tuple[str, ...],
    *,
    volts: bool,
) -> npt.NDArray[Any] | None:
    """Return the amplitudes of the merged unit's spikes in the order of time; None where they are not there."""
    for name in extensions:
        if not analyzer.has_extension(name):
            continue
        try:
            extension = analyzer.get_extension(name)
            if volts and (extension.params.get("unit") == "a.u." or analyzer.voltage.unit == "a.u."):
                return None
            parts = []
            for unit, train in zip(units, trains, strict=True):
                values = train.arranged(analyzer.get_unit_spike_data(analyzer.unit_ids[unit], name))
                if volts and analyzer.voltage.gain is not None:
                    values = analyzer.voltage.shown(values, analyzer.main_channel_indices[unit])
                parts.append(values)
            return merged.arranged(np.concatenate(parts))
        except (AutolabelError, ValueError):
            return None
    return None


def merged_row(table: MetricTable, units: Sequence[int], metrics: dict[str, float]) -> pd.DataFrame:
    """Return a table of metrics with one row for each unit, as if the merged unit had what is not known from that unit.

    Parameters
    ----------
    table : MetricTable
    units : sequence of int
        Positions in the table.
    metrics : dict of str to float
        Of the merged unit.
    """
    rows = table.frame.iloc[list(units)].copy()
    for name, value in metrics.items():
        column = table.look_up(name)
        if column is not None:
            rows[column.name] = value / column.factor
    return rows


def unknown_metrics(table: MetricTable, metrics: dict[str, float]) -> dict[str, str]:
    """Say which metrics of a table are not known of the merged unit, and what they need."""
    # It needs the classifiers, which take longer to load than to label.
    from ..computing.catalogue import COMPUTATIONS, QUALITY

    known = {column.name for name in metrics if (column := table.look_up(name)) is not None}
    found = {}
    for name in table.names:
        if name in known:
            continue
        needs = next((c for c in COMPUTATIONS if any(_is(table, name, column) for column in c.columns)), None)
        if needs is None:
            found[name] = "more than spike times and amplitudes"
        elif needs.extension == QUALITY and needs.name in OF_AMPLITUDES:
            found[name] = _PER_SPIKE
        else:
            first = [need.split("|")[0] for need in needs.needs]
            found[name] = ", ".join(dict.fromkeys(_IN_WORDS.get(need, need) for need in first))
    return found


_IN_WORDS = {
    "recording": "the recording",
    "positions": "the probe",
    "voltages": "voltages",
    "unit": "voltages",
    "templates": "the merged unit's template",
    "principal_components": "principal components",
    "spike_locations": "spike_locations",
    "noise_levels": "noise levels",
    "spike_amplitudes": _PER_SPIKE,
    "waveforms": "waveforms",
}


def _is(table: MetricTable, stored: str, column: str) -> bool:
    found = table.look_up(column)
    return found is not None and found.name == stored


def merged_unit(
    rule_set: RuleSet,
    table: MetricTable,
    rows: MetricTable,
    metrics: dict[str, float],
    alone: tuple[dict[str, float], ...] = (),
) -> MergedUnit:
    """Label the merged unit.

    Parameters
    ----------
    rule_set : RuleSet
        With the limits in force.
    table : MetricTable
        Of all units.
    rows : MetricTable
        As :func:`merged_row` gives it, with what the method adds: probabilities of a classifier.
    metrics : dict of str to float
    alone : tuple of dict
        The same metrics of each of its units.
    """
    trace = rule_set.apply(rows, missing="inactive")
    unknown = unknown_metrics(table, metrics)
    guessed = tuple(
        c.key
        for c in rule_set.criteria
        if (c.min is not None or c.max is not None)
        and (column := table.look_up(c.metric)) is not None
        and column.name in unknown
    )
    labels = tuple(dict.fromkeys(str(label) for label in trace.labels))
    shown = {name: value for name, value in metrics.items() if not (name in unknown and math.isnan(value))}
    return MergedUnit(shown, unknown, labels, guessed, alone)
