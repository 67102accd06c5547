"""The card's first answer: template, place and neighbours of a unit."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError
from ..metrics.extrema import extrema, stored_extrema, widths
from ..metrics.settings import computed_with
from .card_asked import Arrays, Asked, Known, channels_of, only_numbers, similar, strongest_of


def read_template(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Template on its strongest channels, with what the metrics measured at it."""
    analyzer = asked.analyzer
    template = analyzer.get_unit_template(asked.unit_id)
    chosen = channels_of(analyzer, asked.unit)
    only_numbers(template, "it holds values that are no numbers.")
    template = analyzer.voltage.shown(template, chosen)
    kept, main = strongest_of(template)
    places = analyzer.get_channel_locations()[chosen[kept], :2]
    only_numbers(places, "the places of its channels are no numbers.")
    frequency = analyzer.sampling_frequency
    known.update(samples=template.shape[0], main=main, ms=1000 / frequency, volt=analyzer.voltage.unit)
    known["channels"] = analyzer.channel_ids[chosen[kept]].astype(str).tolist()
    wave = template[:, kept[main]]
    known["marks"] = _marks(analyzer, asked.unit, wave)
    known["widths"] = [[float(v) for v in width] for width in widths(wave, frequency)]
    stored = computed_with(analyzer).get("template_metrics", {}).get("waveform_baseline_flatness", {})
    known["baseline"] = _baseline(stored.get("baseline_window_ms", (0.0, 0.5)), frequency, len(wave))
    arrays.update(template=template[:, kept].T, places=places)
    with contextlib.suppress(AutolabelError):
        if "std" in analyzer.get_extension("templates").data_names:
            spread = analyzer.voltage.slopes(analyzer.get_unit_template(asked.unit_id, "std"), chosen)
            if np.isfinite(spread).all():
                arrays["template_sd"] = np.abs(spread[:, kept].T)


def _marks(analyzer: Analyzer, unit: int, template: npt.NDArray[Any]) -> list[float | None]:
    """Trough, peak before and peak after as the criteria measure them, in samples; None where there is none."""
    found = None
    if analyzer.has_extension("template_metrics"):
        with contextlib.suppress(AutolabelError):
            found = stored_extrema(analyzer.get_extension("template_metrics"), unit)
    found = extrema(template, analyzer.sampling_frequency) if found is None else found
    return [at if np.isfinite(at) and at < len(template) else None for at in found]


def _baseline(window: Any, frequency: float, n_samples: int) -> list[float] | None:
    """Return the samples between which the flatness of the baseline is measured; None where it is not."""
    with contextlib.suppress(TypeError, ValueError):
        start, end = (float(edge) * frequency / 1000 for edge in window)
        if 0 <= start < end:
            return [start, min(end, float(n_samples))]
    return None


def read_place(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Where the unit is on the probe."""
    del arrays
    extension = asked.analyzer.get_extension("unit_locations")
    where = extension.get_data(extension.main_name, rows=np.array([asked.unit]))[0]
    only_numbers(where[:2], "its location is no number.")
    known["place"] = [float(where[0]), float(where[1])]


def read_neighbours(asked: Asked, known: Known, arrays: Arrays) -> None:
    """Units with the most similar templates."""
    del arrays
    known["neighbours"] = similar(asked)
