"""Labeling units by hand, the most telling ones first, and making a classifier of it."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pandas as pd
import traitlets

from ..analyzer.opening import load
from ..classifiers.adapting import ClassifierPair, adapt, bundled_pair, bundled_training_data, own_labels
from ..classifiers.asking import Guess
from ..classifiers.fitting import FittedThresholds, fit_thresholds
from ..classifiers.likeness import Curves
from ..classifiers.model import as_single
from ..classifiers.unitrefine import Cascade
from ..errors import AutolabelError, LabelsError, listing
from ..export.journal import Journal
from ..metrics.table import MetricTable
from ..rules.criterion import Criterion
from ..rules.method import Method
from ..rules.rule import Rule, RuleSet, any_fails
from .assets import view_module
from .by_hand import KEYS
from .card import UnitCard
from .cells import replace_earlier
from .engine import Engine
from .histogram_grid import close_with_parts
from .histograms import bins_of
from .session import Session
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
    """Buttons, keys, progress."""

    _esm = view_module("hand")

    _keys = traitlets.Dict(KEYS).tag(sync=True)
    _said = traitlets.Unicode("").tag(sync=True)


class LabelingSession(ipywidgets.VBox):  # type: ignore[misc]
    """Label units by hand: keys g (good), m (mua), n (noise), s (non-somatic); u takes one back.

    The unit whose label tells most comes next; every label is in the journal at once and is there
    again after a restart of the kernel.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    journal : str or Path, default: "hand_labels.jsonl"
        File in which labels are kept; one a sorting.
    source : str, default: "hand"
        Name of the curator.

    Raises
    ------
    DamagedDataError, LabelsError
        If the journal cannot be read, or is of another sorting.
    NoMetricsError, MissingMetricError

    Examples
    --------
    >>> session = LabelingSession(demo_analyzer())
    >>> pair = session.adapt()
    >>> UnitRefineLabeler(demo_analyzer(), pair.noise, pair.sua)
    """

    def __init__(
        self, analyzer: Any, journal: str | Path = "hand_labels.jsonl", source: str = "hand"
    ) -> None:
        self._analyzer = load(analyzer)
        self.journal = Journal(journal, self._analyzer.unit_ids)
        self._source = source
        table = MetricTable.of(self._analyzer)
        cascade = Cascade()
        inputs = cascade.inputs(table)
        self._table = table
        curves = Curves.of(bundled_training_data().rows)
        self._guess = Guess(bundled_pair(), curves, as_single(inputs["noise_probability"].rows))
        self._skipped: list[int] = []
        self._session = Session(table, Method.of(by_hand_only(table)))
        self._tell()
        bins = [bins_of(criterion, self._session) for criterion in self._session.rule_set.criteria]
        engine = Engine(self._session, bins, [None] * len(bins))
        self._bar = HandBar(engine)
        self._bar.on_msg(self._on_message)
        self._parts: dict[str, Any] = {
            "engine": engine,
            "bar": self._bar,
            "card": UnitCard(engine, self._analyzer),
        }
        if self._analyzer.has_extension("templates"):
            self._parts["waveforms"] = Waveforms(engine, self._analyzer)
        super().__init__([part for name, part in self._parts.items() if name != "engine"])
        self.next()
        replace_earlier(self)

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
        if label is not None and label not in KEYS.values():
            raise LabelsError(f"there is no label {label!r}. Labels: {listing(KEYS.values())}.")
        self.journal.add(unit_id, label, self._source, note)
        self._tell()

    def undo(self) -> Any:
        """Take the last label back and show its unit again; returns its id, or None."""
        given = self.journal.labels
        if not given:
            return None
        unit = list(given)[-1]
        self.label(unit, None)
        self._show(unit)
        return unit

    def next(self) -> Any:
        """Show the unit whose label would tell most of the others; returns its id, or None if all have one."""
        given = self.journal.labels
        places, truth = (
            own_labels(self._table, given, others="mark") if given else (np.zeros(0, dtype=np.intp),) * 2
        )
        self._guess.learn(places, truth)
        at = self._guess.next(later=self._skipped)
        if at in self._skipped:
            # Only skipped ones are left: the one that has waited longest.
            at = next(skipped for skipped in self._skipped if skipped not in places)
        if at < 0:
            return None
        self._session.selection = (at,)
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
        return fit_thresholds(self._table, self.journal.labels, **options)

    def close(self) -> None:
        """Remove the session's widgets; the journal stays."""
        for part in self.__dict__.pop("_parts", {}).values():
            close_with_parts(part)
        if self.comm is not None:
            self.layout.close()
        super().close()

    # ------------------------------------------------------------------

    def _show(self, unit: Any) -> None:
        self._session.selection = tuple(int(at) for at in self._analyzer.unit_positions([unit]))

    def _tell(self) -> None:
        """Let the views know the labels so far."""
        given = self.journal.given
        places = self._analyzer.unit_positions(list(given)).tolist()
        self._session.by_hand = dict(zip(places, given.values(), strict=True))

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        content = content if isinstance(content, dict) else {}
        try:
            if "label" in content and self.current is not None:
                self.label(self.current, content["label"])
                self.next()
            elif content.get("do") == "undo":
                self.undo()
            elif content.get("do") == "next":
                self.skip()
            self._bar._said = ""
        except AutolabelError as error:
            self._bar._said = str(error)


def fitted_panel(fitted: FittedThresholds, labeler: Any) -> Any:
    """Return a widget that shows fitted thresholds, with a button that gives them to a labeler.

    Parameters
    ----------
    fitted : FittedThresholds
    labeler : BombcellLabeler

    Returns
    -------
    ipywidgets.VBox
    """
    rows = "".join(
        f"<tr><td>{escape(row['metric'])} {row['bound']}</td><td>{row['before']:g}</td><td>{row['after']:g} "
        f"{escape(row['unit'])}</td><td>{row['gain']:+.3f}</td></tr>"
        for row in fitted.changes.to_dict("records")
    )
    table = ipywidgets.HTML(
        f"<p>{escape(fitted.text)}</p><table><tr><th>limit</th><th>before</th><th>after</th>"
        f"<th>macro-F1</th></tr>{rows}</table>"
    )
    button = ipywidgets.Button(description="Apply", tooltip="Set these thresholds in the labeler")
    said = ipywidgets.HTML()
    button.on_click(_applying(fitted, labeler, said))
    return ipywidgets.VBox([table, ipywidgets.HBox([button, said])])


def _applying(fitted: FittedThresholds, labeler: Any, said: Any) -> Callable[[Any], None]:
    def work(_: Any) -> None:
        try:
            fitted.apply(labeler)
            said.value = "applied; undo takes them back"
        except AutolabelError as error:
            said.value = escape(str(error))

    return work
