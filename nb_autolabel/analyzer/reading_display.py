"""Showing how much of an address was read, while somebody waits for it.

It is shown where the main thread waits for longer than SHOWN_AFTER: in a notebook, or in a terminal on the
standard error. Nothing is printed from other threads, and nothing where neither is.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

from .traffic import Traffic

#: Seconds of waiting before anything is shown.
SHOWN_AFTER = 0.5
#: Requests that follow one another within so many seconds are one wait.
PAUSE = 0.3

_silenced = 0


@contextmanager
def quiet() -> Iterator[None]:
    """Show nothing meanwhile."""
    global _silenced  # noqa: PLW0603
    _silenced += 1
    try:
        yield
    finally:
        _silenced -= 1


class ReadingDisplay:
    """One line of text, like ``3.1 MB of 2.4 GB read``.

    Parameters
    ----------
    traffic : Traffic
    ask_total : callable
        Called once, when the line is shown first.
    """

    def __init__(self, traffic: Traffic, ask_total: Callable[[], object]) -> None:
        self._traffic, self._ask_total = traffic, ask_total
        self._asked = False
        self._depth, self._since, self._last = 0, 0.0, float("-inf")
        self._line: Any = None

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Show the line meanwhile, as soon as the wait is long."""
        if not _is_watched():
            yield
            return
        if not self._depth and monotonic() - self._last > PAUSE:
            self._since = monotonic()
        self._depth += 1
        try:
            self.tick()
            yield
        finally:
            self._depth -= 1
            self._last = monotonic()
            if not self._depth:
                self._close_soon()

    def tick(self) -> None:
        """Bring the line up to date, if this is the thread that waits, and waits for long."""
        if not self._depth or not _is_watched() or monotonic() - self._since < SHOWN_AFTER:
            return
        if not self._asked:
            self._asked = True
            self._ask_total()
        if self._line is None:
            from tqdm.auto import tqdm

            self._line = tqdm(bar_format="{desc}", leave=False, file=None if _in_notebook() else sys.stderr)
        self._line.set_description_str(f"{self._traffic} read")

    def _close_soon(self) -> None:
        """Close the line; in a notebook when the cell has ended, so that it is not made anew for each request."""
        if self._line is None:
            return
        if _in_notebook():
            import asyncio

            try:
                loop = asyncio.get_running_loop()
            except RuntimeError:
                pass
            else:
                loop.call_later(PAUSE, self._close_if_idle)
                return
        self._close()

    def _close_if_idle(self) -> None:
        if not self._depth and monotonic() - self._last >= PAUSE / 2:
            self._close()

    def _close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.close()


def _is_watched() -> bool:
    """Return True if what the main thread shows here is seen by somebody."""
    if _silenced or threading.current_thread() is not threading.main_thread():
        return False
    return _in_notebook() or (sys.stderr is not None and sys.stderr.isatty())


def _in_notebook() -> bool:
    """Return True in the kernel of a notebook, without loading IPython for it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and "IPKernelApp" in shell.config
