"""The probability that a label is right, from the probabilities of both classifiers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..labels import canonical
from ..rules.trace import Trace
from .cascade import NOISE_COLUMN, SUA_COLUMN
from .cascade_rules import NAME


def label_probability(trace: Trace) -> npt.NDArray[np.float64]:
    """Return the probability that each unit is what its label says, shape (n_units,).

    Of noise: p(noise); of mua: (1 - p(noise)) (1 - p(sua)); of sua: (1 - p(noise)) p(sua); of neural:
    1 - p(noise). It is that of the label that is shown, wherever the limits are: a unit that another
    limit or a person calls noise gets its p(noise), large or small. With the second classifier alone,
    whose units are taken to be neural, p(noise) is 0.

    NaN where the classifiers say nothing of the label: "unsure" and "unjudged", labels by hand that are
    none of their classes (non-somatic, a user's own), and units or methods without probabilities.

    Parameters
    ----------
    trace : Trace
        Of UnitRefine; any other gives NaN.
    """
    chances = _chances(trace)
    if not chances:
        return np.full(len(trace.table), np.nan)
    noise = chances.get(NOISE_COLUMN, np.zeros(len(trace.table)))
    of = {"noise": noise, "neural": 1.0 - noise} if NOISE_COLUMN in chances else {}
    if SUA_COLUMN in chances:
        sua = chances[SUA_COLUMN]
        of |= {"sua": (1.0 - noise) * sua, "mua": (1.0 - noise) * (1.0 - sua)}
        of["good"] = of["sua"]
    return _of_labels(trace, of)


def conditional_probability(trace: Trace) -> npt.NDArray[np.float64]:
    """Return what SpikeInterface calls the probability of a label, shape (n_units,); NaN for "unsure".

    For sua and mua it is conditional on the unit not being noise: p(sua), 1 - p(sua). A unit that may
    well be noise can have a high one, so it does not say how sure a label is; :func:`label_probability` does.
    """
    chances = _chances(trace)
    of = {}
    for name, column, turned in (
        ("noise", NOISE_COLUMN, False),
        ("neural", NOISE_COLUMN, True),
        ("sua", SUA_COLUMN, False),
        ("good", SUA_COLUMN, False),
        ("mua", SUA_COLUMN, True),
    ):
        if column in chances:
            of[name] = 1.0 - chances[column] if turned else chances[column]
    return _of_labels(trace, of)


def _chances(trace: Trace) -> dict[str, npt.NDArray[np.float64]]:
    """Probabilities of a method of UnitRefine by column; empty for any other method."""
    if trace.rule_set.name != NAME:
        return {}
    columns = [c.metric for c in trace.rule_set.criteria]
    return {name: trace.values[columns.index(name)] for name in (NOISE_COLUMN, SUA_COLUMN) if name in columns}


def _of_labels(trace: Trace, of: Mapping[str, npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Take for every unit the value of its label, in whatever spelling it was given; else NaN."""
    found = np.full(len(trace.table), np.nan)
    for code, label in enumerate(trace.names):
        values = of.get(canonical(label) or "")
        if values is not None:
            here = trace.codes == code
            found[here] = values[here]
    return found
