"""Short names of recordings: the parts of their paths that tell them apart."""

from __future__ import annotations

import re
from collections.abc import Sequence

_ENDINGS = re.compile(r"\.(zarr\.zip|zarr|zip|csv|tsv|txt|parquet|pqt)$", re.IGNORECASE)


def short_names(paths: Sequence[str]) -> list[str]:
    """Return a name for each path, each once: the shortest parts that tell the paths apart.

    Parameters
    ----------
    paths : sequence of str
        Different paths or addresses.

    Returns
    -------
    list of str
        Parts joined by "/", without the endings of file names; "study/m1/day1/analyzer.zarr" and
        "study/m2/day1/analyzer.zarr" are "m1" and "m2".
    """
    split = [_parts(path) for path in paths]
    if not split:
        return []
    if len(split) == 1:
        return [split[0][-1]]
    depth = min(map(len, split))
    same = 0
    while same < depth and len({parts[same] for parts in split}) == 1:
        same += 1
    rest = [parts[same:] for parts in split]
    if all(len(parts) == len(rest[0]) for parts in rest):
        varying = [at for at in range(len(rest[0])) if len({parts[at] for parts in rest}) > 1]
        names = ["/".join(parts[at] for at in _fewest(rest, varying)) for parts in rest]
    else:
        while min(map(len, rest)) > 1 and len({parts[-1] for parts in rest}) == 1:
            rest = [parts[:-1] for parts in rest]
        names = [_shortest(parts, rest) for parts in rest]
    if len(set(names)) == len(paths) and all(names):
        return names
    # Paths that differ by their endings alone, or one below another.
    return (
        list(paths) if len(set(paths)) == len(paths) else [f"{at}: {path}" for at, path in enumerate(paths)]
    )


def _parts(path: str) -> list[str]:
    parts = [part for part in re.split(r"[\\/]+", path) if part] or [path]
    return [*parts[:-1], _ENDINGS.sub("", parts[-1]) or parts[-1]]


def _fewest(rest: list[list[str]], varying: list[int]) -> list[int]:
    """Return the single part that tells all apart, the last such; else all that vary."""
    for at in reversed(varying):
        if len({parts[at] for parts in rest}) == len(rest):
            return [at]
    return varying


def _shortest(parts: list[str], others: list[list[str]]) -> str:
    """Return as many parts from the end as no other path has."""
    for many in range(1, len(parts) + 1):
        if sum(other[-many:] == parts[-many:] for other in others) == 1:
            return "/".join(parts[-many:])
    return "/".join(parts)
