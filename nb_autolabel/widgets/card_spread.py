"""The card's third answer: single waveforms, the fit over distance, clouds of components, curated units."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Hashable

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError, MissingDataError
from ..evidence.exp_decay import decay
from ..evidence.principal_components import clouds
from ..evidence.training_neighbours import inputs_of, training_neighbours
from ..evidence.waveforms import some_rows
from ..metrics.settings import computed_with
from .card_asked import Arrays, Asked, Known, channels_of, only_numbers, similar, strongest_of

#: Channels on which single waveforms are drawn.
SINGLE_CHANNELS = 6
#: Neighbours whose clouds are drawn.
CLOUD_NEIGHBOURS = 3


def read_singles(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Single waveforms on the strongest channels, and their spread where that is not stored."""
    analyzer = asked.analyzer
    rows, stored = some_rows(analyzer, asked.unit_id, "waveforms", asked.detail.singles)
    if rows.ndim != 3:
        raise MissingDataError(f"they have shape {rows.shape}, not spikes, samples, channels.")
    template = analyzer.get_unit_template(asked.unit_id)
    only_numbers(template, "the template holds values that are no numbers.")
    chosen = channels_of(analyzer, asked.unit)
    kept, _ = strongest_of(analyzer.voltage.shown(template, chosen))
    strength = np.abs(template[:, kept]).max(axis=0)
    strongest = np.sort(np.argsort(strength)[::-1][:SINGLE_CHANNELS])
    strongest = strongest[kept[strongest] < rows.shape[2]]
    picked = analyzer.voltage.shown(rows[:, :, kept[strongest]].astype(np.float32), chosen[kept[strongest]])
    picked = picked[np.isfinite(picked).all(axis=(1, 2))]
    if not len(picked) or not picked.size:
        raise MissingDataError("none of them is a number.")
    scale = float(np.abs(picked).max()) / 32000 or 1.0
    known["singles"] = {
        "count": len(picked),
        "stored": stored,
        "samples": picked.shape[1],
        "channels": strongest.tolist(),
        "scale": scale,
    }
    arrays["singles_waves"] = np.round(picked.transpose(0, 2, 1) / scale).astype(np.int16).ravel()


def read_decay(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Amplitude against distance."""
    analyzer = asked.analyzer
    template = analyzer.get_unit_template(asked.unit_id)
    only_numbers(template, "the template holds values that are no numbers.")
    chosen = channels_of(analyzer, asked.unit)
    places = analyzer.get_channel_locations()[chosen]
    only_numbers(places, "the places of its channels are no numbers.")
    if len(chosen) < 2 or not np.abs(template).max():
        raise MissingDataError("the template is on one channel only, or zero.")
    shown = analyzer.voltage.slopes(template, chosen)
    found = decay(shown, places, computed_with(analyzer))
    known["decay"] = {
        "linear": found.linear,
        "normalized": found.normalized,
        "fit": found.fit,
        "r2": found.r2,
        "accepted": found.accepted,
        "reason": found.reason,
    }
    arrays.update(decay_distances=found.distances, decay_amplitudes=found.amplitudes)


def read_clouds(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Projections of the unit and its neighbours."""
    others: list[int] = []
    with contextlib.suppress(AutolabelError):
        others = [at for at, _ in similar(asked)][:CLOUD_NEIGHBOURS]
    found = clouds(asked.analyzer, asked.unit, others, asked.detail.cloud)
    known["clouds"] = {
        "units": list(found.units),
        "sizes": [len(points) for points in found.points],
        "axes": list(found.axes),
    }
    arrays["cloud_points"] = np.concatenate(found.points).astype(np.float32).ravel()


_INPUTS: weakref.WeakKeyDictionary[Analyzer, tuple[Hashable, npt.NDArray[np.float64]]] = (
    weakref.WeakKeyDictionary()
)


def read_curated(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Curated units of the training data that resemble the unit most."""
    del arrays
    analyzer = asked.analyzer
    version = analyzer.source.version
    kept = _INPUTS.get(analyzer)
    if kept is None or kept[0] != version:
        kept = version, inputs_of(analyzer)
        _INPUTS[analyzer] = kept
    found = training_neighbours(kept[1][asked.unit])
    known["curated"] = {
        "labels": found.labels,
        "recordings": found.recordings,
        "distances": found.distances,
        "usual": found.usual,
        "metrics": found.metrics,
    }
