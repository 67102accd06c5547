"""The truth that the labels of a class are scored against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..analyzer.analyzer import Analyzer
from ..analyzer.demo import demo_analyzer
from ..analyzer.load import load
from ..errors import AutolabelError, LabelsError
from ..labels import broad, canonical
from ..labels_by_unit import given_labels
from ..metrics.formatting import value_in_words
from ..metrics.table import MetricTable
from ..unit_ids import as_text
from .exercise import KINDS, Exercise, drawn, kinds_of, pool_of

#: Metrics whose values show how a unit was made.
_TELLING = {
    "single": ("snr", "rp_contamination", "num_spikes"),
    "merged": ("rp_contamination", "amplitude_cv_median", "snr"),
    "contaminated": ("rp_contamination", "isi_violations_ratio", "snr"),
    "few_spikes": ("num_spikes", "presence_ratio", "amplitude_cutoff"),
    "axonal": ("peak_before_to_trough_ratio", "peak_before_width", "trough_width"),
    "noise": ("snr", "num_positive_peaks", "num_negative_peaks", "waveform_baseline_flatness"),
}
#: Units of an exercise by default.
_USUAL = 30


@dataclass(frozen=True)
class ClassTruth:
    """What every unit is.

    Attributes
    ----------
    labels : dict of str to str
        By unit id as text; in the labels that a student gives.
    kinds : dict of str to str
        How units were made, of :data:`nb_autolabel.comparison.exercise.KINDS`; empty where it is not known.
    analyzer : Analyzer or None
        Whose metrics are shown as evidence.
    name : str
        For messages.
    """

    labels: Mapping[str, str]
    kinds: Mapping[str, str]
    analyzer: Analyzer | None
    name: str

    @classmethod
    def of(cls, source: Any) -> ClassTruth:
        """Return the truth of an exercise, of an analyzer that knows it, or labels by unit id.

        Raises
        ------
        LabelsError
            If it is nothing of these.
        """
        if isinstance(source, Exercise):
            return cls.of_analyzer(source.whole)
        if isinstance(source, Mapping) or hasattr(source, "index"):
            ids, values = given_labels(source)
            found = {
                as_text(unit): broad(label)
                for unit, label in zip(ids or [], map(canonical, values), strict=True)
                if label is not None
            }
            return cls(found, {}, None, "the labels that were given")
        try:
            return cls.of_analyzer(load(source))
        except LabelsError:
            raise
        except AutolabelError as error:
            raise LabelsError(
                "truth= is an Exercise, an analyzer whose units have the property 'ground_truth', or labels by unit id: "
                f"{error}"
            ) from error

    @classmethod
    def of_analyzer(cls, analyzer: Analyzer) -> ClassTruth:
        """Return the truth that an analyzer knows.

        Raises
        ------
        LabelsError
            If it knows none.
        """
        kinds = dict(zip(map(as_text, analyzer.unit_ids.tolist()), kinds_of(analyzer).tolist(), strict=True))
        return cls({unit: KINDS[kind][0] for unit, kind in kinds.items()}, kinds, analyzer, "the exercise")

    def clue(self, unit: str) -> str:
        """Return what gives a unit away; empty where it is not known."""
        return KINDS[self.kinds[unit]][1] if unit in self.kinds else ""

    def evidence(self, units: Iterable[str]) -> list[str]:
        """Return values of the metrics that show how each unit was made, in words."""
        units = list(units)
        if self.analyzer is None:
            return [""] * len(units)
        table = MetricTable.of(self.analyzer)
        places = {as_text(unit): at for at, unit in enumerate(self.analyzer.unit_ids.tolist())}
        found = []
        for unit in units:
            names = [name for name in _TELLING.get(self.kinds.get(unit, ""), ()) if name in table]
            found.append(
                ", ".join(
                    f"{name} {value_in_words(name, float(table.values(name)[places[unit]])).removesuffix(' spikes')}"
                    for name in names
                )
            )
        return found


def truth_of_workshop(labeled: Mapping[str, Iterable[str]]) -> ClassTruth | None:
    """Return the truth of the bundled exercise if the class has labeled it, else None.

    Ids alone do not say so: any recording has a unit 12. It is the exercise where at least half of the files name only
    units that a student of the file's name gets at one of the difficulties, and all name units of it.

    Parameters
    ----------
    labeled : dict of str to iterable of str
        Ids of the labeled units as text, by the name of the file.
    """
    every = {name: set(units) for name, units in labeled.items()}
    truth = ClassTruth.of_analyzer(demo_analyzer())
    if not every or not set.union(*every.values()) <= set(truth.labels):
        return None
    fitting = {
        name
        for name, units in every.items()
        if units and any(units <= _units_of(name, difficulty) for difficulty in _pools())
    }
    return truth if 2 * len(fitting) >= len(every) else None


@lru_cache(maxsize=1)
def _pools() -> dict[str, tuple[Any, Any, list[str]]]:
    """Return the pool of each difficulty of the bundled exercise, the kinds and the ids."""
    whole = demo_analyzer()
    kinds = kinds_of(whole)
    ids = [as_text(unit) for unit in whole.unit_ids.tolist()]
    return {name: (pool_of(whole, kinds, name), kinds, ids) for name in ("easy", "medium", "hard")}


def _units_of(student: str, difficulty: str) -> set[str]:
    pool, kinds, ids = _pools()[difficulty]
    return {ids[at] for at in drawn(pool, kinds, difficulty, student, _USUAL).tolist()}
