"""Two units beside each other: everything that tells whether they are one cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError, MissingExtensionError
from ..evidence.spike_train import SpikeTrain
from .cross_correlogram import Correlogram, correlogram
from .merged_unit import MergedUnit
from .neighbours import distance, similarity
from .take_over import TakeOver, take_over
from .verdict import REFRACTORY_MS, SAME_MS, Evidence, Verdict, judge, silence

Amplitudes = tuple[npt.NDArray[Any], npt.NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Pair:
    """Two units and what is known of them together.

    Attributes
    ----------
    units : (id, id)
        Ids of the units.
    verdict : Verdict
        What they probably are; ``str(pair.verdict)`` says it in words.
    evidence : Evidence
        What the verdict rests on.
    cross : Correlogram
        Lags are times of the second unit's spikes minus those of the first one's.
    autos : (Correlogram, Correlogram)
    trains : (SpikeTrain, SpikeTrain)
    amplitudes : (ndarray, ndarray) or None
        Of each spike, in the unit that is shown.
    merged : MergedUnit or None
        What the merged unit would be.
    missing : tuple of str
        Sentences on what is not known, and what would give it.
    """

    units: tuple[Any, Any]
    verdict: Verdict
    evidence: Evidence
    cross: Correlogram
    autos: tuple[Correlogram, Correlogram]
    trains: tuple[SpikeTrain, SpikeTrain]
    amplitudes: Amplitudes | None = None
    merged: MergedUnit | None = None
    missing: tuple[str, ...] = field(default=())

    @property
    def similarity(self) -> float | None:
        """Cosine of the templates; None where they are not known."""
        return self.evidence.similarity

    @property
    def distance(self) -> float | None:
        """Distance of the units in µm; None where it is not known."""
        return self.evidence.distance

    def __str__(self) -> str:
        one, other = self.units
        return f"units {one} and {other}: {self.verdict}"


def evidence_of(
    analyzer: Analyzer,
    one: int,
    other: int,
    trains: tuple[SpikeTrain, SpikeTrain],
    amplitudes: Amplitudes | None,
    cross: Correlogram,
    autos: tuple[Correlogram, Correlogram],
) -> Evidence:
    """Gather what tells whether two units are one cell.

    Parameters
    ----------
    analyzer : Analyzer
    one, other : int
        Positions of the units.
    trains : pair of SpikeTrain
    amplitudes : pair of ndarray or None
    cross : Correlogram
    autos : pair of Correlogram
    """
    first, second = trains
    over: TakeOver | None = None
    if first.n_spikes and second.n_spikes:
        over = take_over((first.times, second.times), amplitudes)
    ids = analyzer.unit_ids
    silent = silence(autos)
    return Evidence(
        (str(ids[one]), str(ids[other])),
        (first.n_spikes, second.n_spikes),
        cross.between(0, SAME_MS),
        cross.between(SAME_MS, REFRACTORY_MS),
        (autos[0].between(SAME_MS, REFRACTORY_MS), autos[1].between(SAME_MS, REFRACTORY_MS)),
        over,
        similarity(analyzer, one, other),
        distance(analyzer, one, other),
        _sizes(analyzer, one, other, amplitudes),
        cross.part,
        silent,
        cross.between(REFRACTORY_MS, silent) if silent else None,
    )


def _sizes(
    analyzer: Analyzer, one: int, other: int, amplitudes: Amplitudes | None
) -> tuple[float, float] | None:
    """Return how large the spikes of two units are; None where it is not known."""
    if amplitudes is not None and all(np.isfinite(values).any() for values in amplitudes):
        first, second = (float(abs(np.nanmedian(values))) for values in amplitudes)
        return first, second
    try:
        templates = np.abs(analyzer.get_templates(analyzer.unit_ids[[one, other]])).max(axis=(1, 2))
    except (AutolabelError, LookupError, ValueError):
        return None
    return (float(templates[0]), float(templates[1])) if np.isfinite(templates).all() else None


def pair_of(analyzer: Analyzer, one: int, other: int) -> Pair:
    """Put two units of one analyzer beside each other.

    Parameters
    ----------
    analyzer : Analyzer
    one, other : int
        Positions of the units.

    Returns
    -------
    Pair
        Without what the merged unit would be: that takes a method.
    """
    trains = (
        SpikeTrain.of(analyzer, analyzer.unit_ids[one]),
        SpikeTrain.of(analyzer, analyzer.unit_ids[other]),
    )
    amplitudes, missing = amplitudes_of(analyzer, (one, other), trains)
    cross = correlogram(*trains)
    autos = (correlogram(trains[0], trains[0]), correlogram(trains[1], trains[1]))
    seen = evidence_of(analyzer, one, other, trains, amplitudes, cross, autos)
    said = [missing] if missing else []
    if seen.similarity is None:
        said.append("No similarity of templates: the extension 'templates' was not computed.")
    if seen.distance is None:
        said.append("No distance: neither unit locations nor the probe are known.")
    least = min(cross.part, *(auto.part for auto in autos))
    if least < 1:
        said.append(
            f"Correlograms are of {100 * least:.0f} % of the time or more: there are very many spikes."
        )
    ids = analyzer.unit_ids
    return Pair(
        (ids[one].item(), ids[other].item()),
        judge(seen),
        seen,
        cross,
        autos,
        trains,
        amplitudes,
        None,
        tuple(said),
    )


def amplitudes_of(
    analyzer: Analyzer, units: tuple[int, int], trains: tuple[SpikeTrain, SpikeTrain]
) -> tuple[Amplitudes | None, str]:
    """Return the amplitudes of the spikes of two units, in the order of their trains and in the unit that is shown.

    Where they are not known, None and a sentence why not.
    """
    try:
        extension = analyzer.get_extension("spike_amplitudes")
        found = []
        for unit, train in zip(units, trains, strict=True):
            stored = analyzer.get_unit_spike_data(analyzer.unit_ids[unit], "spike_amplitudes", "amplitudes")
            values = train.arranged(stored).astype(np.float64)
            if extension.params.get("unit") != "a.u." and analyzer.voltage.gain is not None:
                values = analyzer.voltage.shown(values, analyzer.main_channel_indices[unit])
            found.append(values)
    except MissingExtensionError as error:
        return None, f"No amplitudes: the extension '{error.extension}' was not computed."
    except (AutolabelError, LookupError, ValueError) as error:
        return None, f"No amplitudes: {error}"
    return (found[0], found[1]), ""
