"""Labeling units by hand, the most telling ones first, and making a classifier of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd
import traitlets

from ..analyzer.load import load
from ..classifiers.active_learning import Guess
from ..classifiers.adaptation import ClassifierPair, adapt, bundled_pair, bundled_training_data, own_labels
from ..classifiers.cascade import Cascade
from ..classifiers.fitting import FittedThresholds, fit_thresholds
from ..classifiers.model import as_single
from ..classifiers.similarity import Curves
from ..errors import LabelsError, listing
from ..export.journal import Entry, Journal
from ..labels import ALIKE, KEYS, canonical
from ..metrics.table import MetricTable
from ..rules.criterion import Criterion
from ..rules.method import Method
from ..rules.rule import Rule, RuleSet, any_fails
from ..session.audit_draw import ASKED_FOR, DRAWN_AT_RANDOM, draw, is_audit
from ..session.hand_labels import ManualLabels
from ..session.session import Session
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .histogram_grid import close_with_parts
from .histograms import bins_of
from .protocol import by_key
from .refusals import refusal
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
    """Buttons, keys, progress. Keys count everywhere in the session.

    The browser sends ``{"label": ..., "unit": id, "n": number}``, or ``{"do": "undo" or "next", "unit": id, "n":
    number}``; the kernel answers ``{"n": number}`` when it is done, and the browser takes no key before that.
    """

    _kind = traitlets.Unicode("hand_labels").tag(sync=True)

    _keys = traitlets.Dict(KEYS).tag(sync=True)
    said = traitlets.Unicode("").tag(sync=True)
    last = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    """Id of the unit labeled last, which undo takes back."""
    why = traitlets.Unicode("").tag(sync=True)
    """Why this unit is shown: drawn at random, or asked for."""


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

    def __init__(self, analyzer: Any, journal: str | Path = "auto", source: str = "hand") -> None:
        self._analyzer = load(analyzer)
        if journal is None:
            raise LabelsError(
                "a labeling session keeps its labels in a file: journal='labels.jsonl', or 'auto'."
            )
        self._hand = ManualLabels.of(self._analyzer, journal, first="hand_labels.jsonl")
        self._source = source
        table = MetricTable.of(self._analyzer)
        cascade = Cascade()
        inputs = cascade.inputs(table)
        self._table = table
        curves = Curves.of(bundled_training_data().rows)
        self._guess = Guess(bundled_pair(), curves, as_single(inputs["noise_probability"].rows))
        self._skipped: list[int] = []
        self._random = np.random.default_rng()
        self._session = Session(table, Method.of(by_hand_only(table)))
        self._session.by_hand = self._given()
        bins = [bins_of(criterion, self._session) for criterion in self._session.rule_set.criteria]
        engine = Engine(self._session, bins)
        self._bar = HandBar(engine, said=self._hand.said)
        self._tell()
        self._hand.observe(self._on_labels, names=["entries"])
        self._bar.on_msg(self._on_message)
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
        self.next()
        replace_earlier(self)

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
        plain = None if label is None else canonical(label)
        plain = ALIKE.get(plain or "", plain)
        if label is not None and plain not in KEYS.values():
            raise LabelsError(f"there is no label {str(label)[:60]!r}. Labels: {listing(KEYS.values())}.")
        self._hand.label(unit_id, plain, self._source, note)

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
        self.refresh()
        step, unit = self._hand.last_step(self._source), self._last()
        if unit is None:
            return None
        if step is None:
            self.label(unit, None)
        else:
            self._hand.move(step, back=True)
        self._show(unit)
        return unit

    def next(self) -> Any:
        """Show the unit whose label would tell most of the others, or, every second time, one drawn at random.

        Returns its id, or None if all have a label. Then no unit is shown, until one is selected.
        """
        with contextlib.suppress(LabelsError):  # said where a label cannot be kept
            self.refresh()
        given = self.journal.labels
        places, truth = (
            own_labels(self._table, given, others="mark") if given else (np.zeros(0, dtype=np.intp),) * 2
        )
        audit = is_audit(len(places))
        if audit:
            at = draw(len(self._table), places.tolist(), self._skipped, self._random)
        else:
            self._guess.learn(places, truth)
            at = self._guess.next(later=self._skipped)
        if at in self._skipped:
            # Only skipped ones are left: the one that has waited longest.
            at = next(skipped for skipped in self._skipped if skipped not in places)
            audit = False
        if at < 0:
            self._bar.why = ""
            self._session.selection = ()
            return None
        if audit:
            self._hand.drawn.add(at)
        self._show_at(at)
        return self._analyzer.unit_ids[at].item()

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
        for part in self.__dict__.pop("parts", {}).values():
            close_with_parts(part)
        if self.comm is not None:
            self.layout.close()
        super().close()

    # ------------------------------------------------------------------

    def _show(self, unit: Any) -> None:
        self._show_at(self._place(unit))

    def _show_at(self, at: int) -> None:
        self._bar.why = DRAWN_AT_RANDOM if self._hand.is_drawn(at) else ASKED_FOR
        self._session.selection = (at,)

    def _tell(self) -> None:
        """Let the views know the labels so far."""
        self._session.by_hand = self._given()
        last = self._last()
        self._bar.last = None if last is None else self._bar.engine.shown_ids[self._place(last)]

    def _on_labels(self, change: Any) -> None:
        del change
        self._tell()

    def _last(self) -> Any:
        """Return the id of the unit that undo is about; None if there is nothing to take back.

        After a restart of the kernel it is the unit that this curator labeled last, if nobody else has since.
        """
        step = self._hand.last_step(self._source)
        if step is not None:
            return step.units[-1]
        own = [unit for unit, entry in self.journal.given.items() if entry.source == self._source]
        return own[-1] if own else None

    def _place(self, unit: Any) -> int:
        return int(self._analyzer.unit_positions([unit])[0])

    def _given(self) -> dict[int, Entry]:
        """Return the entry that counts of every labeled unit, by position, in the order of giving."""
        given = self.journal.given
        places = self._analyzer.unit_positions(list(given)).tolist()
        return dict(zip(places, given.values(), strict=True))

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        said = ""
        try:
            self._do(*by_key(content, self._bar.engine.shown_ids))
        except Exception as error:
            said = refusal(error)
        self._bar.said = said
        number = content.get("n") if isinstance(content, dict) else None
        # After the state above, so that the browser has the next unit when it takes keys again.
        self._bar.send({"n": number if type(number) is int and abs(number) < 2**53 else -1})

    def _do(self, what: str, at: int, label: str) -> None:
        """Carry out what the browser asks for, if it is meant for the unit that is shown.

        Raises
        ------
        LabelsError
            Then nothing has changed.
        """
        ids = self._bar.engine.shown_ids
        if what == "undo":
            if ids[at] != self._bar.last:
                raise LabelsError(f"nothing was taken back: the label of unit {ids[at]} is not the last one.")
            self.undo()
            return
        shown = self._session.selection[-1:]
        if shown != (at,):
            now = f"unit {ids[shown[0]]} is" if shown else "all units are labeled, and none is"
            raise LabelsError(f"unit {ids[at]} was left as it is: it is not shown any more; {now}.")
        if what == "next":
            self.skip()
            return
        try:
            self.label(self.current, label)
        except LabelsError as error:
            raise LabelsError(f"unit {ids[at]} was not labeled: {error}") from error
        self.next()
