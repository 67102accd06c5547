"""Labeling units by hand, the most telling ones first, and making a classifier of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import ipywidgets
import pandas as pd
import traitlets

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..classifiers.adaptation import ClassifierPair, adapt
from ..classifiers.fitting import FittedThresholds, fit_thresholds
from ..errors import LabelsError, listing
from ..export.journal import Entry, Journal
from ..labels import ALIKE, KEYS, canonical
from ..metrics.table import MetricTable
from ..rules.criterion import Criterion
from ..rules.method import Method
from ..rules.rule import Rule, RuleSet, any_fails
from ..session.hand_labels import ManualLabels
from ..session.review import Review
from ..session.review_orders import Reviewed, informative
from ..session.reviewing import take_back
from ..session.session import Session
from ..unit_ids import as_text
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .histogram_grid import close_parts
from .histograms import bins_of
from .review_link import ReviewLink
from .views import View, Waveforms

#: Metrics shown of each unit, where they are known.
SHOWN = (
    "snr",
    "amplitude_median",
    "firing_rate",
    "num_spikes",
    "presence_ratio",
    "rp_contamination",
    "isi_violations_ratio",
    "amplitude_cutoff",
    "drift_ptp",
    "peak_to_trough_duration",
)


def by_hand_only(table: MetricTable) -> RuleSet:
    """Return a method that labels nothing: what the classifiers think would sway the hand."""
    shown = tuple(Criterion(name) for name in SHOWN if name in table)
    rules = tuple(Rule(label, any_fails("never"), ()) for label in KEYS.values())
    return RuleSet("by hand", shown, rules, "not labeled")


class HandBar(View):
    """Buttons, keys, progress. Keys count everywhere in the session; labels go through the engine, as in a labeler."""

    _kind = traitlets.Unicode("hand_labels").tag(sync=True)

    said = traitlets.Unicode("").tag(sync=True)
    """What a user should know of the journal."""
    _file = traitlets.Unicode("labels.csv").tag(sync=True)
    """Name of the file that the browser saves the labels in."""
    _text_ids = traitlets.Bool(True).tag(sync=True)
    """Whether ids are text, not numbers."""
    _after = traitlets.Unicode("").tag(sync=True)
    """What to do when every unit has a label, in words."""


class LabelingSession(ipywidgets.VBox):  # type: ignore[misc]
    """Label units by hand: keys g (good), m (mua), n (noise), s (non-somatic); u takes one back.

    The unit whose label tells most comes next, and every second one is drawn at random: those are marked in the
    journal, and their labels alone measure how often the classifiers are wrong (:meth:`UnitRefineLabeler.accept`).
    Every label is in the journal at once and is there again after a restart of the kernel.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    journal : str or Path, default: "auto"
        File in which labels are kept, one a sorting; labelers read it too. "auto": a ``hand_labels.jsonl`` in the
        working directory if it has labels of this sorting, else the file that labelers choose.
    source : str, default: "hand"
        Name of the curator.
    keys : dict of str to str, or list of str, optional
        Keys that give labels, ``{"g": "good", "1": "axon"}``; labels in a list get the digits 1 to 9. They are remembered.

    Raises
    ------
    LabelsError
        If the journal cannot be read, is of another sorting, or is no regular file.
    NoMetricsError, MissingMetricError

    Examples
    --------
    >>> session = LabelingSession(demo_analyzer())
    >>> pair = session.adapt()
    >>> UnitRefineLabeler(demo_analyzer(), pair.noise, pair.sua)
    """

    def __init__(
        self, analyzer: Any, journal: str | Path = "auto", source: str = "hand", keys: Any = None
    ) -> None:
        self._analyzer = load(analyzer)
        if journal is None:
            raise LabelsError(
                "a labeling session keeps its labels in a file: journal='labels.jsonl', or 'auto'."
            )
        self._hand = ManualLabels.of(self._analyzer, journal, first="hand_labels.jsonl")
        self._source = source
        table = MetricTable.of(self._analyzer)
        self._table = table
        self._skipped: list[int] = []
        self._session = Session(table, Method.of(by_hand_only(table)))
        self._session.by_hand = self._given()
        self._reviewed = Reviewed(self._analyzer, self._session, self._hand)
        informative(self._reviewed)  # first of all: without the metrics that it takes there is no session
        bins = [bins_of(criterion, self._session) for criterion in self._session.rule_set.criteria]
        engine = Engine(self._session, bins, on_override=self._on_override, bare=True)
        self._bar = HandBar(
            engine,
            said=self._hand.said,
            _file=f"{self.journal.path.stem}.csv",
            _text_ids=self._analyzer.unit_ids.dtype.kind not in "iu",
            _after=f"They are kept in {self.journal.path.name}; the button above downloads them as a CSV file.",
        )
        self._tell()
        self._hand.observe(self._on_labels, names=["entries"])
        self.parts: dict[str, Any] = {
            "engine": engine,
            "bar": self._bar,
            "card": UnitCard(engine, self._analyzer),
        }
        if self._analyzer.has_extension("templates"):
            self.parts["waveforms"] = Waveforms(engine, self._analyzer)
        super().__init__([part for name, part in self.parts.items() if name != "engine"])
        # Keys are listened to on the whole session, so that they count wherever it was clicked.
        self.add_class("nbl-session")
        self.add_class("nbl-root")
        if keys is not None:
            self.hand_keys = keys
        if not self.review.queue and self._reviewed.unlabeled:
            self.review.start(self._reviewed, "informative", keep=False)
        self.review.join(self._reviewed)
        self._link = ReviewLink(engine, self._analyzer_now, self._session, self._hand, source, self.review)
        replace_earlier(self)

    def _analyzer_now(self) -> Analyzer:
        return self._analyzer

    @property
    def review(self) -> Review:
        """The queue: how far it is, and how long a unit takes."""
        return Review.of_session(self._hand, self._source)

    @property
    def hand_keys(self) -> dict[str, str]:
        """Label by key; see :attr:`nb_autolabel.BombcellLabeler.hand_keys`."""
        return dict(Review.of(self._hand).keys)

    @hand_keys.setter
    def hand_keys(self, keys: Any) -> None:
        Review.of(self._hand).set_keys(keys)

    @property
    def journal(self) -> Journal:
        """The file that keeps the labels."""
        journal = self._hand.journal
        assert journal is not None  # noqa: S101 (only without a file there is none)
        return journal

    @property
    def labels(self) -> pd.DataFrame:
        """Labels so far: index unit ids, column ``label``; units without one are left out."""
        given = self.journal.labels
        index = pd.Index(list(given), name=self._table.unit_ids.name)
        return pd.DataFrame({"label": list(given.values())}, index=index)

    @property
    def current(self) -> Any:
        """Id of the unit that is shown; None if there is none."""
        chosen = self._session.selection
        return self._analyzer.unit_ids[chosen[-1]].item() if chosen else None

    def label(self, unit_id: Any, label: str | None, note: str = "") -> None:
        """Give a unit a label; None takes it back.

        Raises
        ------
        LabelsError
            If the unit or the label is unknown.
        """
        self._label([unit_id], label, note)

    def _label(self, unit_ids: list[Any], label: str | None, note: str) -> None:
        plain = None if label is None else canonical(label)
        plain = ALIKE.get(plain or "", plain)
        known = list(dict.fromkeys([*KEYS.values(), *self.hand_keys.values()]))
        if label is not None and plain not in known:
            raise LabelsError(f"there is no label {str(label)[:60]!r}. Labels: {listing(known)}.")
        self._hand.label_all(unit_ids, plain, self._source, note)

    def refresh(self) -> None:
        """Take labels that others have added to the journal.

        Raises
        ------
        LabelsError
            If it cannot be read any more.
        """
        self._hand.refresh()

    def undo(self) -> Any:
        """Take the last labels by hand back and show their unit again; returns its id, or None.

        Those that a labeler of this kernel gave count too, those of another curator who has a name do not. A label that
        somebody else has given the unit since stays. The unit has the label again that it had before.
        """
        unit = take_back(self._hand, self._source)
        if unit is not None:
            self._show(unit)
        return unit

    def next(self) -> Any:
        """Show the unit whose label would tell most of the others, or, every second time, one drawn at random.

        Returns its id, or None if all have a label. Then no unit is shown, until one is selected.
        """
        with contextlib.suppress(LabelsError):  # said where a label cannot be kept
            self.refresh()
        self.review.renew()
        given = {at for at, unit in enumerate(self._hand.unit_ids) if unit in self.journal.labels}
        order = [self._hand.unit_ids.index(unit) for unit in informative(self._reviewed)]
        later = [at for at in self._skipped if at not in given]
        # Of skipped ones the one that has waited longest, once no other is left.
        at = next(iter([*(each for each in order if each not in later), *later]), -1)
        if at < 0:
            self._session.selection = ()
            self.review.move(None)
            return None
        self._show(self._hand.unit_ids[at])
        return self._hand.unit_ids[at]

    def skip(self) -> Any:
        """Leave the unit that is shown for later, after all others; returns the next one's id."""
        for at in self._session.selection[-1:]:
            self._skipped = [*(other for other in self._skipped if other != at), at]
        return self.next()

    def adapt(self, **options: Any) -> ClassifierPair:
        """Make the bundled pair fit this recording with the labels so far; see :func:`nb_autolabel.adapt`."""
        return adapt(self._table, self.journal.labels, **options)

    def fit_thresholds(self, **options: Any) -> FittedThresholds:
        """Fit Bombcell's thresholds to the labels so far; see :func:`nb_autolabel.fit_thresholds`."""
        return fit_thresholds(self._table, self.journal.labels, **{"asked": True, **options})

    def close(self) -> None:
        """Remove the session's widgets; the journal stays."""
        if "parts" in self.__dict__:
            self._hand.unobserve(self._on_labels, names=["entries"])
            self._link.stop()
        close_parts(self)
        super().close()

    # ------------------------------------------------------------------

    def _show(self, unit: Any) -> None:
        self._session.selection = (self._place(unit),)
        self.review.move(as_text(unit))

    def _tell(self) -> None:
        """Let the views know the labels so far."""
        self._session.by_hand = self._given()

    def _on_labels(self, change: Any) -> None:
        del change
        self._tell()

    def _place(self, unit: Any) -> int:
        return int(self._analyzer.unit_positions([unit])[0])

    def _given(self) -> dict[int, Entry]:
        """Return the entry that counts of every labeled unit, by position, in the order of giving."""
        given = self.journal.given
        places = self._analyzer.unit_positions(list(given)).tolist()
        return dict(zip(places, given.values(), strict=True))

    def _on_override(self, labels: dict[int, str | None], note: str) -> None:
        """Label the units that the browser shows; whole or not at all."""
        for label in dict.fromkeys(labels.values()):
            self._label([self._hand.unit_ids[at] for at, own in labels.items() if own == label], label, note)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        self.parts["engine"].on_display()
        return super()._repr_mimebundle_(**kwargs)
