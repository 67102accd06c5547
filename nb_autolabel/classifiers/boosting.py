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
    "refractory": (
        "isi_violations_count", "isi_violations_ratio", "rp_contamination", "rp_violations", "sliding_rp_violation",
    ),
    "rate": ("firing_range", "firing_rate", "num_spikes", "presence_ratio"),
}  # fmt: skip
#: Groups for whose absence there are trees of their own, grown without them: the three that cost most accuracy where
#: they are only hidden. A unit that lacks several is judged by the first of these.
GROWN_WITHOUT = ("template metrics", "refractory", "rate")
#: Groups that are masked together in further copies of the training data: those that users lack most often, and
#: those whose absence costs most accuracy.
OFTEN_TOGETHER = (
    ("principal components",),
    ("refractory",),
    ("rate",),
    ("principal components", "drift", "amplitude cutoff"),
    ("principal components", "drift", "amplitude cutoff", "microvolts"),
)


#: Share of single values that each copy masks, besides its group.
HIDDEN_SHARE = 0.15

#: Monotone constraints for noise against neural, each with its reason. 1: the probability of noise never falls as the
#: metric grows, all else being equal; -1: it never rises.
NOISE_SIGNS: dict[str, tuple[int, str]] = {
    "snr": (-1, "a template that stands out further from the background is less likely to be background"),
    "num_positive_peaks": (
        1,
        "an action potential has one positive peak after the trough, at most one before",
    ),
    "num_negative_peaks": (1, "an action potential has one trough"),
    "peak_after_to_trough_ratio": (
        1,
        "repolarization is slower and smaller than the trough of an action potential",
    ),
    "trough_half_width": (1, "the trough of an action potential is narrow; slow waves are not"),
    "sync_spike_8": (1, "spikes at one instant in eight or more units are artefacts"),
}
#: Monotone constraints for single against multi unit, among units that are not noise.
SUA_SIGNS: dict[str, tuple[int, str]] = {
    "isi_violations_count": (-1, "one neuron does not fire within its refractory period"),
    "isi_violations_ratio": (-1, "one neuron does not fire within its refractory period"),
    "rp_contamination": (-1, "it is the estimated share of spikes of other neurons"),
    "rp_violations": (-1, "one neuron does not fire within its refractory period"),
    "sliding_rp_violation": (-1, "it is the smallest share of foreign spikes that can be ruled out"),
    "amplitude_cutoff": (-1, "it is the estimated share of spikes that were not found"),
    "presence_ratio": (1, "a unit that is gone for a time was lost by drift, or is a part of another"),
    "snr": (1, "larger spikes are told apart better"),
    "amplitude_median": (1, "larger spikes are told apart better; taken as a magnitude"),
    "nn_hit_rate": (1, "it is the share of neighbours of its spikes that are its own"),
    "nn_miss_rate": (-1, "it is the share of neighbours of other spikes that are its own"),
}


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

    def estimator(self, copies: int = 1, signs: Sequence[int] | None = None) -> Any:
        """Return the scikit-learn classifier, for data in which every row stands `copies` times.

        `signs` are the monotone constraints of the columns: 1, -1, or 0 for none.
        """
        from sklearn.ensemble import HistGradientBoostingClassifier

        return HistGradientBoostingClassifier(
            max_leaf_nodes=self.leaves,
            max_iter=self.iterations,
            learning_rate=self.rate,
            l2_regularization=self.penalty * copies,
            min_samples_leaf=self.rows_per_leaf * copies,
            max_features=self.share,
            monotonic_cst=signs,
            early_stopping=False,
            random_state=0,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain data."""
        return asdict(self)


#: The forests of the bundled pair, whose log-odds are averaged. All are taken: which of them does best differs between
#: mice by chance, so a choice among them adds nothing to their mean.
FORESTS: dict[str, Growth] = {
    "plain": Growth(share=0.4),
    "cautious": Growth(penalty=20.0, rows_per_leaf=40, share=0.25),
    "long": Growth(iterations=350, penalty=20.0, rows_per_leaf=40, share=0.25),
    "deep": Growth(leaves=6, share=0.3),
    "deep cautious": Growth(leaves=6, penalty=20.0, share=0.2),
}
SETTINGS = tuple(FORESTS.values())


def columns_of(names: Iterable[str], features: Sequence[str]) -> tuple[int, ...]:
    """Return the places of metrics among the features, in the order of the features."""
    wanted = set(names)
    return tuple(at for at, name in enumerate(features) if name in wanted)


def masked_copies(
    rows: npt.NDArray[np.float64],
    features: Sequence[str],
    groups: Mapping[str, Iterable[str]] = GROUPS,
    share: float = HIDDEN_SHARE,
) -> npt.NDArray[np.float64]:
    """Return the rows, and copies of them in which metrics are hidden.

    Each copy hides one group of metrics for all units, and a part of the single values besides; the last
    hides single values only. Trees trained on all metrics are lost when some are missing; trained with these
    copies they lose less.

    Parameters
    ----------
    rows : ndarray, shape (n, n_features)
    features : sequence of str
        Today's names of the columns.
    groups : dict of str to names
    share : float, default: 0.15
        Part of the single values that are hidden, the same ones for the same shape of rows.

    Returns
    -------
    ndarray, shape (n * n_copies, n_features)
        The original rows first.
    """
    random = np.random.default_rng(0)
    copies = [rows]
    sets = [list(members) for members in groups.values()]
    sets += [[name for group in often for name in groups.get(group, ())] for often in OFTEN_TOGETHER]
    hidden = [columns_of(members, features) for members in sets]
    for columns in [*(h for h in hidden if 0 < len(h) < len(features)), ()]:
        copy = rows.copy()
        copy[:, columns] = np.nan
        copy[random.random(rows.shape) < share] = np.nan
        copies.append(copy)
    return np.concatenate(copies)


def grow(
    rows: npt.NDArray[np.float64],
    target: npt.NDArray[np.bool_],
    features: Sequence[str],
    growth: Growth | None = None,
    signs: Mapping[str, tuple[int, str]] | None = None,
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
    signs : dict, optional
        Monotone constraints and their reasons, as :data:`NOISE_SIGNS`; none, if not given. They need
        magnitudes where SpikeInterface stores signed values.

    Returns
    -------
    HistGradientBoostingClassifier
        Fitted; :meth:`Trees.of` makes arrays of it.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    growth, signs = growth or Growth(), signs or {}
    many = masked_copies(rows, features)
    # scikit-learn cannot bin a column that is all missing. A constant column is never used for a split.
    many[:, np.isnan(many).all(axis=0)] = 0.0
    copies = len(many) // max(1, len(rows))
    constraints = [signs.get(name, (0, ""))[0] for name in features] if signs else None
    # One thread: trees this small are not built faster by more, and threads that wait for each other slow a busy machine.
    with threadpool_limits(1, "openmp"):
        return growth.estimator(copies, constraints).fit(many, np.tile(target, copies))


def grow_trees(
    rows: npt.NDArray[np.float64],
    target: npt.NDArray[np.bool_],
    features: Sequence[str],
    growth: Growth | None = None,
    signs: Mapping[str, tuple[int, str]] | None = None,
) -> Trees:
    """Like :func:`grow`, as arrays."""
    return Trees.of(grow(rows, target, features, growth, signs))


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
