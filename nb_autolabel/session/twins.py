"""Live labels apart from others: the same method, limits and labels by hand, and nothing of what happens to the first."""

from __future__ import annotations

from .live_labels import LiveLabels


def apart(live: LiveLabels) -> LiveLabels:
    """Return live labels as they are now that no longer follow those they were taken from, and keep no journal.

    Parameters
    ----------
    live : LiveLabels
    """
    twin = type(live).__new__(type(live))
    for name, value in vars(live).items():
        if name not in vars(twin) and name not in ("session", "hand"):
            setattr(twin, name, value)
    LiveLabels.__init__(twin, live.analyzer, live.method, live.session.table, None)
    twin.session.by_hand = dict(live.session.by_hand)
    return twin
