"""Forking while another thread holds a lock."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack


def exit_code_of_fork(work: Callable[[], object], *held: AbstractContextManager[object]) -> int:
    """Return how a forked process ends that does some work while a thread of this one holds some locks."""
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in held:
                stack.enter_context(lock)
            holding.set()
            done.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(60)  # so that a process that waits for ever is an error
        work()
        os._exit(0)
    done.set()
    thread.join()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
