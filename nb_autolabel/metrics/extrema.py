"""Where a template has its trough, and its peaks before and after it.

The rule is that of ``template_metrics`` in SpikeInterface 0.105, by which durations, widths and ratios are
measured; so what is marked in a picture is what the criteria speak of.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

#: SpikeInterface's default settings.
UPSAMPLING, PROMINENCE, EDGE_MS, DISTANCE, FEWEST_SAMPLES = 10, 0.3, 0.09, 0.2, 3


class Extrema(NamedTuple):
    """Places in samples of the template, fractions included; NaN where there is none."""

    trough: float
    peak_before: float
    peak_after: float


def extrema(template: npt.NDArray[Any], sampling_frequency: float) -> Extrema:
    """Find the trough and the peaks of a template on its main channel.

    The template is upsampled ten times. The trough is the most prominent minimum, of at least 0.3 of the
    largest absolute value (else of 0.15, else the lowest sample), 0.09 ms from the ends; peaks are found
    alike on both sides of it, not nearer than a fifth of its half width.

    Parameters
    ----------
    template : ndarray, shape (n_samples,)
    sampling_frequency : float
        In Hz.
    """
    from scipy.signal import resample_poly

    values = np.asarray(template, dtype=np.float32)
    if not len(values) or not np.isfinite(values).all() or not np.abs(values).max():
        return Extrema(np.nan, np.nan, np.nan)
    fine = resample_poly(values, up=UPSAMPLING, down=1)
    edge = int(EDGE_MS / 1000 * sampling_frequency * UPSAMPLING)
    least = PROMINENCE * float(np.abs(fine).max())
    trough = _most_prominent(-fine, edge, len(fine) - edge, least)
    if trough < 0:
        return Extrema(np.nan, np.nan, np.nan)
    away = max(FEWEST_SAMPLES, int(DISTANCE * _half_width(-fine, trough)))
    before = _most_prominent(fine, edge, trough - away, least)
    after = _most_prominent(fine, trough + away, len(fine) - edge, least)
    return Extrema(*(at / UPSAMPLING if at >= 0 else np.nan for at in (trough, before, after)))


def stored_extrema(extension: Any, unit: int) -> Extrema | None:
    """Return the places that SpikeInterface (0.105) has stored with the template metrics; None if it has not.

    Parameters
    ----------
    extension : Extension
        "template_metrics".
    unit : int
        Position of the unit.
    """
    if "peaks_data" not in extension.data_names:
        return None
    table = extension.get_data("peaks_data")
    names = ("trough_index", "peak_before_index", "peak_after_index")
    if not hasattr(table, "columns") or not set(names) <= set(table.columns) or unit >= len(table):
        return None
    factor = max(1, int(extension.params.get("upsampling_factor") or 1))
    found = [float(table[name].iloc[unit]) for name in names]
    return Extrema(*(at / factor if at >= 0 else np.nan for at in found))


def _most_prominent(values: npt.NDArray[Any], start: int, stop: int, least: float) -> int:
    """Find the most prominent maximum in a window, or its largest value; -1 without a window."""
    from scipy.signal import find_peaks

    if stop <= start or start <= 0:
        return -1
    window = values[start:stop]
    for wanted in (least, least / 2):
        places, known = find_peaks(window, prominence=wanted, width=0)
        if len(places):
            return start + int(places[np.argmax(known["prominences"])])
    return start + int(np.argmax(window))


def _half_width(values: npt.NDArray[Any], peak: int) -> int:
    """Count the samples between both crossings of half the peak; 0 if it does not go down to that."""
    left, right = _half_sides(values, peak)
    return int(right - left) if np.isfinite(left) else 0


class Width(NamedTuple):
    """Where the width of a trough or peak is measured, in samples of the template; NaN where it has none."""

    left: float
    right: float
    """Crossings of half its prominence: ``trough_width`` and its like."""
    half_left: float
    half_right: float
    """Last sample before and first after it at which the template crosses half its value: ``trough_half_width``."""


def widths(template: npt.NDArray[Any], sampling_frequency: float) -> tuple[Width, Width, Width]:
    """Find where the widths of the trough and of the peaks before and after it are measured.

    Places stored as ``peaks_data`` do not tell: SpikeInterface 0.105 counts those of ``width`` from the start of
    the stretch it searched.

    Parameters
    ----------
    template : ndarray, shape (n_samples,)
    sampling_frequency : float
        In Hz.

    Returns
    -------
    tuple of Width
        Of trough, peak before and peak after, as :func:`extrema` finds them.
    """
    from scipy.signal import resample_poly

    places = extrema(template, sampling_frequency)
    none = Width(np.nan, np.nan, np.nan, np.nan)
    if not np.isfinite(places.trough):
        return none, none, none
    fine = resample_poly(np.asarray(template, dtype=np.float32), up=UPSAMPLING, down=1)
    edge = int(EDGE_MS / 1000 * sampling_frequency * UPSAMPLING)
    trough = round(places.trough * UPSAMPLING)
    away = max(FEWEST_SAMPLES, int(DISTANCE * _half_width(-fine, trough)))
    searched = ((edge, len(fine) - edge), (edge, trough - away), (trough + away, len(fine) - edge))
    least = PROMINENCE * float(np.abs(fine).max())
    found = []
    for place, sign, (start, stop) in zip(places, (-1, 1, 1), searched, strict=True):
        if not np.isfinite(place):
            found.append(none)
            continue
        at = round(place * UPSAMPLING)
        sides = (*_prominence_width(sign * fine, at, start, stop, least), *_half_sides(sign * fine, at))
        found.append(Width(*(side / UPSAMPLING for side in sides)))
    return found[0], found[1], found[2]


def _prominence_width(
    values: npt.NDArray[Any], peak: int, start: int, stop: int, least: float
) -> tuple[float, float]:
    """Return where half the prominence of a peak is crossed, fractions of samples included; NaN if it is no maximum."""
    from scipy.signal import find_peaks

    for wanted in (least, least / 2):
        places, known = find_peaks(values[start:stop], prominence=wanted, width=0)
        if len(places):
            (same,) = np.nonzero(places + start == peak)
            if len(same):
                return start + float(known["left_ips"][same[0]]), start + float(known["right_ips"][same[0]])
    return np.nan, np.nan


def _half_sides(values: npt.NDArray[Any], peak: int) -> tuple[float, float]:
    crossings = np.flatnonzero(np.diff(values >= 0.5 * values[peak]))
    before, after = crossings[crossings < peak], crossings[crossings >= peak]
    return (float(before[-1]), float(after[0])) if len(before) and len(after) else (np.nan, np.nan)
