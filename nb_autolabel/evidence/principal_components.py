"""Clouds of principal components: a unit beside its nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError, MissingDataError
from .waveforms import some_rows


@dataclass(frozen=True, eq=False)
class Clouds:
    """Projections of spikes of several units onto the same two axes.

    Attributes
    ----------
    units : tuple of int
        Positions of the units, the one that was asked for first.
    points : tuple of ndarray of float64, shape (n, 2)
        One array a unit.
    axes : tuple of str
        What the two coordinates are.
    """

    units: tuple[int, ...]
    points: tuple[npt.NDArray[np.float64], ...]
    axes: tuple[str, str]


def clouds(analyzer: Analyzer, unit: int, others: list[int], at_most: int = 300) -> Clouds:
    """Read the projections of a unit and of others that share its main channel.

    Where components were computed channel by channel, the first component on the unit's strongest channel and on the
    strongest other channel that all have is taken; else the first two components.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.
    others : list of int
        Positions of its neighbours.
    at_most : int
        Spikes of each unit.

    Raises
    ------
    MissingExtensionError, MissingDataError, DamagedDataError
    """
    own, _ = some_rows(analyzer, analyzer.unit_ids[unit], "principal_components", at_most)
    ndim = own.ndim
    if ndim not in (2, 3):
        raise MissingDataError(f"their projections have shape {own.shape}.")
    parts: list[tuple[int, npt.NDArray[np.float64], npt.NDArray[np.intp]]] = []
    for at in [unit, *others]:
        try:
            rows = (
                own
                if at == unit
                else some_rows(analyzer, analyzer.unit_ids[at], "principal_components", at_most)[0]
            )
        except AutolabelError:
            if at == unit:
                raise
            continue
        parts.append((at, rows.astype(np.float64), _channels(analyzer, at)))
    if ndim == 2:
        if own.shape[1] < 2:
            raise MissingDataError("there is one component only.")
        return _finite([(at, rows[:, :2]) for at, rows, _ in parts], ("component 1", "component 2"))
    strength = _strength(analyzer, unit, parts[0][2])
    order = parts[0][2][np.argsort(-strength, kind="stable")]
    near = [(at, rows, channels) for at, rows, channels in parts if order[0] in channels]
    shared = [c for c in order.tolist() if all(c in channels for _, _, channels in near)]
    names = analyzer.channel_ids
    if len(shared) > 1:
        first, second = shared[:2]
        axes = (f"component 1 on {names[first]}", f"component 1 on {names[second]}")
        picked = [
            (at, np.stack([_on(rows, channels, 0, first), _on(rows, channels, 0, second)], axis=1))
            for at, rows, channels in near
        ]
    elif own.shape[1] > 1:
        first = shared[0]
        axes = (f"component 1 on {names[first]}", f"component 2 on {names[first]}")
        picked = [
            (at, np.stack([_on(rows, channels, c, first) for c in (0, 1)], axis=1))
            for at, rows, channels in near
        ]
    else:
        raise MissingDataError("there is one component on one channel only.")
    return _finite(picked, axes)


def _channels(analyzer: Analyzer, unit: int) -> npt.NDArray[np.intp]:
    mask = analyzer.sparsity_mask
    return np.arange(analyzer.get_num_channels()) if mask is None else np.flatnonzero(mask[unit])


def _strength(analyzer: Analyzer, unit: int, channels: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    if not analyzer.has_extension("templates"):
        # Without templates the main channel alone is known, if any.
        strength = np.zeros(len(channels))
        strength[channels == analyzer.main_channel_indices[unit]] = 1
        return strength
    template = analyzer.get_templates([analyzer.unit_ids[unit]])[0][:, channels]
    found: npt.NDArray[np.float64] = np.nan_to_num(np.abs(template)).max(axis=0).astype(np.float64)
    return found


def _on(
    rows: npt.NDArray[np.float64], channels: npt.NDArray[np.intp], component: int, channel: int
) -> npt.NDArray[np.float64]:
    """Return one component on a channel; rows have a unit's channels in their order, then nothing."""
    at = int(np.searchsorted(channels, channel))
    return rows[:, component, at] if at < rows.shape[2] else np.full(len(rows), np.nan)


def _finite(parts: list[tuple[int, npt.NDArray[np.float64]]], axes: tuple[str, str]) -> Clouds:
    kept = [(at, points[np.isfinite(points).all(axis=1)]) for at, points in parts]
    if not kept or not len(kept[0][1]):
        raise MissingDataError("none of its projections is a number.")
    kept = [(at, points) for at, points in kept if len(points)]
    return Clouds(tuple(at for at, _ in kept), tuple(points for _, points in kept), axes)
