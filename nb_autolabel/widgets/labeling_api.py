"""What a labeler and a workbench can do with their labels: the same as the live labels behind them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ..analyzer.analyzer import Analyzer
from ..rules.criterion import NanPolicy
from ..rules.explanation import Explanation
from ..rules.method import Method
from ..rules.rule import RuleSet
from ..rules.sensitivity import Sensitivity
from ..rules.trace import Trace
from ..session.live_labels import LiveLabels
from .pairs_api import PairsApi

if TYPE_CHECKING:
    import pandas as pd


class LabelingApi(PairsApi):
    """Everything that :class:`nb_autolabel.session.live_labels.LiveLabels` can do, for a widget that shows some."""

    @property
    @abstractmethod
    def live(self) -> LiveLabels:
        """The live labels that are shown: the same without a widget."""

    # ------------------------------------------------------------------ what the kernel reads

    @property
    def title(self) -> str:
        """Name of the method as people call it."""
        return self.live.title

    @property
    def analyzer(self) -> Analyzer:
        """The analyzer whose units are labeled."""
        analyzer: Analyzer = self.live.analyzer
        return analyzer

    @property
    def rule_set(self) -> RuleSet:
        """The method with its current limits."""
        return self.live.rule_set

    @property
    def method(self) -> Method:
        """The method with its options, its start and its current limits."""
        return self.live.method

    @property
    def trace(self) -> Trace:
        """The decision on every unit, from which everything shown is read."""
        return self.live.trace

    @property
    def labels(self) -> pd.DataFrame:
        """Current labels: index unit ids, column ``label``; with probabilities where a classifier labels."""
        return self.live.labels

    @property
    def counts(self) -> dict[str, int]:
        """Number of units per label."""
        return self.live.counts

    @property
    def thresholds(self) -> dict[str, Any]:
        """Current limits as a dictionary, as the labeling functions take it.

        Assigning one replaces all limits; metrics that it does not name are switched off.
        """
        return self.live.thresholds

    @thresholds.setter
    def thresholds(self, thresholds: Any) -> None:
        self.live.thresholds = thresholds

    @property
    def selection(self) -> list[Any]:
        """Ids of the selected units; may be assigned."""
        return self.live.selection

    @selection.setter
    def selection(self, unit_ids: Iterable[Any]) -> None:
        self.live.selection = list(unit_ids)

    # ------------------------------------------------------------------ limits and history

    def set_limit(self, criterion: str, *, min: Any = ..., max: Any = ...) -> None:
        """Set one or both limits of a criterion, None switches one off; one step for undo.

        Raises
        ------
        RuleError
        """
        self.live.set_limit(criterion, min=min, max=max)

    def set_nan_policy(self, criterion: str, policy: NanPolicy) -> None:
        """Say what a missing value of one criterion counts as: "fail", "pass" or "ignore".

        Raises
        ------
        RuleError
        """
        self.live.set_nan_policy(criterion, policy)

    def undo(self) -> bool:
        """Take the last change back (a whole drag is one); False if there is none."""
        return self.live.undo()

    def redo(self) -> bool:
        """Make the change again that was undone last; False if there is none."""
        return self.live.redo()

    def reset(self) -> None:
        """Put all limits back to where they started."""
        self.live.reset()

    # ------------------------------------------------------------------ labels by hand

    @property
    def overrides(self) -> pd.DataFrame:
        """Labels given by hand: index unit ids; columns label, rules (what they alone say), source, time, note."""
        return self.live.overrides

    def override(self, unit_ids: Any, label: str | None = None, note: str = "") -> None:
        """Label units by hand. That wins over the rules, whatever the limits are, and can be undone.

        It is kept in the journal at once, so it is there again after a restart of the kernel, and for
        the other methods too.

        Parameters
        ----------
        unit_ids : unit id, list of them, or labels by unit id (dict, Series, or DataFrame with ``label``)
            Units without a label (None, NaN, "", "unsorted") are left as they are.
        label : str, optional
            Any; "good", "mua", "noise" and "non_soma" are usual, in any capitals. Not with labels by unit id.
        note : str, default: ""
            Why.

        Raises
        ------
        UnknownUnitError, LabelsError
        """
        self.live.override(unit_ids, label, note)

    def review(self, order: Any = None, **options: Any) -> Any:
        """Go through units one after the other; see :meth:`LiveLabels.review`."""
        return self.live.review(order, **options)

    @property
    def hand_keys(self) -> dict[str, str]:
        """Label by key. A dictionary sets some keys, a list of labels gives them the digits 1 to 9; both are remembered."""
        return self.live.hand_keys

    @hand_keys.setter
    def hand_keys(self, keys: Any) -> None:
        self.live.hand_keys = keys

    def units_where(self, where: str) -> list[Any]:
        """Return the ids of the units that a filter finds; see :meth:`LiveLabels.units_where`."""
        return self.live.units_where(where)

    def clear_override(self, unit_ids: Any = None) -> None:
        """Leave units to the rules again; None: all units.

        Raises
        ------
        UnknownUnitError
        """
        self.live.clear_override(unit_ids)

    # ------------------------------------------------------------------ why and what if

    def explain(self, unit_id: Any) -> Explanation:
        """Say why a unit has its label, and the smallest change that would give it each other one.

        Raises
        ------
        UnknownUnitError
        """
        return self.live.explain(unit_id)

    def sensitivity(self, target: str | None = None) -> Sensitivity:
        """Count the labels as every single limit moves, ranked by the units gained per step.

        Raises
        ------
        RuleError
        """
        return self.live.sensitivity(target)

    def missing_values(self) -> pd.DataFrame:
        """Say where values are missing and what that decides; see :func:`missing_table`."""
        return self.live.missing_values()

    def compute_missing(
        self, metrics: Iterable[str] | None = None, recording: Any = None, *, progress: bool = True
    ) -> Analyzer:
        """Compute the metrics that the analyzer lacks, and label by them; returns when that is done.

        Criteria that were off for want of a metric become active. Limits, labels by hand and the history stay. The
        analyzer that was given and its files stay as they are: :attr:`analyzer` is a new one, ``save_as`` keeps it.
        The button in the tab "Missing" does the same in the background.

        Parameters
        ----------
        metrics : list of str, optional
        recording : spikeinterface.BaseRecording or path, optional
        progress : bool, default: True
            As for :func:`nb_autolabel.compute_metrics`.

        Returns
        -------
        Analyzer
            The new one, also in :attr:`analyzer`.

        Raises
        ------
        MissingDependencyError, MissingMetricError, RecordingError, UnknownFormatError
            Then nothing has changed.
        """
        return self.live.compute_missing(metrics, recording, progress=progress)

    # ------------------------------------------------------------------ what is made of the labels

    def select_units(
        self, keep: str | Iterable[str] | None = None, drop: str | Iterable[str] | None = None
    ) -> Analyzer:
        """Return an analyzer with the units of some labels, as they are now.

        The labels go with it, as the sorting property ``label``, also when it is saved.

        Parameters
        ----------
        keep, drop : str or iterable of str
            Labels to keep, or labels to leave out; exactly one of the two.

        Raises
        ------
        SelectionError
            If both or neither is given, a label is not one of this method's, or no unit is left.
        """
        return self.live.select_units(keep, drop)

    def to_code(
        self,
        keep: str | Iterable[str] | None = None,
        drop: str | Iterable[str] | None = None,
        variable: str = "clean",
    ) -> str:
        """Return code that gives the same labels, and keeps the same units, without any widget.

        Parameters
        ----------
        keep, drop : str or iterable of str, optional
            As in :meth:`select_units`; neither leaves the selection out.
        variable : str, default: "clean"
            Name for the analyzer with the kept units.
        """
        return self.live.to_code(keep, drop, variable)

    def export(self, path: Any, format: Any = None, *, overwrite: bool = False, **options: Any) -> Any:
        """Write the labels as they are now for another tool; see :func:`nb_autolabel.export_labels`."""
        return self.live.export(path, format, overwrite=overwrite, **options)

    @abstractmethod
    def save_html(self, path: Any, *, overwrite: bool = False) -> Any:
        """Write the labeler as one file that needs no kernel and no network."""

    def methods_text(self) -> str:
        """Return a paragraph for a paper: numbers, versions and sources of these labels."""
        return self.live.methods_text()
