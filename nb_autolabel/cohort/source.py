"""Many recordings as what one analyzer reads from: units of all, their metrics, and the templates of their main channels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from ..analyzer.entry import Entry, StoredExtension
from ..analyzer.header import Header
from ..analyzer.source import Source
from ..errors import MissingDataError, MissingExtensionError
from ..metrics.settings import STORED, Settings
from .reading import Columns, Reading

if TYPE_CHECKING:
    import pandas as pd

    from ..analyzer.analyzer import Analyzer

#: Times of samples that differ by less than this part of a sample are the same.
_SAME = 0.01


class CohortSource(Source):
    """The units of several recordings, called "recording/unit".

    A metric that is missing in a recording is NaN there, and :attr:`absent_metrics` says so: criteria on it are left
    out for these units, as they are where the recording is labeled alone.

    Parameters
    ----------
    names : sequence of str
        Of the recordings, each once.
    readings : sequence of Reading
    about : pandas.DataFrame, optional
        One row a recording: what else is known of it.

    Attributes
    ----------
    recording_of : ndarray of int32, shape (n_units,)
        Position of each unit's recording.
    units : list
        Unit ids as the recordings have them.
    left_out : dict of str to str
        Recordings without templates here, and why.
    """

    format = "cohort"
    location = None

    def __init__(
        self, names: Sequence[str], readings: Sequence[Reading], about: pd.DataFrame | None = None
    ) -> None:
        self.names = list(names)
        self.readings = list(readings)
        self.about = about
        self.only_metrics = f"this is a cohort of {len(self.names)} recordings"
        sizes = [len(reading) for reading in self.readings]
        self.recording_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        self.recordings = (self.names, self.recording_of)
        self.units: list[Any] = [unit for reading in self.readings for unit in reading.units]
        texts: list[str] = []
        for name, reading in zip(self.names, self.readings, strict=True):
            before = f"{name}/"
            texts += [before + unit for unit in map(str, reading.units)]
        self._unit_ids = np.array(texts) if texts else np.zeros(0, dtype="<U1")
        self.renamed = tuple(dict.fromkeys(each for reading in self.readings for each in reading.renamed))
        voltages = {reading.voltage for reading in self.readings}
        self._arbitrary = voltages == {"a.u."}
        self._joined = self._join()
        self.left_out: dict[str, str] = {}
        self._templates, self._times = self._aligned()

    # ------------------------------------------------------------------ metrics

    def _join(self) -> dict[str, npt.NDArray[Any]]:
        """Return the metrics of all, by name; note where a recording has none of that name."""
        self.absent_metrics: dict[str, npt.NDArray[np.bool_]] = {}
        alike = self._alike()
        if alike:
            return {name: np.concatenate([columns[name] for columns in alike]) for name in alike[0]}
        tables = [reading.table for reading in self.readings]
        if self._arbitrary:
            for table in tables:
                table.arbitrary = ""
        columns = list(dict.fromkeys(name for table in tables for name in table.names))
        stored: dict[str, npt.NDArray[Any]] = {}
        absent: dict[str, npt.NDArray[np.bool_]] = {}
        for name in columns:
            # Found also under the name of another version; in arbitrary units among µV it cannot be judged.
            there = [table.find(name) is not None for table in tables]
            parts = [
                table.values(name) if found else np.full(len(table), np.nan)
                for table, found in zip(tables, there, strict=True)
            ]
            stored[name] = np.concatenate(parts) if parts else np.zeros(0)
            if not all(there):
                nowhere = np.repeat(~np.array(there), [len(table) for table in tables])
                if nowhere.any():
                    absent[name] = nowhere
        self.absent_metrics = absent
        return stored

    def _alike(self) -> list[dict[str, npt.NDArray[Any]]]:
        """Return the metrics of each recording where all have the same ones in the same unit; else an empty list."""
        columns = [r.held.values for r in self.readings if isinstance(r.held, Columns)]
        units = {r.voltage for r in self.readings}
        if len(columns) < len(self.readings) or len(units) > 1:
            return []
        names = list(columns[0]) if columns else []
        same = all(list(each) == names for each in columns)
        plain = all(v.dtype.kind in "iu" or v.dtype == np.float64 for each in columns for v in each.values())
        return columns if same and plain else []

    @cached_property
    def _frame(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame(self._joined, index=pd.Index(self._unit_ids), copy=False)

    def metrics_held(self) -> tuple[npt.NDArray[Any], dict[str, npt.NDArray[Any]]]:
        """Return the unit ids, and the metrics of all as arrays."""
        return self._unit_ids, self._joined

    @cached_property
    def settings(self) -> Settings:
        """Settings of each metric that most recordings were computed with."""
        return usual_settings([reading.settings for reading in self.readings])

    # ------------------------------------------------------------------ templates

    def _aligned(self) -> tuple[npt.NDArray[np.float32] | None, npt.NDArray[np.float64] | None]:
        """Return the templates of all on the time axis that most have, NaN where a recording has none that fits."""
        axes = [reading.times_ms for reading in self.readings if reading.templates is not None]
        known = [tuple(np.round(axis, 5)) for axis in axes if axis is not None]
        if not known:
            return None, None
        usual = Counter(known).most_common(1)[0][0]
        times = next(axis for axis in axes if axis is not None and tuple(np.round(axis, 5)) == usual)
        made = np.full((len(self.units), len(times)), np.nan, dtype=np.float32)
        start = 0
        for name, reading in zip(self.names, self.readings, strict=True):
            stop = start + len(reading)
            why = self._unfit(reading, times)
            if why:
                self.left_out[name] = why
            elif reading.templates is not None and reading.times_ms is not None:
                made[start:stop] = _resampled(reading.templates, reading.times_ms, times)
            start = stop
        return made, times

    def _unfit(self, reading: Reading, times: npt.NDArray[np.float64]) -> str:
        if reading.templates is None or reading.times_ms is None:
            return "; ".join(reading.notes) or "it has no templates"
        if reading.voltage == "a.u." and not self._arbitrary:
            return "its templates are in arbitrary units, those of others in µV"
        have = reading.times_ms
        step = float(np.diff(have).mean()) if len(have) > 1 else 0.0
        slack = (1 + _SAME) * step
        if have[0] > times[0] + slack or have[-1] < times[-1] - slack:
            return (
                f"its templates last from {have[0]:.2f} to {have[-1]:.2f} ms, shorter than those of most, "
                f"{times[0]:.2f} to {times[-1]:.2f} ms"
            )
        return ""

    # ------------------------------------------------------------------ as a source

    @cached_property
    def header(self) -> Header:
        """The unit ids, and one channel that stands for the main channel of each unit."""
        versions = Counter(r.version for r in self.readings if r.version)
        reasons = [r.voltage_reason for r in self.readings]
        return Header(
            unit_ids=self._unit_ids,
            channel_ids=np.array([] if self._templates is None else ["main"], dtype="<U4"),
            sampling_frequency=self._rate,
            num_segments=0,
            version=next(iter(versions)) if len(versions) == 1 else "",
            settings={"return_in_uV": not self._arbitrary},
            annotations={"recordings": len(self.names)},
            voltage_reason=reasons[0] if self._arbitrary else "",
        )

    @cached_property
    def _rate(self) -> float:
        """Samples a second: of the time axis of the templates, else what most recordings have, in Hz."""
        if self._times is not None and len(self._times) > 1:
            return float(np.round(1000.0 * (len(self._times) - 1) / (self._times[-1] - self._times[0]), 3))
        rates = Counter(r.sampling_frequency for r in self.readings if np.isfinite(r.sampling_frequency))
        return rates.most_common(1)[0][0] if rates else float("nan")

    def spikes(self) -> NoReturn:
        """Refuse: those of a recording are in its own analyzer.

        Raises
        ------
        MissingDataError
        """
        raise MissingDataError(f"{self.only_metrics}; spikes are in each of them: cohort.open(recording).")

    #: Opens the cohort again; "" where no code can.
    code: str = ""
    #: Opens a recording by its name; set by the cohort.
    opener: Callable[[str], Analyzer] | None = None
    #: Returns the table of recordings for labels of all units; set by the cohort.
    tabulate: Callable[[Any], pd.DataFrame] | None = None
    #: Returns what keeps the labels by hand; set by the cohort, which can open the recordings.
    keeper: Callable[[], Any] = staticmethod(lambda: None)

    def hand_labels(self) -> Any:
        """Return what keeps labels by hand in the journal of each recording."""
        return self.keeper()

    def analyzer_of(self, at: int) -> tuple[Analyzer, int] | None:
        """Open the recording of a unit, with everything it has; return it and the position of the unit in it.

        Parameters
        ----------
        at : int
            Position of the unit among all.

        Raises
        ------
        AutolabelError
            If the recording cannot be opened any more, or has other units now.
        """
        if self.opener is None:
            return None
        recording = int(self.recording_of[at])
        analyzer = self.opener(self.names[recording])
        return analyzer, int(analyzer.unit_positions([self.units[at]])[0])

    def property_names(self) -> list[str]:
        """Return "recording", "unit", the columns that describe recordings, and those of text that tables have."""
        described = [] if self.about is None else [str(name) for name in self.about.columns]
        texts = [name for reading in self.readings for name in reading.texts]
        return list(dict.fromkeys(["recording", "unit", *described, *texts]))

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property of the units; blank where a recording does not have it."""
        if name == "recording":
            return np.array([self.names[at] for at in self.recording_of.tolist()], dtype=str)
        if name == "unit":
            return np.array([str(unit) for unit in self.units], dtype=str)
        if self.about is not None and name in self.about.columns:
            values = ["" if _is_gap(value) else str(value) for value in self.about[name]]
            return np.array([values[at] for at in self.recording_of.tolist()], dtype=str)
        parts = [r.texts.get(name, np.full(len(r), "", dtype="<U1")) for r in self.readings]
        return np.concatenate(parts) if parts else np.zeros(0, dtype="<U1")

    def extension_names(self) -> list[str]:
        """Metrics, and templates where a recording has some."""
        return [*STORED, *([] if self._templates is None else ["templates"])]

    def extension(self, name: str) -> StoredExtension:
        """Return the metrics of all, with the settings that most have, or the templates."""
        if name == "templates" and self._templates is not None and self._times is not None:
            data = self._templates[:, :, np.newaxis]
            entry = Entry(
                "array",
                lambda rows: data if rows is None else data[rows],
                shape=lambda: data.shape,
                dtype=data.dtype,
                where="the templates of the cohort",
            )
            # A little more, since Analyzer.template_times_ms takes the whole samples of it.
            before = (0.01 - self._times[0] * self._rate / 1000.0) * 1000.0 / self._rate
            return StoredExtension(name, {"ms_before": before}, {}, {}, {"average": entry})
        if name not in STORED:
            raise MissingExtensionError(f"{self.only_metrics}; it has no '{name}'.", extension=name)
        # All metrics stand in the first extension; which one a metric was computed in does not matter here.
        frame = self._frame if name == next(iter(STORED)) else self._frame.iloc[:, :0]
        table = Entry("frame", lambda rows: frame, where="the metrics of the cohort")
        return StoredExtension(
            name, {"metric_params": self.settings.get(name, {})}, {}, {}, {"metrics": table}
        )


def usual_settings(several: Sequence[Settings]) -> Settings:
    """Return the settings that most of several recordings have, metric by metric; only of those that tell them.

    Parameters
    ----------
    several : sequence of dict
        ``{extension: {metric: {setting: value}}}``.
    """
    import json

    usual: Settings = {}
    for extension in STORED:
        usual[extension] = {}
        for name in dict.fromkeys(m for settings in several for m in settings.get(extension, {})):
            told = [s[extension][name] for s in several if name in s.get(extension, {})]
            texts = [json.dumps(each, sort_keys=True, default=str) for each in told]
            usual[extension][name] = told[texts.index(Counter(texts).most_common(1)[0][0])]
    return usual


def _resampled(
    templates: npt.NDArray[np.float32], have: npt.NDArray[np.float64], want: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    if len(have) == len(want) and np.allclose(have, want, atol=1e-5):
        return templates
    made = np.empty((len(templates), len(want)), dtype=np.float32)
    for at, template in enumerate(templates):
        made[at] = np.interp(want, have, template)
    return made


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and np.isnan(value))
