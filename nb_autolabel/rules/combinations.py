"""Which combinations of yes and no occur among many units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def combinations(masks: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """Return the columns that occur, each once, and which of them every column is.

    Parameters
    ----------
    masks : ndarray of bool, shape (n_questions, n_units)

    Returns
    -------
    kinds : ndarray of bool, shape (n_kinds, n_questions)
    which : ndarray of int, shape (n_units,)
    """
    questions, units = masks.shape
    if questions > 62:
        kinds, which = np.unique(masks.T, axis=0, return_inverse=True)
        return kinds, which.ravel()
    codes = np.zeros(units, dtype=np.int64)
    for bit, mask in enumerate(masks):
        codes |= mask.astype(np.int64) << bit
    _, first, which = np.unique(codes, return_index=True, return_inverse=True)
    return masks[:, first].T, which.ravel()
