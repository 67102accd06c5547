"""A computation in a thread of its own, so that the notebook and the labeler stay usable meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Any

from ..analyzer.analyzer import Analyzer
from ..computing.running import Cancelled, Run


class Background:
    """Runs one computation; what it tells is told where it was started, between cells.

    Parameters
    ----------
    run : Run
    on_step : callable
        ``on_step(step, done, total)`` before each step.
    on_end : callable
        ``on_end(analyzer, error)``: the new analyzer, or None with what went wrong; None and None if it was cancelled.
    """

    def __init__(
        self,
        run: Run,
        on_step: Callable[[str, int, int], None],
        on_end: Callable[[Analyzer | None, Exception | None], None],
    ) -> None:
        self._run, self._on_step, self._on_end = run, on_step, on_end
        self._cancelled = threading.Event()
        try:
            self._loop: asyncio.AbstractEventLoop | None = asyncio.get_running_loop()
        except RuntimeError:
            # No loop: a script. It is told in the thread itself.
            self._loop = None
        self._thread = threading.Thread(target=self._work, name="nb_autolabel computing metrics", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Stop before the next step; a step that has begun is finished first."""
        self._cancelled.set()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end; False if it is not reached in time."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _tell(self, call: Callable[..., None], *arguments: Any) -> None:
        if self._loop is None:
            call(*arguments)
            return
        # A closed loop: the kernel ends, and nobody listens.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *arguments)

    def _step(self, step: str, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise Cancelled
        self._tell(self._on_step, step, done, total)

    def _work(self) -> None:
        made, error = None, None
        try:
            made = self._run(self._step)
        except Cancelled:
            pass
        except Exception as raised:  # told where it is seen
            error = raised
        self._tell(self._on_end, made, error)
