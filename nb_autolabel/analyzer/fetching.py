"""Waiting for what a file system of fsspec fetches: not for ever, and with a sign of life."""

from __future__ import annotations

import asyncio
import concurrent.futures
from time import monotonic
from typing import Any

from .reading_display import ReadingDisplay

#: Seconds between two looks at how far it is.
LOOK_EVERY = 0.2


def run(
    filesystem: Any,
    method: str,
    timeout: float | None,
    display: ReadingDisplay | None,
    *args: Any,
    **options: Any,
) -> Any:
    """Return what a method of a file system returns.

    Raises
    ------
    TimeoutError
        If it takes longer than `timeout` seconds; it is cancelled then.
    """
    if not getattr(filesystem, "async_impl", False):
        return getattr(filesystem, method)(*args, **options)
    coroutine = getattr(filesystem, f"_{method}")(*args, **options)
    return wait_for(filesystem.loop, coroutine, timeout, display)


def wait_for(loop: Any, coroutine: Any, timeout: float | None, display: ReadingDisplay | None) -> Any:
    """Return what a coroutine returns that runs in the loop of another thread; see :func:`run`."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    started = monotonic()
    try:
        while True:
            left = LOOK_EVERY if timeout is None else min(LOOK_EVERY, timeout - (monotonic() - started))
            done, _ = concurrent.futures.wait([future], max(0.0, left))
            if done:
                return future.result()
            if timeout is not None and monotonic() - started >= timeout:
                raise TimeoutError
            if display is not None:
                display.tick()
    finally:
        # Also where the one who waits was interrupted.
        future.cancel()
