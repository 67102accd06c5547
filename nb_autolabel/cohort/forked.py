"""Reading on all cores of this machine by copies of this process, which have everything loaded already."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .reading import Problem, Reading, read_recording

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Work = Sequence[tuple[int, str]]
Result = Reading | Problem
#: Fewer recordings for each process are read by this one alone.
EACH = 8


def can_fork(work: Work) -> bool:
    """Whether copies of this process may read: on Linux, files of this machine, while no other thread of it runs.

    Parameters
    ----------
    work : sequence of (position, path)
    """
    alone = sys.platform == "linux" and threading.active_count() == 1
    return alone and not any("://" in path for _, path in work)


def read_forked(
    work: Work, more: tuple[dict[str, Any] | None, bool], take: Callable[[int, Result], None]
) -> None:
    """Read recordings; each copy reads every n-th, and what a copy that ended did not read is read here.

    Parameters
    ----------
    work : sequence of (position, path)
    more : tuple
        Further arguments of :func:`read_recording`.
    take : callable
        Takes position and result; it is called from several threads.
    """
    from multiprocessing import get_context

    context = get_context("fork")
    many = max(1, min(len(os.sched_getaffinity(0)), len(work) // EACH))
    done: set[int] = set()

    def taken(at: int, found: Result) -> None:
        take(at, found)
        done.add(at)

    with warnings.catch_warnings(action="ignore"):
        copies, listeners = [], []
        for number in range(1, many):
            here, there = context.Pipe(duplex=False)
            copies.append(context.Process(target=_read, args=(work[number::many], more, there), daemon=True))
            copies[-1].start()
            there.close()  # so that the pipe ends with the copy
            listeners.append(threading.Thread(target=_listen, args=(here, taken), daemon=True))
        # Only when all copies are made: a process with several threads is not to be copied.
        for listener in listeners:
            listener.start()
        try:
            for at, path in work[::many]:
                taken(at, read_recording(path, *more))
            for listener in listeners:
                listener.join()
        finally:
            for copy in copies:
                copy.kill()
                copy.join()
        for at, path in work:
            if at not in done:
                taken(at, read_recording(path, *more))


def _read(work: Work, more: tuple[dict[str, Any] | None, bool], pipe: Connection) -> None:
    """Read recordings in a copy of the process and send what was read."""
    for at, path in work:
        pipe.send((at, read_recording(path, *more)))
    pipe.close()


def _listen(pipe: Connection, take: Callable[[int, Result], None]) -> None:
    """Take what a copy sends until it ends; what is cut off is read again by the process that waits."""
    with contextlib.suppress(EOFError, OSError), pipe:
        while True:
            take(*pipe.recv())
