"""What of an analyzer can be computed: which metrics it lacks, what they need, in which order it is done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from ..analyzer.analyzer import Analyzer
from ..analyzer.extensions import METRIC_EXTENSIONS
from ..errors import AutolabelError, MissingMetricError, NoMetricsError, listing
from ..metrics.table import MetricTable
from .catalogue import (
    COMPUTATIONS,
    EXTENSIONS,
    POSITIONS,
    RECORDING,
    UNIT,
    VOLTAGES,
    Computation,
    asked_for,
    in_words,
)

#: Extensions of an analyzer that metrics are computed from, and the array of each; "" for any.
USED = {
    "random_spikes": "random_spikes_indices",
    "noise_levels": "noise_levels",
    "waveforms": "waveforms",
    "templates": "",
    "spike_amplitudes": "amplitudes",
    "amplitude_scalings": "amplitude_scalings",
    "spike_locations": "spike_locations",
    "principal_components": "pca_projection",
}
#: Extensions that are of no use without the random spikes that they are stored for.
_OF_RANDOM_SPIKES = ("waveforms", "principal_components")
_LACKING = {
    RECORDING: "a recording (recording=...)",
    POSITIONS: "the positions of the channels",
    VOLTAGES: "amplitudes in volts: those stored are Kilosort's, which are factors of its templates. A recording "
    "(recording=...) gives them",
}


def of_kilosort(analyzer: Analyzer) -> bool:
    """Return whether templates and amplitudes are Kilosort's: what it fitted, not averages of the recording."""
    from ..analyzer.phy_source import PhySource

    if isinstance(analyzer.source.origin, PhySource):
        return True
    for name in ("spike_amplitudes", "spike_locations"):
        if analyzer.has_extension(name) and analyzer.get_extension(name).params.get("method") == "kilosort":
            return True
    return False


@dataclass(frozen=True)
class Stock:
    """What metrics can be computed from.

    Attributes
    ----------
    stored : frozenset of str
        Extensions of the analyzer that are used.
    given : frozenset of str
        Of :data:`RECORDING`, :data:`POSITIONS`, :data:`VOLTAGES`, :data:`UNIT` those that are there.
    unit_unknown : str
        Why voltages of the recording are in another unit than the analyzer's; empty where they are not.
    """

    stored: frozenset[str]
    given: frozenset[str]
    unit_unknown: str = ""

    @classmethod
    def of(cls, analyzer: Analyzer, recording: bool, own: bool = False, unit_unknown: str = "") -> Stock:
        """Look at what an analyzer has.

        Parameters
        ----------
        analyzer : Analyzer
        recording : bool
            Whether there is a recording.
        own : bool
            Whether it is the one that the analyzer was made of. Else templates and amplitudes that are Kilosort's, or
            not in µV, are computed again from it: values of two scales are never mixed.
        unit_unknown : str
            Why voltages of the recording are in another unit than the analyzer's.
        """
        voltage = analyzer.voltage
        foreign = of_kilosort(analyzer)
        fits = voltage.unit == "µV" and voltage.gain is None and not foreign and not unit_unknown
        used = not recording or own or fits
        stored = {name for name in USED if used and _is_readable(analyzer, name)}
        if "random_spikes" not in stored:
            stored -= set(_OF_RANDOM_SPIKES)
        given = {RECORDING} if recording else set()
        if not unit_unknown:
            given.add(UNIT)
        if recording or not foreign:
            given.add(VOLTAGES)
        try:
            analyzer.get_channel_locations()
            given.add(POSITIONS)
        except AutolabelError:
            pass
        return cls(frozenset(stored), frozenset(given), unit_unknown)

    def lacks(self, need: str) -> tuple[str, ...]:
        """Return what is lacking for a need, of what is given rather than computed; empty if it can be had."""
        found: list[tuple[str, ...]] = []
        for name in need.split("|"):
            if name in self.stored or name in self.given:
                return ()
            if name in EXTENSIONS:
                found.append(tuple(dict.fromkeys(x for n in EXTENSIONS[name] for x in self.lacks(n))))
            elif name in _LACKING or name == UNIT:
                found.append((name,))
        return min(found, key=len) if found else (need,)

    def why_not(self, computation: Computation) -> str:
        """Say what a computation lacks; empty if it can be done."""
        lacking = dict.fromkeys(x for need in computation.needs for x in self.lacks(need))
        if RECORDING in lacking:
            lacking.pop(VOLTAGES, None)
        words = {**_LACKING, UNIT: self.unit_unknown}
        return " and ".join(words.get(name, f"'{name}'") for name in lacking)

    def to_compute(self, computations: Iterable[Computation]) -> tuple[str, ...]:
        """Return the extensions that have to be computed first, each after those that it needs."""
        order: list[str] = []

        def want(need: str) -> None:
            names = need.split("|")
            if any(name in self.stored or name in self.given or name in order for name in names):
                return
            name = min(names, key=lambda n: len(self.lacks(n)))
            if name not in EXTENSIONS:
                return
            for further in EXTENSIONS[name]:
                want(further)
            order.append(name)

        wanted = [need for computation in computations for need in computation.needs]
        # Waveforms first: templates are then those of the same spikes.
        for need in sorted(wanted, key=lambda n: n not in ("principal_components", "waveforms")):
            want(need)
        return tuple(order)


@dataclass(frozen=True)
class Plan:
    """What is computed.

    Attributes
    ----------
    computations : tuple of Computation
    columns : frozenset of str
        Metrics that are wanted of them.
    stock : Stock
    impossible : dict of str to str
        What the metrics need that are wanted and cannot be had, by metric.
    """

    computations: tuple[Computation, ...]
    columns: frozenset[str]
    stock: Stock
    impossible: dict[str, str]

    @cached_property
    def extensions(self) -> tuple[str, ...]:
        """Extensions that are computed first, in order."""
        return self.stock.to_compute(self.computations)

    @property
    def steps(self) -> list[str]:
        """Names of the steps, in order: extensions, then metrics."""
        return [*self.extensions, *dict.fromkeys(c.step for c in self.computations)]

    def of_step(self, step: str) -> list[Computation]:
        """Return the computations of a step."""
        return [c for c in self.computations if c.step == step]

    def left_out_in_words(self) -> str:
        """Say which metrics are not computed and why, one sentence a reason; empty if all are."""
        by_reason: dict[str, list[str]] = {}
        for column, reason in self.impossible.items():
            by_reason.setdefault(reason, []).append(column)
        said = [
            f"{in_words(columns)} {'needs' if len(columns) == 1 else 'need'} {why}."
            for why, columns in by_reason.items()
        ]
        return f"Not computed: {' '.join(said)}" if said else ""


def lacking_columns(analyzer: Analyzer, usual: bool = True) -> frozenset[str]:
    """Return the metrics that SpikeInterface (usually) computes and the analyzer has under no name."""
    try:
        table: MetricTable | None = MetricTable.of(analyzer)
    except NoMetricsError:
        table = None
    return frozenset(lacking_in(table, usual))


def lacking_in(table: MetricTable | None, usual: bool = True) -> list[str]:
    """Return the metrics that SpikeInterface (usually) computes and a table has under no name, in its order."""
    columns = [column for c in COMPUTATIONS if c.usual or not usual for column in c.columns]
    return [column for column in columns if table is None or table.look_up(column) is None]


def plan_of(
    analyzer: Analyzer, metrics: Iterable[str] | None, stock: Stock, renewed: frozenset[str] = frozenset()
) -> Plan:
    """Plan a computation.

    Parameters
    ----------
    analyzer : Analyzer
    metrics : iterable of str or None
        Those to compute; None for all that are missing and can be had.
    stock : Stock
    renewed : frozenset of str
        Metrics that are computed although they are there, where none are named.

    Raises
    ------
    MissingMetricError
        If a metric is named that is none, or cannot be computed of this analyzer.
    """
    if metrics is None:
        columns = lacking_columns(analyzer) | renewed
        wanted = tuple(c for c in COMPUTATIONS if c.usual and columns.intersection(c.columns))
    else:
        wanted, columns = asked_for(metrics)
        # SpikeInterface knows a computation by all its columns, so those that are not there come along.
        columns |= lacking_columns(analyzer, usual=False) & {x for c in wanted for x in c.columns}
    reasons = {c.name: stock.why_not(c) for c in wanted}
    impossible = {x: reasons[c.name] for c in wanted if reasons[c.name] for x in c.columns if x in columns}
    if metrics is not None and impossible:
        name, why = next(iter(impossible.items()))
        others = [other for other in impossible if other != name]
        also = (
            f" The same holds for {listing(others)}." if others and set(impossible.values()) == {why} else ""
        )
        raise MissingMetricError(f"{name} cannot be computed of this analyzer: it needs {why}.{also}")
    computations = tuple(c for c in wanted if not reasons[c.name])
    return Plan(computations, columns - set(impossible), stock, impossible)


def _is_readable(analyzer: Analyzer, name: str) -> bool:
    if not analyzer.has_extension(name) or name in METRIC_EXTENSIONS:
        return False
    names = analyzer.get_extension(name).data_names
    return bool({"average", "median"} & set(names)) if name == "templates" else USED[name] in names
