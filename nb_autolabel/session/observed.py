"""Properties that are derived, and can be observed all the same."""

from __future__ import annotations

from typing import Any, ClassVar

import traitlets


class Observed(traitlets.HasTraits):  # type: ignore[misc]
    """Tells of changes of properties that are no traits, as traitlets tells of traits."""

    observable: ClassVar[tuple[str, ...]] = (
        "labels",
        "counts",
        "thresholds",
        "overrides",
        "selection",
        "merges",
    )
    """Properties that can be observed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        #: What was told last of each property that somebody observes.
        self._told: dict[str, Any] = {}
        super().__init__(*args, **kwargs)

    def observe(self, handler: Any, names: Any = traitlets.All, type: str = "change") -> None:
        """Call a function whenever something changes, as traitlets does.

        Parameters
        ----------
        handler : callable
            Is given one change with ``name``, ``old``, ``new`` and ``owner``.
        names : str or list of str
            "labels", "counts", "thresholds", "overrides", "selection", "merges", or a trait.
        type : str, default: "change"
        """
        for name in [names] if isinstance(names, str) else [] if names is traitlets.All else names:
            if name in self.observable and name not in self._told:
                self._told[name] = getattr(self, name)
        super().observe(handler, names=names, type=type)

    def publish(self) -> None:
        """Tell those who observe of everything that is not what it was."""
        for name, old in list(self._told.items()):
            new = getattr(self, name)
            if old.equals(new) if hasattr(old, "equals") else old == new:
                continue
            self._told[name] = new
            self.notify_change(traitlets.Bunch(name=name, old=old, new=new, owner=self, type="change"))
