"""Growing boosted trees that still work where users lack metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .trees import Trees

#: Metrics that are there or missing together, by the extension or option of SpikeInterface they need.
GROUPS: dict[str, tuple[str, ...]] = {
    "principal components": ("d_prime", "isolation_distance", "l_ratio", "nn_hit_rate", "nn_miss_rate", "silhouette"),
    "drift": ("drift_mad", "drift_ptp", "drift_std"),
    "amplitude cutoff": ("amplitude_cutoff", "amplitude_cv_median", "amplitude_cv_range"),
    "template metrics": (
        "exp_decay", "num_negative_peaks", "num_positive_peaks", "peak_after_to_trough_ratio",
        "peak_to_trough_duration", "recovery_slope", "repolarization_slope", "spread", "trough_half_width",
        "velocity_above", "velocity_below",
    ),
    "spread over channels": ("exp_decay", "spread", "velocity_above", "velocity_below"),
    "microvolts": ("amplitude_median", "recovery_slope", "repolarization_slope", "sd_ratio", "snr"),
    "synchrony": ("sync_spike_2", "sync_spike_4", "sync_spike_8"),
}  # fmt: skip
#: Groups that are hidden together in further copies of the training data: what users lack most often.
OFTEN_TOGETHER = (
    ("principal components",),
    ("principal components", "drift", "amplitude cutoff"),
    ("principal components", "drift", "amplitude cutoff", "microvolts"),
)


@dataclass(frozen=True)
class Growth:
    """How trees are grown (``HistGradientBoostingClassifier``); per row of the original data.

    Attributes
    ----------
    leaves, iterations : int
    rate : float
    penalty : float
        L2 regularization of the leaves.
    rows_per_leaf : int
    share : float
        Part of the features that each split may choose from.
    """

    leaves: int = 4
    iterations: int = 250
    rate: float = 0.06
    penalty: float = 5.0
    rows_per_leaf: int = 20
    share: float = 0.5

    def estimator(self, copies: int = 1) -> Any:
        """Return the scikit-learn classifier, for data in which every row stands `copies` times."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_leaf_nodes=self.leaves,
            max_iter=self.iterations,
            learning_rate=self.rate,
            l2_regularization=self.penalty * copies,
            min_samples_leaf=self.rows_per_leaf * copies,
            max_features=self.share,
            early_stopping=False,
            random_state=0,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain data."""
        return asdict(self)


#: Those of the bundled pair. The log-odds of the three are averaged.
SETTINGS = (
    Growth(),
    Growth(penalty=20.0, rows_per_leaf=40, share=0.25),
    Growth(leaves=3, iterations=350, penalty=20.0, share=0.3),
)


def masked_copies(
    rows: npt.NDArray[np.float64],
    features: Sequence[str],
    groups: Mapping[str, Iterable[str]] = GROUPS,
) -> npt.NDArray[np.float64]:
    """Return the rows, and copies of them in which one group of metrics is hidden each.

    Trees trained on all metrics are lost when a group is missing; trained with these copies they
    lose little.

    Parameters
    ----------
    rows : ndarray, shape (n, n_features)
    features : sequence of str
        Today's names of the columns.
    groups : dict of str to names

    Returns
    -------
    ndarray, shape (n * n_copies, n_features)
        The original rows first.
    """
    copies = [rows]
    sets = [set(members) for members in groups.values()]
    sets += [{name for group in often for name in groups.get(group, ())} for often in OFTEN_TOGETHER]
    for members in sets:
        hidden = tuple(at for at, name in enumerate(features) if name in members)
        if hidden and len(hidden) < len(features):
            copy = rows.copy()
            copy[:, hidden] = np.nan
            copies.append(copy)
    return np.concatenate(copies)


def grow(
    rows: npt.NDArray[np.float64],
    target: npt.NDArray[np.bool_],
    features: Sequence[str],
    growth: Growth | None = None,
) -> Any:
    """Fit boosted trees on rows and their masked copies.

    Parameters
    ----------
    rows : ndarray, shape (n, n_features)
        NaN where missing.
    target : ndarray of bool, shape (n,)
    features : sequence of str
        Today's names of the columns.
    growth : Growth, optional

    Returns
    -------
    HistGradientBoostingClassifier
        Fitted; :meth:`Trees.of` makes arrays of it.
    """
    growth = growth or Growth()
    many = masked_copies(rows, features)
    copies = len(many) // max(1, len(rows))
    return growth.estimator(copies).fit(many, np.tile(target, copies))


def grow_trees(
    rows: npt.NDArray[np.float64],
    target: npt.NDArray[np.bool_],
    features: Sequence[str],
    growth: Growth | None = None,
) -> Trees:
    """Like :func:`grow`, as arrays."""
    return Trees.of(grow(rows, target, features, growth))


def training_statistics(
    rows: npt.NDArray[np.float64], features: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return what the check of inputs compares with: median, outer percentiles, shares missing and negative."""
    found = {}
    for name, values in zip(features, rows.T, strict=True):
        finite = values[np.isfinite(values)]
        known = {"missing": float(np.isnan(values).mean())}
        if finite.size:
            low, middle, high = np.quantile(finite, [0.001, 0.5, 0.999])
            known |= {"median": float(middle), "low": float(low), "high": float(high)}
            known["negative"] = float((finite < 0).mean())
        found[name] = {key: float(f"{value:.6g}") for key, value in known.items()}
    return found
