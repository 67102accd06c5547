"""How well labels agree in each recording, as those of curators with a method's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..comparison.agreement import cohen_kappa, confusion
from ..comparison.intervals import wilson
from ..comparison.sources import labeling

if TYPE_CHECKING:
    import pandas as pd

    from .cohort import Cohort


def agreement_table(cohort: Cohort, truth: Any, labels: Any) -> pd.DataFrame:
    """Return the agreement of two labelings in each recording, and in all; see :meth:`Cohort.agreement`."""
    import pandas as pd

    series = [
        labeling(each, name, cohort.analyzer).labels for name, each in (("truth", truth), ("labels", labels))
    ]
    first, second = (each.reindex(cohort.analyzer.unit_ids) for each in series)
    both = (first.notna() & second.notna()).to_numpy()
    rows = []
    for at in [*range(len(cohort.names)), None]:
        here = both if at is None else both & (cohort.recording_of == at)
        one, other = first[here], second[here]
        same = int((one.to_numpy() == other.to_numpy()).sum())
        low, high = wilson(same, len(one))
        kappa = cohen_kappa(confusion(one, other)) if len(one) else cohen_kappa(np.zeros((1, 1)))
        share = same / len(one) if len(one) else float("nan")
        rows.append((len(one), share, float(low), float(high), kappa.value, kappa.low, kappa.high))
    columns = ["units", "agreement", "low", "high", "kappa", "kappa_low", "kappa_high"]
    index = pd.Index([*cohort.names, "all"], name="recording", dtype=object)
    return pd.DataFrame(rows, index=index, columns=columns)
