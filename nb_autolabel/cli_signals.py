"""Signals that ask a command to stop: what it was writing is taken away, as after an error."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any

#: SIGTERM is what SLURM and other systems send when the time of a job is over, SIGHUP what a closed terminal sends.
_NAMES = ("SIGTERM", "SIGHUP")


class Stopped(BaseException):
    """A signal asked to stop; like KeyboardInterrupt it passes what catches errors.

    Attributes
    ----------
    status : int
        Exit status: 128 and the number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


@contextlib.contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Raise Stopped for Ctrl-C, and for other signals that ask to stop if nothing else answers them.

    Raises
    ------
    Stopped
    """
    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in _NAMES:
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, _stop)
    try:
        yield
    except KeyboardInterrupt:
        raise Stopped(signal.SIGINT) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number: int, frame: Any) -> None:
    # Once is enough: what is taken away then is not to be stopped as well.
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)
