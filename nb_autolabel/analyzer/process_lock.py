"""A lock between the threads of one process."""

from __future__ import annotations

import os
import threading
from typing import Any


class ProcessLock:
    """A reentrant lock that a forked process finds open, and that can be pickled.

    A thread of the parent process may hold the lock at the moment of the fork; it does not exist in the child
    and would never release it there. So each process gets a lock of its own.
    """

    def __init__(self) -> None:
        self._owner = (os.getpid(), threading.RLock())

    def __reduce__(self) -> tuple[type[ProcessLock], tuple[()]]:
        return ProcessLock, ()

    def current(self) -> threading.RLock:
        """Return the lock of this process."""
        if self._owner[0] != os.getpid():
            self._owner = (os.getpid(), threading.RLock())
        return self._owner[1]

    def __enter__(self) -> None:
        self.current().acquire()

    def __exit__(self, *exception: Any) -> None:
        self.current().release()
