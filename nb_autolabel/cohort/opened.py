"""The recordings of a cohort: found, read, and put together as one analyzer."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..analyzer.address import without_secrets
from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..analyzer.table_source import TableSource, as_frame
from ..errors import NoMetricsError, UnknownUnitError, listing, suggestion
from ..unit_ids import UnitIndex
from .cache import Cache
from .places import Place, places_of
from .reading import Problem, Reading, reading_of
from .running import Result, Scheduler, read_all
from .sessions import sessions_table
from .source import CohortSource

if TYPE_CHECKING:
    import pandas as pd

    from .hand import RecordingJournals

#: Folder of what was read, beside the recordings.
CACHE = ".nb_autolabel_cohort"
#: Recordings that were opened last for one of their units stay open.
_KEPT_OPEN = 8


class OpenedCohort:
    """The part of a :class:`Cohort` that opens the recordings; see there for the parameters."""

    #: :func:`nb_autolabel.load` takes it, and returns :attr:`analyzer`.
    stands_for_analyzer: ClassVar[bool] = True

    def __init__(
        self,
        source: Any,
        *,
        recording: str | list[str] | None = None,
        storage_options: dict[str, Any] | None = None,
        cache: str | os.PathLike[str] | Literal[False] | None = None,
        client: Any = None,
        scheduler: Scheduler = "threads",
        progress: bool = True,
        templates: bool = True,
    ) -> None:
        self.places = places_of(source, recording, storage_options)
        self._options = storage_options
        self._code = _code(source, recording, storage_options)
        results = _read(self.places, storage_options, cache, client, scheduler, progress, templates)
        pairs = list(zip(self.places, results, strict=True))
        self._problems = {place.name: each.text for place, each in pairs if isinstance(each, Problem)}
        self._by_name = {place.name: place for place in self.places}
        self.names = [place.name for place, each in pairs if isinstance(each, Reading)]
        self.readings = [each for each in results if isinstance(each, Reading)]

    @cached_property
    def about(self) -> pd.DataFrame:
        """Columns that describe the recordings; index: all recordings found."""
        import pandas as pd

        index = pd.Index([place.name for place in self.places], name="recording", dtype=object)
        return pd.DataFrame([dict(place.about) for place in self.places], index=index)

    @property
    def problem_texts(self) -> dict[str, str]:
        """Why recordings could not be read, by name."""
        return dict(self._problems)

    @property
    def problems(self) -> pd.DataFrame:
        """Recordings that could not be read: index recording; columns path, problem."""
        import pandas as pd

        rows = {name: (self.path(name), why) for name, why in self._problems.items()}
        index = pd.Index(list(rows), name="recording", dtype=object)
        return pd.DataFrame(list(rows.values()), index=index, columns=["path", "problem"], dtype=object)

    # ------------------------------------------------------------------ all units as one analyzer

    @cached_property
    def source(self) -> CohortSource:
        """What :attr:`analyzer` reads from.

        Raises
        ------
        NoMetricsError
            If no recording could be read.
        """
        if not self.readings:
            said = listing((f"{name}: {why}" for name, why in self._problems.items()), 3)
            raise NoMetricsError(f"none of {len(self.places)} recordings could be read. {said}")
        described = any(place.about for place in self.places)
        source = CohortSource(self.names, self.readings, self.about.loc[self.names] if described else None)
        source.keeper = lambda: self.hand
        source.opener = lru_cache(maxsize=_KEPT_OPEN)(self.open)
        source.tabulate = lambda labels: sessions_table(self, labels)
        source.code = self._code
        return source

    @cached_property
    def hand(self) -> RecordingJournals:
        """Labels by hand of all recordings, kept in the journal of each."""
        from .hand import RecordingJournals

        return RecordingJournals(self)

    @cached_property
    def analyzer(self) -> Analyzer:
        """The units of all recordings as one analyzer, called "recording/unit"; metrics and templates, no spikes."""
        return Analyzer(self.source)

    @property
    def recording_of(self) -> npt.NDArray[np.int32]:
        """Position in :attr:`names` of the recording of each unit, shape (n_units,)."""
        return self.source.recording_of

    def rows(self, recording: str) -> npt.NDArray[np.intp]:
        """Return the positions of the units of a recording among all.

        Raises
        ------
        UnknownUnitError
            If there is no such recording, or it could not be read.
        """
        return np.flatnonzero(self.recording_of == self._at(recording))

    def unit_id(self, recording: str, unit: Any) -> str:
        """Return what a unit of a recording is called among all.

        Raises
        ------
        UnknownUnitError
        """
        at = self._at(recording)
        index = UnitIndex(self.readings[at].units, f"recording {recording}")
        place = index.get(unit)
        if place is None:
            raise UnknownUnitError(
                f"there is no unit {unit!r} in recording {recording}.{index.suggestion(unit)}"
            )
        return str(self.analyzer.unit_ids[self.rows(recording)[place]])

    def _at(self, recording: str) -> int:
        if recording not in self.names:
            why = self._problems.get(recording)
            known = f" {self.names and listing(self.names, 12)}"
            raise UnknownUnitError(
                f"recording {recording} could not be read: {why}"
                if why
                else f"there is no recording {recording!r}.{suggestion(recording, self.names)} There are:{known}."
            )
        return self.names.index(recording)

    def path(self, recording: str) -> str:
        """Return where a recording lies; "" for one in memory."""
        return without_secrets(self._by_name[recording].path)

    def open(self, recording: str) -> Analyzer:
        """Open a recording itself, with everything that it has.

        Raises
        ------
        UnknownUnitError
            If there is no such recording.
        AutolabelError
            As :func:`nb_autolabel.load`.
        """
        if recording not in self._by_name:
            self._at(recording)
        place = self._by_name[recording]
        return load(place.given if place.given is not None else place.path, storage_options=self._options)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __repr__(self) -> str:
        units = sum(map(len, self.readings))
        broken = f", {len(self._problems)} could not be read" if self._problems else ""
        return f"Cohort: {len(self.names)} recordings{broken} - {units} units"


def _code(source: Any, recording: Any, options: Any) -> str:
    """Return code that opens a cohort again; "" where it is in memory, or an address needs what is not written down."""
    paths = [source] if isinstance(source, str | os.PathLike) else source
    if not isinstance(paths, list | tuple) or not all(isinstance(each, str | os.PathLike) for each in paths):
        return ""
    texts = [os.fsdecode(each) for each in paths]
    if options or any(without_secrets(text) != text for text in texts):
        return ""
    named = "" if recording is None else f", recording={recording!r}"
    return f"nbl.Cohort({(texts if paths is source else texts[0])!r}{named})"


def _read(
    places: list[Place],
    options: dict[str, Any] | None,
    cache: Any,
    client: Any,
    scheduler: Scheduler,
    progress: bool,
    templates: bool,
) -> list[Result]:
    """Read all places; what lies on a disk or at an address by Dask, what is in memory here."""
    paths = [place.path for place in places if place.path and not place.problem]
    kept = _cache(cache, paths)
    read, said = read_all(
        paths,
        storage_options=options,
        cache=kept,
        client=client,
        scheduler=scheduler,
        progress=progress,
        templates=templates,
    )
    if said and kept is not None:
        hint = "" if isinstance(cache, str | os.PathLike) else " Another folder can be given as cache."
        warnings.warn(f"what was read is not kept in {kept.folder}: {said}{hint}", UserWarning, stacklevel=4)
    results = iter(read)
    found: list[Result] = []
    for place in places:
        if place.problem:
            found.append(Problem(place.problem))
        else:
            found.append(next(results) if place.path else _in_memory(place.given, templates))
    return found


def _in_memory(given: Any, templates: bool) -> Result:
    try:
        frame = as_frame(given)
        return reading_of(load(given) if frame is None else Analyzer(TableSource(frame)), templates)
    except Exception as error:  # as for recordings on a disk
        return Problem.of(error)


def _cache(cache: Any, paths: list[str]) -> Cache | None:
    """Return where readings are kept: as said, or beside the recordings."""
    if cache is False or not paths:
        return None
    if cache is not None:
        return Cache(Path(os.fsdecode(cache)).expanduser().absolute())
    import importlib.util

    if importlib.util.find_spec("pyarrow") is None:
        return None
    local = [path for path in paths if "://" not in path]
    folder = (
        Path(os.path.commonpath([str(Path(path).parent) for path in local]))
        if len(local) == len(paths)
        else None
    )
    if folder is None or folder == Path(folder.anchor) or folder == Path(tempfile.gettempdir()):
        folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nb_autolabel"
    return Cache(folder / CACHE)
