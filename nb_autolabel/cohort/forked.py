"""Reading on all cores of this machine by copies of this process, which have everything loaded already."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from .copies import Sent, begun, can_copy, cores
from .fingerprint import fingerprint_of
from .reading import Problem, Reading, read_recording

Work = Sequence[tuple[int, str]]
Result = Reading | Problem
#: Fewer recordings for each process are read by this one alone, and fewer are looked at by it alone.
EACH, LOOKED_AT_EACH = 8, 20


def can_fork(work: Work) -> bool:
    """Whether copies of this process may read: on Linux, files of this machine, while no other thread of it runs.

    Parameters
    ----------
    work : sequence of (position, path)
    """
    return can_copy() and not any("://" in path for _, path in work)


def read_forked(
    work: Work, more: tuple[dict[str, Any] | None, bool], take: Callable[[int, Result], None]
) -> None:
    """Read recordings, each process the next one that none has begun; what a copy that ended did not read is read here.

    Parameters
    ----------
    work : sequence of (position, path)
    more : tuple
        Further arguments of :func:`read_recording`.
    take : callable
        Takes position and result; it is called from several threads.
    """
    # What processes send each other, as multiprocessing sends it.
    from multiprocessing.reduction import ForkingPickler

    sent: Sent[Result] = Sent(lambda found: bytes(ForkingPickler.dumps(found)), ForkingPickler.loads)

    def read(one: tuple[int, str]) -> Result:
        return read_recording(one[1], *more)

    def taken(number: int, found: Result) -> None:
        take(work[number][0], found)

    with (
        warnings.catch_warnings(action="ignore"),
        begun(work, read, taken, sent, _copies(len(work), EACH)) as copies,
    ):
        # What labels is loaded while the copies read.
        from ..session import live_methods  # noqa: F401

        copies.help()


def fingerprints_forked(paths: Sequence[str], templates: bool, meanwhile: Callable[[], None]) -> list[str]:
    """Return the fingerprint of each recording; see :func:`fingerprint_of`.

    Parameters
    ----------
    paths : sequence of str
        Of files of this machine.
    templates : bool
        As for :func:`fingerprint_of`.
    meanwhile : callable
        What this process does before it helps the copies.
    """
    found = [""] * len(paths)

    def look(path: str) -> str:
        return fingerprint_of(path, None, templates)

    def taken(at: int, print_: str) -> None:
        found[at] = print_

    sent: Sent[str] = Sent(str.encode, bytes.decode)
    with begun(paths, look, taken, sent, _copies(len(paths), LOOKED_AT_EACH)) as copies:
        meanwhile()
        copies.help()
    return found


def _copies(items: int, each: int) -> int:
    return max(1, min(cores(), items // each)) - 1
