"""Values and limits as people read them: in the shown unit, with three digits."""

from __future__ import annotations

import math

from .registry import metric


def number(value: float) -> str:
    """Write a number shortly: three significant digits, no needless exponent."""
    if value == 0 or 1e-3 <= abs(value) < 1e5:
        return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:.3g}".replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def value_in_words(name: str, value: float) -> str:
    """Say a stored value in the unit that is shown: ``0.15 ms``.

    Parameters
    ----------
    name : str
        Metric.
    value : float
        In the stored unit.
    """
    known = metric(name)
    shown = number(float(f"{value * known.factor:.6g}"))
    return f"{shown} {known.unit}" if known.unit else shown


def limits_in_words(name: str, low: float | None, high: float | None) -> str:
    """Say a criterion's limits in the unit that is shown, as ``0.1 to 1.15 ms``."""
    known = metric(name)
    if low is not None and high is not None:
        return (
            f"{value_in_words(name, low).removesuffix(known.unit).rstrip()} to {value_in_words(name, high)}"
        )
    if low is not None:
        return f"at least {value_in_words(name, low)}"
    return "off" if high is None else f"at most {value_in_words(name, high)}"


def _step(shown: float) -> float:
    """Return one unit of the third digit of a number that is not zero."""
    return 10.0 ** (math.floor(math.log10(abs(shown))) - 2)


def _stored(shown: float, factor: float) -> float:
    """Undo the unit that is shown, without the noise of binary division."""
    return float(f"{shown / factor:.12g}")


def beyond(name: str, value: float, up: bool) -> float:
    """Return the nearest stored value past the given one that reads well: one more in the third digit.

    Parameters
    ----------
    name : str
        Metric.
    value : float
        In the stored unit; finite.
    up : bool
    """
    known = metric(name)
    shown = value * known.factor
    step = _step(shown) if shown else 0.001
    if known.whole:
        step = max(step, 1.0)
    past = math.floor(shown / step) + 1 if up else math.ceil(shown / step) - 1
    stored = _stored(past * step, known.factor)
    if stored > value if up else stored < value:
        return stored
    return math.nextafter(value, math.inf if up else -math.inf)


def rounded(name: str, value: float, up: bool) -> float:
    """Return a stored value that reads well in the shown unit, never on the other side of the given one.

    Parameters
    ----------
    name : str
        Metric.
    value : float
        In the stored unit.
    up : bool
        Whether to round up or down; to three digits, or not at all where that would turn round.
    """
    known = metric(name)
    shown = value * known.factor
    if not math.isfinite(shown) or shown == 0:
        return value
    step = _step(shown)
    stored = _stored((math.ceil if up else math.floor)(shown / step) * step, known.factor)
    return stored if (stored >= value if up else stored <= value) else value
