"""Values and limits as people read them: in the shown unit, with three digits."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal

from .registry import metric

#: Three significant digits.
_THREE = Context(prec=3, rounding=ROUND_HALF_UP)


def number(value: float) -> str:
    """Write a number as it is shown everywhere, in Python and in the browser (``frontend/src/core/format.js``).

    Three significant digits, but a whole part is never shortened: ``0.123``, ``31.3``, ``1,234``, ``250,000``,
    ``2.5e6``, ``1.2e-4``. Halves are rounded away from zero. What is no number is "–"; infinities are "∞" and "−∞".
    """
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    exact = Decimal(value + 0.0)  # without the sign of zero
    size = abs(value)
    if size and not 1e-3 <= size < 1e6:
        digits, power = f"{_THREE.create_decimal(exact):e}".split("e")
        return f"{float(digits):g}e{int(power)}"
    rounded = (
        _THREE.create_decimal(exact) if size < 1000 else exact.quantize(Decimal(1), rounding=ROUND_HALF_UP)
    )
    return f"{float(rounded):,.10g}"


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
