"""Units with a hidden truth, to label by hand and be scored on: for workshops."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..analyzer.analyzer import Analyzer
from ..analyzer.demo import demo_analyzer
from ..analyzer.load import load
from ..classifiers.cascade import Cascade
from ..classifiers.scoring import informativeness, three
from ..errors import LabelsError, listing
from ..labels import broad
from ..labels_by_unit import matched_labels
from ..metrics.shown_table import Row, counted, html_table, on_screen, text_table
from ..metrics.table import MetricTable
from ..unit_ids import as_text
from .intervals import wilson
from .student_names import checked_name

if TYPE_CHECKING:
    import pandas as pd

#: How a unit was made: the label it should have, and what gives it away.
KINDS = {
    "single": ("good", "one neuron: a clean template and an empty refractory period"),
    "merged": (
        "mua",
        "several neurons in one unit: look for clouds of amplitudes, or spikes in the refractory period",
    ),
    "contaminated": ("mua", "spikes of smaller neighbours: the autocorrelogram does not go down to zero"),
    "few_spikes": ("mua", "one neuron of which hardly any spikes were found: see num_spikes"),
    "axonal": ("non_soma", "a large positive peak before a narrow trough"),
    "noise": (
        "noise",
        "no spike: leftovers of other spikes, noise peaks, artefacts on all channels, slow waves, ringing",
    ),
}
#: Share of an exercise's units that everybody in a class gets.
SHARED = 1 / 3
_PROPERTY = "ground_truth"


@dataclass(frozen=True)
class Score:
    """How well labels meet the truth.

    Attributes
    ----------
    right, labeled, total : int
    kinds : pandas.DataFrame
        By how units were made: ``units``, ``right``, ``should_be``, ``clue``.
    errors : pandas.DataFrame
        Index: units labeled wrongly. ``given``, ``truth``, ``kind``, ``clue``.
    """

    right: int
    labeled: int
    total: int
    kinds: pd.DataFrame
    errors: pd.DataFrame

    @property
    def sentence(self) -> str:
        """The score in one sentence."""
        if not self.labeled:
            return f"none of {self.total} units is labeled yet"
        left = self.total - self.labeled
        rest = f"; {counted(left, 'is', 'are')} not labeled yet" if left else ""
        share = round(100 * self.right / self.labeled)
        low, high = (round(100 * float(end)) for end in wilson(self.right, self.labeled))
        return f"{self.right} of {self.labeled} labels are right ({share} %; 95 % interval {low} to {high} %){rest}"

    def __repr__(self) -> str:
        return on_screen(f"{self.sentence}\n{text_table(*self.by_kind())}".rstrip())

    def by_kind(self) -> tuple[list[str], list[Row]]:
        """Return the table of kinds as people read it."""
        rows = [
            Row(
                (
                    str(kind).replace("_", " "),
                    f"{row['right']} of {row['units']}",
                    row["should_be"],
                    row["clue"],
                )
            )
            for kind, row in zip(self.kinds.index, self.kinds.to_dict("records"), strict=True)
        ]
        return ["kind", "right", "should be", "clue"], rows

    def _repr_html_(self) -> str:
        wrong = [
            Row((as_text(unit), row["given"], row["truth"], row["clue"]), "fail")
            for unit, row in zip(self.errors.index, self.errors.to_dict("records"), strict=True)
        ]
        errors = html_table(["unit", "your label", "it is", "clue"], wrong, "Wrong labels") if wrong else ""
        kinds = html_table(*self.by_kind()) if self.labeled else ""
        return f"<p>{escape(self.sentence)}</p>{kinds}{errors}"


class Exercise:
    """Simulated units whose truth is hidden.

    Parameters
    ----------
    student : str
        Each name gets other units; a third of them everybody gets, so that a class can be compared.
    difficulty : {"easy", "medium", "hard"}, default: "medium"
        Easy: units of which the bundled classifiers are sure; hard: those of which they are not.
    n_units : int, default: 30
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path, optional
        With the sorting property ``ground_truth`` (see :func:`demo_analyzer`).

    Attributes
    ----------
    analyzer : Analyzer
        The units to label.
    whole : Analyzer
        All units, of which every student gets some.

    Raises
    ------
    LabelsError
        If the analyzer knows no truth, or the difficulty, the name (a blank, or a placeholder like "your name") or the
        number of units cannot be meant.

    Examples
    --------
    >>> exercise = Exercise("anna", difficulty="easy")
    >>> session = LabelingSession(exercise.analyzer, "anna.jsonl")
    >>> exercise.score(session.labels)
    """

    def __init__(
        self,
        student: str,
        difficulty: Literal["easy", "medium", "hard"] = "medium",
        n_units: int = 30,
        analyzer: Any = None,
    ) -> None:
        if difficulty not in ("easy", "medium", "hard"):
            raise LabelsError(f"difficulty={difficulty!r} is not known. Use 'easy', 'medium' or 'hard'.")
        if type(n_units) is not int or n_units < 1:
            raise LabelsError(f"n_units={n_units!r}: an exercise has a whole number of units, at least 1.")
        self.student = checked_name(student)
        whole = demo_analyzer() if analyzer is None else load(analyzer)
        self.whole = whole
        kinds = kinds_of(whole)
        chosen = drawn(pool_of(whole, kinds, difficulty), kinds, difficulty, self.student, n_units)
        self._kinds = dict(zip(whole.unit_ids[chosen].tolist(), kinds[chosen].tolist(), strict=True))
        self.analyzer = whole.select_units(whole.unit_ids[chosen])

    @cached_property
    def truth(self) -> pd.Series[Any]:
        """The label every unit should have. Looking at it ends the game."""
        import pandas as pd

        return pd.Series({unit: KINDS[kind][0] for unit, kind in self._kinds.items()}, name="truth")

    def score(self, labels: Any) -> Score:
        """Compare labels with the truth.

        Parameters
        ----------
        labels : DataFrame with ``label``, Series or dict by unit id
            "sua" counts as good; ``non_soma_good`` and ``non_soma_mua`` as non_soma. Units without a label
            count as not labeled yet.

        Raises
        ------
        LabelsError
            If units of another exercise are labeled, or one is labeled twice.
        """
        import pandas as pd

        units = list(self._kinds)
        matched = matched_labels(labels, units, "this exercise")
        given = {units[at]: broad(label) for at, label in matched.items() if label is not None}
        rows = [
            {"unit_id": unit, "given": label, "truth": self.truth[unit], "kind": self._kinds[unit]}
            for unit, label in given.items()
        ]
        table = pd.DataFrame(rows, columns=["unit_id", "given", "truth", "kind"]).set_index("unit_id")
        right = table["given"] == table["truth"]
        kinds = pd.DataFrame(
            {
                "units": table.groupby("kind").size(),
                "right": right.groupby(table["kind"]).sum(),
            }
        ).astype(int)
        kinds["should_be"] = [KINDS[str(kind)][0] for kind in kinds.index]
        kinds["clue"] = [KINDS[str(kind)][1] for kind in kinds.index]
        errors = table[~right].assign(clue=[KINDS[kind][1] for kind in table["kind"][~right]])
        return Score(int(right.sum()), len(table), len(self._kinds), kinds, errors)


def kinds_of(analyzer: Analyzer) -> Any:
    """Return how every unit was made: text of :data:`KINDS`, shape (n_units,).

    Raises
    ------
    LabelsError
        If the analyzer does not know it.
    """
    if _PROPERTY not in analyzer.get_sorting_property_keys():
        raise LabelsError(f"this analyzer has no property '{_PROPERTY}', so nothing can be scored.")
    kinds = analyzer.get_sorting_property(_PROPERTY).astype(str)
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise LabelsError(f"unknown kinds of units: {listing(unknown)}. Known are: {listing(KINDS)}.")
    return kinds


def drawn(pool: Any, kinds: Any, difficulty: str, student: str, n_units: int) -> Any:
    """Return the positions of a student's units in order: a third that everybody gets, the others by the name."""
    n_units = min(n_units, len(pool))
    shared = _draw(pool, kinds, round(n_units * SHARED), zlib.crc32(difficulty.encode()))
    rest = np.setdiff1d(pool, shared)
    own = _draw(rest, kinds, n_units - len(shared), zlib.crc32(student.encode(errors="surrogatepass")))
    return np.sort(np.concatenate([shared, own]))


def pool_of(analyzer: Analyzer, kinds: Any, difficulty: str) -> Any:
    """Positions to draw from: of each kind the half with little or much doubt, or all."""
    everyone = np.arange(len(kinds))
    if difficulty == "medium":
        return everyone
    cascade = Cascade()
    table = MetricTable.of(analyzer)
    found = cascade.probabilities(cascade.inputs(table), table)
    doubt = informativeness(three(found["noise_probability"], found["sua_probability"]))
    kept = []
    for kind in sorted(set(kinds)):
        own = everyone[kinds == kind]
        middle = np.median(doubt[own])
        kept.append(own[doubt[own] <= middle] if difficulty == "easy" else own[doubt[own] >= middle])
    return np.sort(np.concatenate(kept))


def _draw(pool: Any, kinds: Any, many: int, seed: int) -> Any:
    """Draw units in turn from every kind, so that each kind is met, the frequent ones more often."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(pool)
    rank = np.zeros(len(order))
    for kind in sorted(set(kinds[order])):
        own = kinds[order] == kind
        # Square root of the frequencies: a compromise between equal numbers of each kind and their natural frequencies.
        rank[own] = (np.arange(own.sum()) + rng.random()) / np.sqrt(own.sum())
    return order[np.argsort(rank)][:many]
