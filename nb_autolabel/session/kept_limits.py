"""Limits kept in the journal: written when they change, and put back when the same method is opened again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sys
import warnings
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ..errors import AutolabelError, LabelsError
from ..rules.method import Method

if TYPE_CHECKING:
    from ..export.journal import Journal
    from ..export.journal_limits import KeptLimits
    from .live_labels import LiveLabels

_told_elsewhere: ContextVar[bool] = ContextVar("told_elsewhere", default=False)


@contextlib.contextmanager
def told_elsewhere() -> Iterator[None]:
    """Leave it to whoever makes live labels to say which limits were put back, as a widget does."""
    mark = _told_elsewhere.set(True)
    try:
        yield
    finally:
        _told_elsewhere.reset(mark)


def keeps_limits(journal: Journal) -> bool:
    """Whether limits are kept in a journal.

    In one that a person has named they always are. In that which "auto" takes they are in a notebook only: a script
    that names none gives the same labels whenever it runs.
    """
    if not re.fullmatch(r"overrides_[0-9a-f]{8}\.jsonl", journal.path.name):
        return True
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


class LimitsKeeper:
    """Keeps the limits of live labels in their journal.

    Parameters
    ----------
    live : LiveLabels
        At its start.
    journal : Journal

    Attributes
    ----------
    said : str
        Which limits were put back, or why they could not be kept; "" if there is nothing to say.
    """

    @classmethod
    def of(cls, live: LiveLabels) -> LimitsKeeper | None:
        """Return what keeps the limits of live labels; None where their journal, if there is one, does not."""
        journal = getattr(live.hand, "journal", None)
        return cls(live, journal) if journal is not None and keeps_limits(journal) else None

    def __init__(self, live: LiveLabels, journal: Journal) -> None:
        self._live, self._journal = live, journal
        self._begin: Method = live.session.method
        self._start = _digest(self._begin)
        self.said = ""
        self._failed = False
        self._restore()
        self._last = self._changes()
        live.session.observe(self._keep, names=["method"])

    def _changes(self) -> KeptLimits:
        """Return what was changed of the method since its start, without a time."""
        from ..export.journal_limits import KeptLimits

        now, begin = self._live.session.method, self._begin
        # An option may bring other criteria and limits: those of the method's start go with it.
        started = {c.key: c for c in now.defaults.criteria}
        own = begin.rules.keys if now.options.get("preset") == begin.options.get("preset") else now.rules.keys
        limits, missing = {}, {}
        for c in now.rules.criteria:
            before = started.get(c.key) if c.key in own else None
            if before is None or (before.min, before.max) != (c.min, c.max):
                limits[c.key] = (c.min, c.max)
            if before is not None and before.nan != c.nan:
                missing[c.key] = c.nan
        options = {name: value for name, value in now.options.items() if begin.options.get(name) != value}
        removed = tuple(key for key in started if key in begin.rules.keys and key not in now.rules.keys)
        return KeptLimits(
            begin.kind, self._start, self._journal.fingerprint, "", limits, missing, options, removed
        )

    def _keep(self, change: Any) -> None:
        del change
        now = self._changes()
        if now == self._last or self._failed:
            return
        self._last = now
        try:
            self._journal.keep_limits(replace(now, time=datetime.now(UTC).isoformat(timespec="milliseconds")))
        except LabelsError as error:
            # A limit may be moved where nothing can be written; that it will not be there again is said once, and a
            # drag is not held up by trying again.
            self._failed = True
            self.said = f"Limits are not kept: {error}"
            warnings.warn(self.said, UserWarning, stacklevel=2)

    def _restore(self) -> None:
        kept = self._journal.limits.get((self._begin.kind, self._start))
        if kept is None or kept.is_empty:
            return
        when = f"{kept.time[:16].replace('T', ' ')} UTC, in {self._journal.path.name}"
        try:
            with self._live.session.all_or_nothing():
                self._take(kept)
        except (AutolabelError, KeyError, AttributeError) as error:
            self.said = (
                f"The limits kept on {when}, do not fit this method any more and are left out: {error}"
            )
        else:
            many = len(kept.limits) + len(kept.missing) + len(kept.options) + len(kept.removed)
            changes = "1 change of the limits is" if many == 1 else f"{many} changes of the limits are"
            self.said = f"{changes} back as they were left on {when}. Reset starts from the defaults."
        if not _told_elsewhere.get():
            warnings.warn(self.said, UserWarning, stacklevel=5)

    def _take(self, kept: KeptLimits) -> None:
        live = self._live
        for name, value in kept.options.items():
            if name not in live.method.options:
                raise LabelsError(f"there is no option {name!r}.")
            # What a person asks for and what it made of the method can differ, as for adapted classifiers.
            getattr(live, "put_back_option", live.set_option)(name, value)
        for key in [key for key in kept.limits if key not in live.rule_set.keys]:
            _ability(live, "add")(key)
        for key in kept.removed:
            _ability(live, "remove")(key)
        method = live.method.with_limits(kept.limits)
        for key, policy in kept.missing.items():
            method = method.with_rules(method.rules.with_criterion(key, nan=policy))
        live.session.set_method(method)


def _ability(live: LiveLabels, name: str) -> Any:
    """Return what adds or removes a criterion.

    Raises
    ------
    LabelsError
        If the criteria of the method are always the same.
    """
    able = getattr(live, name, None)
    if able is None:
        raise LabelsError("its criteria are others.")
    return able


def _digest(method: Method) -> str:
    """Return what tells a start of a method from another: its limits, options and criteria."""
    criteria = [[c.key, c.min, c.max, c.nan, c.abs, c.group] for c in method.rules.criteria]
    said = json.dumps([method.kind, dict(method.options), criteria], sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:16]
