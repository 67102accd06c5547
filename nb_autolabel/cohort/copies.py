"""Copies of this process that share work with it: they have everything loaded already, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, Generic, NamedTuple, NoReturn, TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")
#: Position of a piece of work, and length of what came of it.
_HEAD = struct.Struct("<QQ")
#: Which run of pieces is next.
_NEXT = struct.Struct("<I")
#: Work is given out in so many runs of pieces at most: their numbers fit into the smallest pipe there is.
_RUNS = 512
#: What asks a process to stop.
_STOPPING = {getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)}


def can_copy() -> bool:
    """Whether copies of this process may be made: on Linux, while no other thread of it runs."""
    return sys.platform == "linux" and threading.active_count() == 1


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Sent(NamedTuple, Generic[Made]):
    """How what a copy made is sent.

    Attributes
    ----------
    encode, decode : callable
        Bytes of it, and it from bytes.
    """

    encode: Callable[[Made], bytes]
    decode: Callable[[bytes], Made]


class Copies(Generic[Item, Made]):
    """Work that copies of this process have begun; made by :func:`begun`.

    Each piece of work is done by whoever is free next, so that this process may do something else before it helps.
    """

    def __init__(
        self,
        items: Sequence[Item],
        do: Callable[[Item], Made],
        take: Callable[[int, Made], None],
        sent: Sent[Made],
    ) -> None:
        self._items, self._do, self._take, self._sent = items, do, take, sent
        self._done: set[int] = set()
        self._each = -(-len(items) // _RUNS)
        self._copies: list[int] = []
        self._listeners: list[threading.Thread] = []
        self._process = os.getpid()
        self._next, given = os.pipe()
        os.write(given, b"".join(map(_NEXT.pack, range(-(-len(items) // self._each) if items else 0))))
        os.close(given)

    def start(self, many: int) -> None:
        """Make copies, each of which begins to work; fewer where the system makes no more."""
        pipes: list[int] = []
        for _ in range(many):
            try:
                here, there = os.pipe()
            except OSError:
                break
            try:
                with _signals_later():
                    copy = os.fork()
                    if not copy:
                        self._in_copy(there, [*pipes, here])
            except OSError:
                os.close(here)
                os.close(there)
                break
            os.close(there)  # so that the pipe ends with the copy
            self._copies.append(copy)
            pipes.append(here)
        # Only when all copies are made: a process with several threads is not to be copied.
        for pipe in pipes:
            opened = os.fdopen(pipe, "rb")
            listener = threading.Thread(target=self._listen, args=(opened,), daemon=True)
            try:
                listener.start()
            except RuntimeError:
                # The system starts no more threads: nobody hears this copy, and others do its work.
                opened.close()
                continue
            self._listeners.append(listener)

    def _in_copy(self, pipe: int, of_others: Sequence[int]) -> NoReturn:
        """Work in a copy until nothing is left, and end without anything that the process itself does at its end."""
        try:
            # Only the process itself is asked to stop, which then ends its copies. Its ends of the pipes are closed, so
            # that a copy which outlives it can send nothing and ends, instead of waiting for somebody to take it.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            for stops in (signal.SIGTERM, signal.SIGHUP):
                signal.signal(stops, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
            for other in of_others:
                os.close(other)
            with os.fdopen(pipe, "wb") as out:
                for at in self._given():
                    if os.getppid() != self._process:
                        break
                    made = self._sent.encode(self._do(self._items[at]))
                    out.write(_HEAD.pack(at, len(made)) + made)
                    out.flush()
        finally:
            os._exit(0)

    def _given(self) -> Iterator[int]:
        while token := os.read(self._next, _NEXT.size):
            (run,) = _NEXT.unpack(token)
            yield from range(run * self._each, min((run + 1) * self._each, len(self._items)))

    def _listen(self, pipe: BinaryIO) -> None:
        """Take what a copy sends until it ends; what is cut off is done again by the process that waits."""
        # So is what cannot be taken, and what is wrong with it is said there.
        with pipe, contextlib.suppress(Exception):
            while len(head := pipe.read(_HEAD.size)) == _HEAD.size:
                at, size = _HEAD.unpack(head)
                made = pipe.read(size)
                if len(made) < size:
                    return
                self._taken(at, self._sent.decode(made))

    def _taken(self, at: int, made: Made) -> None:
        self._take(at, made)
        self._done.add(at)

    def help(self) -> None:
        """Do what no copy has begun, wait for the copies, and do what a copy that ended has left."""
        for at in self._given():
            self._taken(at, self._do(self._items[at]))
        for listener in self._listeners:
            listener.join()
        for at in range(len(self._items)):
            if at not in self._done:
                self._taken(at, self._do(self._items[at]))

    def end(self) -> None:
        """End the copies, whatever they do."""
        for copy in self._copies:
            with contextlib.suppress(OSError):
                os.kill(copy, signal.SIGKILL)
                os.waitpid(copy, 0)
        for listener in self._listeners:
            listener.join()
        os.close(self._next)


@contextmanager
def _signals_later() -> Iterator[None]:
    """Let signals that ask to stop wait, so that none arrives in a copy that still does as the process itself does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def begun(
    items: Sequence[Item],
    do: Callable[[Item], Made],
    take: Callable[[int, Made], None],
    sent: Sent[Made],
    many: int,
) -> Iterator[Copies[Item, Made]]:
    """Let copies of this process begin to work; :meth:`Copies.help` ends it.

    Parameters
    ----------
    items : sequence
        Pieces of work.
    do : callable
        Does one; called here and in the copies.
    take : callable
        Takes the position of an item and what came of it; it is called from several threads.
    sent : Sent
    many : int
        Number of copies; may be 0. Whether copies may be made, :func:`can_copy` says.

    Yields
    ------
    Copies
    """
    copies = Copies(items, do, take, sent)
    try:
        # Python warns of the threads of other libraries, which the copies do not use; and they themselves warn nobody.
        with warnings.catch_warnings(action="ignore"):
            copies.start(many)
        yield copies
    finally:
        copies.end()
