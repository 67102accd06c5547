"""How a unit's amplitude falls with the distance from its main channel: the points and the fit of ``exp_decay``."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..metrics.settings import Settings

#: SpikeInterface's default settings.
DEFAULTS: dict[str, Any] = {
    "peak_function": "ptp",
    "min_r2": 0.2,
    "linear_fit": False,
    "channel_tolerance": None,
    "min_channels_for_fit": None,
    "num_channels_for_fit": None,
    "normalize_decay": False,
}
#: Factor by which templates are upsampled before they are measured.
UPSAMPLING = 10


@dataclass(frozen=True, eq=False)
class Decay:
    """Amplitude against distance.

    Attributes
    ----------
    distances : ndarray of float64, shape (n_points,)
        From the main channel in µm, ascending.
    amplitudes : ndarray of float64, shape (n_points,)
        In the unit of the template; parts of the largest if `normalized`.
    linear : bool
        Whether the fit is a line.
    normalized : bool
    fit : tuple of float, or None
        ``(decay, amplitude, offset)`` of ``amplitude * exp(-decay * distance) + offset``, or ``(slope, offset)``.
        None if nothing could be fitted.
    r2 : float
        Share of the variance that the fit explains; NaN without one.
    accepted : bool
        Whether the metric takes the fit: `r2` reaches its least value.
    reason : str
        Why there is no fit; empty if there is one.
    """

    distances: npt.NDArray[np.float64]
    amplitudes: npt.NDArray[np.float64]
    linear: bool
    normalized: bool
    fit: tuple[float, ...] | None
    r2: float
    accepted: bool
    reason: str

    @property
    def value(self) -> float:
        """What ``exp_decay`` is of this unit; NaN where the fit is not taken."""
        if self.fit is None or not self.accepted:
            return float("nan")
        return -self.fit[0] if self.linear else self.fit[0]


def decay(
    template: npt.NDArray[Any],
    locations: npt.NDArray[np.float64],
    settings: Settings,
    upsampling: int = UPSAMPLING,
) -> Decay:
    """Measure amplitudes by distance and fit them as SpikeInterface does.

    Parameters
    ----------
    template : ndarray, shape (n_samples, n_channels)
        On the unit's channels.
    locations : ndarray, shape (n_channels, 2 or 3)
        In µm.
    settings : dict
        Of the analyzer's metrics.
    upsampling : int
        As the metrics were computed with.
    """
    from scipy.signal import resample_poly

    stored = settings.get("template_metrics", {}).get("exp_decay", {})
    asked = {**DEFAULTS, **{name: value for name, value in stored.items() if name in DEFAULTS}}
    linear, normalized = bool(asked["linear_fit"]), bool(asked["normalize_decay"])
    fine = resample_poly(np.asarray(template, np.float32), up=upsampling, down=1, axis=0)
    strength = np.abs(fine.min(axis=0) if asked["peak_function"] == "min" else np.ptp(fine, axis=0))
    main = int(np.argmax(strength))
    away = np.linalg.norm(locations - locations[main], axis=1)
    tolerance = asked["channel_tolerance"]
    reason = ""
    chosen = np.arange(len(away))
    if isinstance(tolerance, int | float):
        least = _whole(asked["min_channels_for_fit"], 5 if linear else 8)
        most = _whole(asked["num_channels_for_fit"], 6 if linear else 10)
        near = np.abs(locations[:, 0] - locations[main, 0]) <= tolerance
        if near.sum() < least:
            reason = f"only {int(near.sum())} channels lie in its column; the fit needs {least}"
        up = np.abs(locations[:, 1] - locations[main, 1])
        chosen = np.argsort(np.where(near, up, up.max() + 1))[:most]
        strength = np.abs(fine).max(axis=0)
    chosen = chosen[np.argsort(away[chosen])]
    distances = away[chosen].astype(np.float64)
    amplitudes = strength[chosen].astype(np.float64)
    if normalized and isinstance(tolerance, int | float) and amplitudes.max() > 0:
        amplitudes = amplitudes / amplitudes.max()
    fit, r2 = (None, float("nan")) if reason else _fitted(distances, amplitudes, linear)
    if fit is None and not reason:
        reason = "no curve fits these points"
    least_r2 = asked["min_r2"] if isinstance(asked["min_r2"], int | float) else DEFAULTS["min_r2"]
    return Decay(distances, amplitudes, linear, normalized, fit, r2, bool(r2 >= least_r2), reason)


def _whole(value: Any, otherwise: int) -> int:
    return value if type(value) is int else otherwise


def _fitted(
    x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], linear: bool
) -> tuple[tuple[float, ...] | None, float]:
    """Fit a line or an exponential; return its parameters and r2, or None and NaN."""
    from scipy.optimize import OptimizeWarning, curve_fit

    if len(x) < 2 or not np.isfinite(y).all() or not y.max() > 0:
        return None, float("nan")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OptimizeWarning)
            if linear:
                found, _ = curve_fit(_line, x, y)
            else:
                first, least = y[0], y.min()
                bounds = ([1e-5, 0.5 * first, 0], [2, 1.5 * first, 2 * least])
                found, _ = curve_fit(_exponential, x, y, bounds=bounds, p0=[1e-3, first, least])
    except (ValueError, RuntimeError, TypeError):
        # The search did not converge, or the points allow none.
        return None, float("nan")
    curve = _line if linear else _exponential
    spread = ((y - y.mean()) ** 2).sum()
    rest = ((y - curve(x, *found)) ** 2).sum()
    r2 = 1 - rest / spread if spread else float(rest == 0)
    return tuple(float(v) for v in found), float(r2)


def _line(x: npt.NDArray[np.float64], slope: float, offset: float) -> npt.NDArray[np.float64]:
    return slope * x + offset


def _exponential(
    x: npt.NDArray[np.float64], rate: float, amplitude: float, offset: float
) -> npt.NDArray[np.float64]:
    return amplitude * np.exp(-rate * x) + offset
