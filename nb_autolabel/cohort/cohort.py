"""Many recordings as one: opened together, labeled by one set of limits, compared with one another."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..analyzer.table_source import TableSource, as_frame
from ..errors import NoMetricsError, UnknownUnitError, listing, suggestion
from ..rules.explanation import Explanation
from ..rules.sensitivity import Sensitivity
from ..rules.trace import Trace
from ..session.live_labels import LiveLabels
from ..session.live_methods import LiveBombcell
from ..unit_ids import UnitIndex
from .cache import Cache
from .places import Place, places_of
from .reading import Problem, Reading, reading_of
from .running import Result, Scheduler, read_all
from .sessions import sessions_table
from .source import CohortSource

if TYPE_CHECKING:
    import pandas as pd

#: Folder of what was read, beside the recordings.
CACHE = ".nb_autolabel_cohort"


class Cohort:
    """Many recordings, labeled together: ``nbl.BombcellLabeler(cohort)`` shows the units of all.

    Of each recording its metrics, the settings they were computed with, and the templates of the main channels are read;
    spikes and waveforms stay closed. A recording that cannot be read is a row of :attr:`problems`, and the others go on.

    Parameters
    ----------
    source : str, path, list of them, or pandas.DataFrame
        A folder or an address in which analyzers and folders of Kilosort or phy are searched, a pattern
        ("study/**", "study/mouse*/day?/*.zarr"; tables where it ends in ".csv" or ".parquet"), a list of paths or
        analyzers, a table with a column ``path`` and any columns that describe recordings (mouse, day, probe, region), or
        one table of metrics with a column that names the recording of each unit. Tables may be files.
    recording : str or list of str, optional
        Column, or columns together, that name the recording in a table of metrics; default: the usual names.
    storage_options : dict, optional
        For addresses, as for :func:`nb_autolabel.load`.
    cache : path, None or False, default: None
        Folder that keeps what was read, so that opening again reads only what changed. None: ``.nb_autolabel_cohort``
        beside the recordings (of addresses: in the user's cache folder). False keeps nothing. It can be deleted at any
        time.
    client : dask.distributed.Client, optional
        Reads on a cluster. Default: the active client, if there is one, else this machine.
    scheduler : {"threads", "processes", "one"}, default: "threads"
        How Dask reads on this machine; "one" needs no Dask.
    progress : bool, default: True
        Show a bar on stderr if reading takes more than a second.

    Attributes
    ----------
    names : list of str
        Recordings that could be read: the shortest parts of their paths that tell them apart.
    places : list of Place
        All recordings that were found, also those that could not be read.
    readings : list of Reading
        In the order of `names`.
    about : pandas.DataFrame
        Columns that describe the recordings; index: all recordings found.

    Raises
    ------
    AnalyzerNotFoundError
        If no recording is found.
    SelectionError
        If a table does not say which row is of which recording.
    UnknownFormatError
        If the source is nothing of these.
    MissingDependencyError
        If Dask is not installed.

    Examples
    --------
    >>> cohort = Cohort("study/**")
    >>> cohort.sessions[["units", "noise_share", "stands_out"]]
    >>> labeler = BombcellLabeler(cohort)
    """

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
    ) -> None:
        import pandas as pd

        self.places = places_of(source, recording, storage_options)
        self._options = storage_options
        results = _read(self.places, storage_options, cache, client, scheduler, progress)
        pairs = list(zip(self.places, results, strict=True))
        self._problems = {place.name: each.text for place, each in pairs if isinstance(each, Problem)}
        self._by_name = {place.name: place for place in self.places}
        self.names = [place.name for place, each in pairs if isinstance(each, Reading)]
        self.readings = [each for each in results if isinstance(each, Reading)]
        index = pd.Index([place.name for place in self.places], name="recording", dtype=object)
        self.about = pd.DataFrame([dict(place.about) for place in self.places], index=index)

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
        return CohortSource(self.names, self.readings, self.about.loc[self.names])

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
        index = UnitIndex(self.readings[at].metrics.index, f"recording {recording}")
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
        from ..analyzer.address import without_secrets

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

    # ------------------------------------------------------------------ labels

    @cached_property
    def live(self) -> LiveLabels:
        """The method that :attr:`labels`, :attr:`sessions` and the others use: Bombcell's defaults.

        Another one, with its own limits, can be assigned: ``cohort.live = LiveThresholds(cohort, {...})``.
        """
        return LiveBombcell(self.analyzer, journal=None)

    @property
    def trace(self) -> Trace:
        """The decision on every unit of every recording."""
        return self.live.trace

    @property
    def labels(self) -> pd.DataFrame:
        """Labels of all units: index "recording/unit"; columns recording, unit, label."""
        import pandas as pd

        names = np.array(self.names, dtype=object)[self.recording_of]
        columns = {"recording": names, "unit": pd.Series(self.source.units, dtype=object).to_numpy()}
        return pd.DataFrame(columns, index=self.trace.table.unit_ids).assign(label=self.trace.labels)

    @property
    def sessions(self) -> pd.DataFrame:
        """One row a recording, by :attr:`live`; see :meth:`sessions_for`."""
        return self.sessions_for(self.live)

    def sessions_for(self, labels: Any) -> pd.DataFrame:
        """Return one row a recording: its labels, what decides them, how it was computed, and whether it stands out.

        Parameters
        ----------
        labels : LiveLabels, labeler, Trace, or labels by unit id
            Of this cohort. Of labels that no method gave (a curator's), also one a unit in the order of the cohort.

        Returns
        -------
        pandas.DataFrame
            Index: recording, also those that could not be read. First the columns that describe recordings, then

            - ``units``;
            - for each label its number, and ``<label>_share``, ``<label>_low``, ``<label>_high``: its share with the 95 %
              interval of Wilson;
            - ``decides``: the criteria that are reasons for most labels, with the units;
            - ``metrics_missing``: metrics of criteria that the recording does not have (nor has any of its units);
            - ``other_settings``: settings of metrics that differ from most recordings, with both values;
            - ``version``, ``other_version``: of SpikeInterface, and the same where most have another;
            - ``stands_out``: in which ways the recording differs from the others, "" if in none; see
              :func:`nb_autolabel.cohort.deviations.deviations`;
            - ``problem``: why it could not be read.

        Raises
        ------
        LabelsError
            If the labels are not of these units.
        """
        return sessions_table(self, labels)

    def explain(self, recording: str, unit: Any) -> Explanation:
        """Say why a unit has its label, and the smallest change that would give it each other one.

        Raises
        ------
        UnknownUnitError
        """
        return self.live.explain(self.unit_id(recording, unit))

    def sensitivity(self, target: str | None = None) -> Sensitivity:
        """Count the labels of all units as every single limit moves; see :meth:`LiveLabels.sensitivity`."""
        return self.live.sensitivity(target)

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __repr__(self) -> str:
        units = sum(map(len, self.readings))
        broken = f", {len(self._problems)} could not be read" if self._problems else ""
        return f"Cohort: {len(self.names)} recordings{broken} - {units} units"


def _read(
    places: list[Place],
    options: dict[str, Any] | None,
    cache: Any,
    client: Any,
    scheduler: Scheduler,
    progress: bool,
) -> list[Result]:
    """Read all places; what lies on a disk or at an address by Dask, what is in memory here."""
    paths = [place.path for place in places if place.path and not place.problem]
    kept = _cache(cache, paths)
    read, said = read_all(
        paths, storage_options=options, cache=kept, client=client, scheduler=scheduler, progress=progress
    )
    if said and kept is not None:
        hint = (
            ""
            if isinstance(cache, str | os.PathLike)
            else " Choose another folder: cache='...', or cache=False."
        )
        warnings.warn(f"what was read is not kept in {kept.folder}: {said}{hint}", UserWarning, stacklevel=4)
    results = iter(read)
    found: list[Result] = []
    for place in places:
        if place.problem:
            found.append(Problem(place.problem))
        else:
            found.append(next(results) if place.path else _in_memory(place.given))
    return found


def _in_memory(given: Any) -> Result:
    try:
        frame = as_frame(given)
        return reading_of(load(given) if frame is None else Analyzer(TableSource(frame)))
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
