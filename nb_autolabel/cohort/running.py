"""Reading many recordings: on threads or processes of this machine, or on the workers of a Dask cluster."""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any, Literal, get_args

from ..errors import MissingDependencyError, RuleError
from .cache import Cache
from .fingerprint import fingerprint_of
from .forked import can_fork, fingerprints_forked, read_forked
from .keeping import Keeper
from .reading import Problem, Reading, read_recording
from .together import Together

Scheduler = Literal["threads", "processes", "forks", "one"]
#: Seconds that a run takes before its progress is shown.
QUIET = 1.0
#: Seconds for which recordings are read one after the other, and seconds that the rest must take, before Dask is started.
ALONE, LEFT = 1.0, 3.0
#: Recordings that are with the workers of a cluster at a time, for each of their threads.
AHEAD = 4

Result = Reading | Problem


def read_all(
    paths: list[str],
    *,
    storage_options: dict[str, Any] | None = None,
    cache: Cache | None = None,
    client: Any = None,
    scheduler: Scheduler = "threads",
    progress: bool = True,
    templates: bool = True,
) -> tuple[list[Result], str]:
    """Read recordings, in any order; each that is kept and has not changed is taken from the cache.

    Parameters
    ----------
    paths : list of str
    storage_options : dict, optional
        For addresses.
    cache : Cache, optional
        Each reading is kept in it as soon as it is there, so that a run that was killed goes on where it stood.
    client : dask.distributed.Client, optional
        Default: the active one, if there is one.
    scheduler : {"threads", "processes", "forks", "one"}, default: "threads"
        Without a client: how Dask runs on this machine; "one" reads one recording after the other, without Dask.
        Processes need a script that guards its start by ``if __name__ == "__main__"``. "forks" reads by copies of this
        process without Dask, where that is safe (see :func:`can_fork`), and else on threads.
    progress : bool, default: True
        Show a bar on stderr if it takes longer than a second.
    templates : bool, default: True
        Whether templates are read.

    Returns
    -------
    results : list of Reading or Problem
        In the order of the paths.
    said : str
        Why readings could not be kept; empty if they were.

    Raises
    ------
    RuleError
        For an unknown scheduler.
    MissingDependencyError
        If Dask is needed and not installed.
    """
    if scheduler not in get_args(Scheduler):
        raise RuleError(
            f"scheduler={scheduler!r} is not known. Use 'threads', 'processes', 'forks' or 'one', or give a client."
        )
    results: dict[int, Result] = {}
    keeper = None if cache is None else _keeper(cache, paths, storage_options, scheduler, templates)
    if keeper is not None:
        kept = ((at, keeper.get(at)) for at in range(len(paths)))
        results = {at: found for at, found in kept if found is not None}
    todo = [at for at in range(len(paths)) if at not in results]
    if todo:

        def take(at: int, found: Result) -> None:
            results[at] = found
            if keeper is not None and isinstance(found, Reading):
                keeper.put(at, found)

        work = [(at, paths[at]) for at in todo]
        more = (storage_options, templates)
        client = _active() if client is None else client
        try:
            if client is not None:
                _on_cluster(work, more, client, take, progress)
            else:
                _here(work, more, scheduler, take, progress)
        except BaseException:
            if keeper is not None:
                keeper.flush()
            raise
    said = "" if keeper is None else keeper.finish()
    return [results[at] for at in range(len(paths))], said


def _keeper(
    cache: Cache,
    paths: list[str],
    storage_options: dict[str, Any] | None,
    scheduler: Scheduler,
    templates: bool,
) -> Keeper:
    """Look at the recordings and at what is kept of them; at the same time where copies of this process may be made."""
    if scheduler != "forks" or templates or not can_fork(list(enumerate(paths))):
        return Keeper(
            cache, paths, [fingerprint_of(path, storage_options, templates) for path in paths], templates
        )
    kept: list[Together] = []
    prints = fingerprints_forked(paths, templates, lambda: kept.append(Together(cache.folder)))
    return Keeper(cache, paths, prints, templates, kept[0])


def _here(
    work: list[tuple[int, str]],
    more: tuple[dict[str, Any] | None, bool],
    scheduler: Scheduler,
    take: Callable[[int, Result], None],
    progress: bool,
) -> None:
    if scheduler == "one" or len(work) == 1:
        # What is missing in single recordings stands in the table of the sessions.
        with warnings.catch_warnings(action="ignore"):
            for at, path in work:
                take(at, read_recording(path, *more))
        return
    if scheduler == "forks":
        if can_fork(work):
            with _late_bar(len(work), progress) as step:

                def seen(at: int, found: Result) -> None:
                    take(at, found)
                    step()

                read_forked(work, more, seen)
            return
        scheduler = "threads"
    _installed()
    work = _begun(work, more, take)
    if not work:
        return
    dask = _dask()
    from dask.diagnostics import ProgressBar

    shown = ProgressBar(minimum=QUIET, out=sys.stderr) if progress else nullcontext()
    if scheduler == "threads":
        # Each is kept by the thread that read it: what was read survives a run that is killed.
        def read(at: int, path: str) -> None:
            take(at, read_recording(path, *more))

        from dask.threaded import get

        # Given as a function: by its name, Dask looks for a cluster first, which loads all of dask.distributed.
        with warnings.catch_warnings(action="ignore"), shown:
            dask.compute([dask.delayed(read, pure=False)(at, path) for at, path in work], scheduler=get)
        return
    with warnings.catch_warnings(action="ignore"), shown:
        # A part at a time, so that what was read is kept before the next is begun.
        for first in range(0, len(work), 32):
            part = work[first : first + 32]
            lazy = [dask.delayed(read_recording, pure=False)(path, *more) for _, path in part]
            (found,) = dask.compute(lazy, scheduler="processes")
            for (at, _), each in zip(part, found, strict=True):
                take(at, each)


def _begun(
    work: list[tuple[int, str]],
    more: tuple[dict[str, Any] | None, bool],
    take: Callable[[int, Result], None],
) -> list[tuple[int, str]]:
    """Read one recording after the other for a short time; return those that are left.

    Loading and starting Dask takes longer than reading a few dozen recordings.
    """
    start = time.monotonic()
    with warnings.catch_warnings(action="ignore"):
        for number, (at, path) in enumerate(work):
            took = time.monotonic() - start
            if number and took > ALONE and took / number * (len(work) - number) > LEFT:
                return work[number:]
            take(at, read_recording(path, *more))
    return []


def _on_cluster(
    work: list[tuple[int, str]],
    more: tuple[dict[str, Any] | None, bool],
    client: Any,
    take: Callable[[int, Result], None],
    progress: bool,
) -> None:
    """Read on the workers of a cluster; a recording whose worker dies again and again is a problem of its own."""
    from dask.distributed import as_completed

    todo = iter(work)
    places: dict[Any, int] = {}
    threads = sum(client.nthreads().values()) or 1

    def submit() -> list[Any]:
        at, path = next(todo, (-1, ""))
        if at < 0:
            return []
        future = client.submit(
            read_recording, path, *more, pure=False, key=f"nb_autolabel-read-{id(take)}-{at}"
        )
        places[future.key] = at
        return [future]

    waiting = as_completed([future for _ in range(AHEAD * threads) for future in submit()])
    with _bar(len(work), progress) as step:
        for future in waiting:
            try:
                found = future.result()
            except Exception as error:  # a worker that died under it, or a machine without this package
                found = Problem.of(error)
            take(places.pop(future.key), found)
            step()
            for added in submit():
                waiting.add(added)


@contextmanager
def _bar(total: int, shown: bool, done: int = 0) -> Iterator[Callable[[], Any]]:
    from tqdm import tqdm

    delay = 0.0 if done else QUIET
    with tqdm(
        total=total, desc="recordings", initial=done, file=sys.stderr, delay=delay, disable=not shown
    ) as bar:
        yield bar.update


@contextmanager
def _late_bar(total: int, shown: bool) -> Iterator[Callable[[], Any]]:
    """Give what is called after each recording; a bar is loaded and shown only if it takes longer than a second."""
    start, lock, done = time.monotonic(), threading.Lock(), 0
    with ExitStack() as open_bar:
        bar: list[Callable[[], Any]] = []

        def step() -> None:
            nonlocal done
            with lock:
                done += 1
                if bar:
                    bar[0]()
                elif shown and time.monotonic() - start > QUIET:
                    bar.append(open_bar.enter_context(_bar(total, shown, done)))

        yield step


def _active() -> Any:
    """Return the client that is active, if Dask's distributed scheduler is in use at all."""
    if "distributed" not in sys.modules:
        return None
    from dask.distributed import get_client

    try:
        return get_client()
    except ValueError:
        return None


def client_at(address: str) -> Any:
    """Connect to the scheduler at an address.

    Raises
    ------
    MissingDependencyError
        If Dask is not installed.
    RuleError
        If nothing answers there.
    """
    _dask()
    from dask.distributed import Client

    try:
        return Client(address, timeout=10)
    except (OSError, ValueError, TypeError) as error:
        raise RuleError(
            f"no Dask scheduler answers at {address!r}: {error}. Give its address, as tcp://host:8786."
        ) from error


_WITHOUT = (
    "reading many recordings together needs Dask: pip install 'nb_autolabel[cohort]'. Without it, scheduler='one' "
    "reads one after the other."
)


def _installed() -> None:
    """Refuse to begin without Dask, without loading it."""
    try:
        there = importlib.util.find_spec("dask") is not None
    except ValueError:
        there = False
    if not there:
        raise MissingDependencyError(_WITHOUT)


def _dask() -> Any:
    try:
        import dask
    except ImportError as error:
        raise MissingDependencyError(_WITHOUT) from error
    return dask
