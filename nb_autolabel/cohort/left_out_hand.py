"""Labels by hand that default labels of a cohort leave out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from ..errors import listing

if TYPE_CHECKING:
    from .cohort import Cohort


def written_labels(cohort: Cohort, labels: Any) -> Any:
    """Return the labels that a cohort writes: those given, else its own, and what these leave out is said.

    Warns
    -----
    UserWarning
        If the cohort's own are Bombcell's defaults, which have no labels by hand, and journals in the working directory
        have some of its recordings; only these are opened.
    """
    if labels is not None:
        return labels
    if cohort.live is cohort.default_live:
        from .hand import RecordingJournals

        places = RecordingJournals(cohort).entries
        names = list(dict.fromkeys(cohort.names[cohort.recording_of[at]] for at in sorted(places)))
        if names:
            warnings.warn(
                f"labels by hand of {listing(names, 5)} are kept in journals here and are not in what is written: the "
                "labels of the cohort are Bombcell's defaults. Give labels=labeler, or set cohort.live = labeler.live, for "
                "the limits and the labels by hand of a labeler; labels=cohort.live writes these.",
                UserWarning,
                stacklevel=3,
            )
    return cohort.live
