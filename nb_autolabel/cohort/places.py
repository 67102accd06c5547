"""Which recordings there are: found below folders, listed as paths, or as rows of one table."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analyzer.address import address_of, without_secrets
from ..analyzer.analyzer import Analyzer
from ..analyzer.finding import places_below
from ..analyzer.live import is_live
from ..analyzer.local_file import absolute, refuse_empty
from ..analyzer.table_file import table_at
from ..analyzer.table_source import as_frame
from ..errors import AnalyzerNotFoundError, Argument, AutolabelError, SelectionError, UnknownFormatError
from .names import short_names
from .tables import by_path, by_recording, recording_column

if TYPE_CHECKING:
    import pandas as pd

#: What makes a path a pattern.
_PATTERN = re.compile(r"[*?\[]")
#: Endings of tables; they are searched for only where a pattern ends so, since other tools' folders are full of tables.
_TABLES = (".csv", ".tsv", ".parquet", ".pqt")


@dataclass(frozen=True, eq=False)
class Place:
    """One recording before it is read.

    Attributes
    ----------
    path : str
        What is opened; "" for what is in memory.
    given : object
        What is in memory: a table of metrics, an analyzer.
    problem : str
        Why it cannot be opened, where that is known already.
    about : dict of str to object
        What a table says of the recording: mouse, day, probe, region.
    name : str
        Short and different from the others'.
    """

    path: str
    given: Any = None
    problem: str = ""
    about: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""


def places_of(
    source: Any, recording: Any = None, storage_options: dict[str, Any] | None = None
) -> list[Place]:
    """Return the recordings that a source names, each with a name of its own.

    Parameters
    ----------
    source : str, path, DataFrame, or list of them
        As for :class:`nb_autolabel.Cohort`.
    recording : str or list of str, optional
        Column of a table that names the recording.
    storage_options : dict, optional
        For addresses.

    Raises
    ------
    AnalyzerNotFoundError
        If nothing is found.
    SelectionError
        If a table does not say which row is of which recording, or names one twice; if `recording` is given and the
        source is not one table.
    UnknownFormatError
        If the source is nothing of these.
    """
    from dataclasses import replace

    if recording is not None and not is_one_table(source):
        raise SelectionError(
            Argument("recording", recording),
            f" is the column that names the recording of each unit in one table of metrics; {_shown(source)} is not one "
            "table. Leave it out.",
        )
    found = _once(list(_all(source, recording, storage_options)))
    if not found:
        raise AnalyzerNotFoundError(
            f"neither an analyzer nor a folder of Kilosort or phy was found in {_shown(source)}. Give a folder that holds "
            "some, a pattern such as 'study/**', a list of paths, or a table with a column 'path'. Links to folders are "
            "followed where a list or a pattern without ** names them."
        )
    unnamed = [at for at, place in enumerate(found) if not place.name]
    paths = [found[at].path or f"recording {at + 1}" for at in unnamed]
    for at, name in zip(unnamed, short_names(paths), strict=True):
        found[at] = replace(found[at], name=name)
    names = [place.name for place in found]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice:
        raise SelectionError(f"recordings have the same name: {', '.join(twice[:5])}. Name each differently.")
    return found


def _all(source: Any, recording: Any, options: dict[str, Any] | None) -> Iterator[Place]:
    frame = as_frame(source)
    if frame is not None:
        yield from _of_table(frame, recording, None)
    elif isinstance(source, str | os.PathLike):
        refuse_empty(os.fsdecode(source))
        yield from _of_text(os.fsdecode(source), recording, options, alone=True)
    elif isinstance(source, Analyzer) or is_live(source):
        yield _in_memory(source)
    elif isinstance(source, Iterable) and not isinstance(source, bytes | Mapping):
        for each in source:
            if isinstance(each, str | os.PathLike):
                refuse_empty(os.fsdecode(each))
                yield from _of_text(os.fsdecode(each), None, options, alone=False)
            elif isinstance(each, Analyzer) or is_live(each) or as_frame(each) is not None:
                yield _in_memory(each)
            else:
                raise UnknownFormatError(
                    f"a list of recordings holds paths, addresses or analyzers, not {type(each).__name__} {each!r:.80}."
                )
    else:
        raise UnknownFormatError(
            f"cannot find recordings in {type(source).__name__}. Give a pattern such as 'study/**', a list of paths, or a "
            "table with a column 'path' or with a column that names the recording."
        )


def is_one_table(source: Any) -> bool:
    """Whether a source is a table, or the path of one; so is what is not there, which is refused by its own error."""
    if as_frame(source) is not None:
        return True
    if not isinstance(source, str | os.PathLike):
        return False
    text = os.fsdecode(source)
    if is_pattern(text) or address_of(text) is not None:
        return False
    path = Path(_plain(text))
    return not os.path.lexists(path) or (path.is_file() and table_at(path) is not None)


def _in_memory(given: Any) -> Place:
    return Place("", given)


def _of_table(frame: pd.DataFrame, recording: Any, folder: Path | None) -> Iterator[Place]:
    """Yield the recordings of a table: of paths, or of the metrics of several recordings."""
    listed = None if recording is not None else by_path(frame)
    if listed is not None:
        for path, name, about in listed:
            local = address_of(path) is None and folder is not None and not Path(path).is_absolute()
            yield Place(str(folder / path) if local and folder else _plain(path), about=about, name=name)
        return
    for name, part, about in by_recording(frame, recording):
        yield Place("", part, about=about, name=name)


def _of_text(text: str, recording: Any, options: dict[str, Any] | None, *, alone: bool) -> Iterator[Place]:
    """Yield the recordings at a path, an address or a pattern."""
    if is_pattern(text):
        yield from _of_pattern(text, options)
        return
    if address_of(text) is not None:
        yield from _at_address(text, options, alone=alone)
        return
    path = Path(_plain(text))
    table = table_at(path)
    if table is not None and path.is_file():
        frame = _read(table) if alone else None
        if frame is not None and (recording is not None or by_path(frame) or recording_column(frame)):
            yield from _of_table(frame, recording, table.parent)
            return
        yield Place(str(path))
        return
    if not path.is_dir():
        if alone and not path.exists():
            raise AnalyzerNotFoundError(f"there is nothing at {path}.")
        yield Place(str(path))
        return
    below = [] if table is not None else list(_found(str(path), options))
    yield from below or ([] if alone and table is None else [Place(str(path))])


def is_pattern(text: str) -> bool:
    """Whether a path or an address stands for several: it has a star, or on this machine ? or [ and is no name itself."""
    if address_of(text) is not None:
        return "*" in text.partition("?")[0]
    return _PATTERN.search(text) is not None and not os.path.lexists(text)


def _read(table: Path) -> pd.DataFrame | None:
    """Return a table of recordings, or of units of several; None where it cannot be read as such."""
    from ..analyzer.table_file import frame_at

    try:
        return frame_at(table)
    except AutolabelError:
        return None


def _at_address(text: str, options: dict[str, Any] | None, *, alone: bool) -> Iterator[Place]:
    if alone:
        try:
            below = list(_found(text, options))
        except UnknownFormatError:
            below = []  # it lists nothing; it may be an analyzer all the same
        if below:
            yield from below
            return
    yield Place(text)


def _of_pattern(text: str, options: dict[str, Any] | None) -> Iterator[Place]:
    """Yield what is found and matches a pattern itself, or lies below a folder that does."""
    local = address_of(text) is None
    whole = _plain(text) if local else text
    parts = whole.split("/")
    marks = _PATTERN if local else re.compile(r"\*")
    first = next(at for at, part in enumerate(parts) if marks.search(part))
    base, pattern = "/".join(parts[:first]) or "/", parts[first:]
    if local and not Path(base).is_dir():
        raise AnalyzerNotFoundError(f"there is no folder {base}, where '{text}' begins.")
    there: list[Place] = []
    for place in _found(base, options):
        below = place.path[len(base) :].strip("/").split("/")
        if any(_matches(below[:many], pattern) for many in range(len(below) + 1)):
            there.append(place)
    if local and "**" not in pattern:
        there += _through_links(Path(base), "/".join(pattern), {place.path for place in there}, options)
        there.sort(key=lambda place: place.path.split("/"))
    yield from there
    if local and pattern[-1].lower().endswith(_TABLES):
        for file in sorted(Path(base).glob("/".join(pattern))):
            if file.is_file() and not any(part.startswith(".") for part in file.relative_to(base).parts):
                yield Place(str(file))


def _through_links(
    base: Path, pattern: str, seen: set[str], options: dict[str, Any] | None
) -> Iterator[Place]:
    """Yield what lies behind links that a pattern names, as a shell would; not what was found beside them already."""
    known = {os.path.realpath(path) for path in seen}
    top = os.path.realpath(base)
    for named in sorted(base.glob(pattern)):
        inside = named.relative_to(base)
        real = os.path.realpath(named)
        hidden = any(part.startswith(".") for part in inside.parts)
        if hidden or real == str(Path(top, inside)) or table_at(named) is not None:
            continue
        if not named.exists():
            yield Place(str(named))  # a link to a disk that is away: a row that says so
            continue
        try:
            below = list(_found(str(named), options))
        except UnknownFormatError:
            continue  # a file of another kind
        for place in below:
            if os.path.realpath(place.path) not in known:
                known.add(os.path.realpath(place.path))
                yield place


def _found(base: str, options: dict[str, Any] | None) -> Iterator[Place]:
    for path, problem in places_below(base, options):
        yield Place(path, problem=problem)


def _matches(parts: list[str], pattern: list[str]) -> bool:
    """Whether the parts of a path match a pattern; "**" stands for any number of parts."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return any(_matches(parts[many:], pattern[1:]) for many in range(len(parts) + 1))
    return bool(parts) and fnmatch.fnmatchcase(parts[0], pattern[0]) and _matches(parts[1:], pattern[1:])


def _plain(text: str) -> str:
    """Return a path on this machine as a whole one; an address as it is."""
    if address_of(text) is not None:
        return text
    plain = re.sub(r"^\s*file://(localhost(?=/))?", "", text, flags=re.IGNORECASE)
    try:
        return str(absolute(Path(plain).expanduser()))
    except (OSError, RuntimeError, ValueError):
        return plain


def _once(places: list[Place]) -> list[Place]:
    """Leave out what was found twice; what is described differently is refused.

    Raises
    ------
    SelectionError
    """
    kept: dict[Any, Place] = {}
    for at, place in enumerate(places):
        known = kept.setdefault(place.path or at, place)
        if known is not place and dict(known.about) != dict(place.about):
            raise SelectionError(
                f"{without_secrets(place.path)} stands in the table twice, with other descriptions."
            )
    return list(kept.values())


def _shown(source: Any) -> str:
    if isinstance(source, str | os.PathLike):
        return repr(without_secrets(os.fsdecode(source)))
    return f"this {type(source).__name__}"
