"""Bins of lags on a logarithmic axis: narrow where a refractory period shows, wide where rhythms do."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

#: Ends of the axis in ms, bins a decade, and the narrowest bin in ms: narrower ones hold too few pairs to be a rate.
FIRST_MS, LAST_MS, A_DECADE, NARROWEST_MS = 0.3, 50.0, 12, 0.1


def log_edges(sampling_frequency: float) -> npt.NDArray[np.int64]:
    """Return the edges of bins of lags, in samples; a bin begins with its edge and ends before the next.

    Parameters
    ----------
    sampling_frequency : float
        In Hz.

    Returns
    -------
    ndarray of int64, shape (n_bins + 1,)
        Ascending whole samples, from :data:`FIRST_MS` to :data:`LAST_MS`: each bin holds so many samples, and its count
        divided by them is a rate that can be compared with that of any other bin.
    """
    a_ms = sampling_frequency / 1000
    first = max(1, round(FIRST_MS * a_ms))
    last = max(first + 1, round(LAST_MS * a_ms))
    narrowest = max(1, round(NARROWEST_MS * a_ms))
    wanted = np.geomspace(first, last, round(A_DECADE * np.log10(last / first)) + 1)
    kept = [first]
    for edge in np.round(wanted[1:-1]).astype(np.int64).tolist():
        if edge - kept[-1] >= narrowest and last - edge >= narrowest:
            kept.append(edge)
    return np.array([*kept, last], dtype=np.int64)


def log_binned(counts: npt.NDArray[Any], edges: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Sum counts by lag in bins.

    Parameters
    ----------
    counts : ndarray, shape (n_lags,)
        Pairs of spikes by lag in samples, from lag 0 on. What is beyond its end counts as none.
    edges : ndarray of int64, shape (n_bins + 1,)
        See :func:`log_edges`.

    Returns
    -------
    ndarray, shape (n_bins,)
    """
    total = np.concatenate([np.zeros(1, counts.dtype), np.cumsum(counts)])
    sums: npt.NDArray[Any] = np.diff(total[np.minimum(edges, len(counts))])
    return sums
