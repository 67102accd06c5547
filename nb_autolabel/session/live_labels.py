"""Live labels: a method on the units of an analyzer, with everything a labeler can do but show itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..metrics.table import MetricTable
from ..rules.criterion import NanPolicy
from ..rules.method import Method
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from .explaining import Explains
from .giving import in_words_of, labels_to_give, one_or_many
from .hand_labels import ManualLabels, Where
from .kept_limits import LimitsKeeper
from .merging import SuggestsMerges
from .reviewing import CanReview
from .selecting import kept_labels, selected
from .session import INPUTS, Session

if TYPE_CHECKING:
    import pandas as pd


class LiveLabels(CanReview, Explains, SuggestsMerges):
    """Labels that follow their limits; made by its subclasses. No widget is needed, and none is made.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
    method : Method
    table : MetricTable, optional
        The analyzer's metrics, and what the method adds to them.
    journal : str or Path, "auto", None or ManualLabels, default: "auto"
        Where labels given by hand are kept; see :meth:`override`.

    Attributes
    ----------
    analyzer : Analyzer
    session : Session
        The inputs: method, labels by hand, selection, and their history.
    hand : ManualLabels
        Labels by hand, shared by everything that uses their journal.

    Examples
    --------
    >>> live = LiveBombcell(demo_analyzer())
    >>> live.observe(lambda change: print(change["new"].value_counts()), names="labels")
    >>> live.set_limit("noise/num_positive_peaks", max=3)
    """

    title: ClassVar[str] = "Labels"  #: Name of the method.
    function: ClassVar[str] = ""  #: Gives the same labels.

    def __init__(
        self,
        analyzer: Any,
        method: Method,
        table: MetricTable | None = None,
        journal: Where | ManualLabels = "auto",
    ) -> None:
        super().__init__()
        self.analyzer = load(analyzer)
        table = MetricTable.of(self.analyzer) if table is None else table
        if not any(table.find(c.metric) for c in method.rules.criteria):
            for criterion in method.rules.criteria[:1]:
                table.require(criterion.metric)
        self.session = Session(table, method)
        if journal == "auto":
            # Of many recordings, each has its own journal.
            journal = self.analyzer.source.hand_labels() or journal
        self.hand = journal if isinstance(journal, ManualLabels) else ManualLabels.of(self.analyzer, journal)
        self.hand.follow(self.session)
        self._limits = LimitsKeeper.of(self)
        self.session.observe(lambda change: self.publish(), names=INPUTS)

    # ------------------------------------------------------------------ what can be read and observed

    @property
    def rule_set(self) -> RuleSet:
        """The method with its current limits."""
        return self.session.rule_set

    @property
    def method(self) -> Method:
        """The method with its options, its start and its current limits."""
        return self.session.method  # type: ignore[no-any-return]

    @property
    def trace(self) -> Trace:
        """The decision on every unit, from which everything shown is read."""
        return self.session.trace

    @property
    def labels(self) -> pd.DataFrame:
        """Current labels: index unit ids, one column ``label``."""
        return self.trace.label_frame("label")

    @property
    def counts(self) -> dict[str, int]:
        """Number of units per label."""
        return self.trace.counts()

    @property
    def thresholds(self) -> dict[str, Any]:
        """Current limits as a dictionary, as the labeling functions take it.

        Assigning one replaces all limits; metrics that it does not name are switched off.
        """
        return self.rule_set.thresholds()

    @thresholds.setter
    def thresholds(self, thresholds: Any) -> None:
        self.session.set_rules(self.rules_for(thresholds))

    @property
    def selection(self) -> list[Any]:
        """Ids of the selected units; may be assigned."""
        return [self.analyzer.unit_ids[at].item() for at in self.session.selection]

    @selection.setter
    def selection(self, unit_ids: Iterable[Any]) -> None:
        self.session.selection = tuple(int(at) for at in self.analyzer.unit_positions(unit_ids))

    @property
    def restored(self) -> str:
        """Which limits were put back from the journal; "" if none were."""
        return "" if self._limits is None else self._limits.said

    # ------------------------------------------------------------------ limits

    def set_limit(self, criterion: str, *, min: Any = ..., max: Any = ...) -> None:
        """Set one or both limits of a criterion; one step for undo.

        Parameters
        ----------
        criterion : str
            Key ("mua/snr") or unambiguous metric.
        min, max : float or None, optional
            In the stored unit; None switches the limit off. What is not given stays.

        Raises
        ------
        RuleError
        """
        found = self.rule_set.criteria[self.rule_set.index(criterion)]
        pair = (found.min if min is ... else min, found.max if max is ... else max)
        self.session.set_limits({found.key: pair})

    # ------------------------------------------------------------------ labels by hand

    @property
    def overrides(self) -> pd.DataFrame:
        """Labels given by hand: index unit ids; columns label, rules (what they alone say), source, time, note."""
        return self.hand.frame(self.session)

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
        given = labels_to_give(unit_ids, label)
        places = self.analyzer.unit_positions([unit for unit, _ in given]).tolist()
        own = self.rule_set.labels
        wanted = {at: in_words_of(label, own) for at, (_, label) in zip(places, given, strict=True)}
        self.session.set_by_hand(self.hand.with_labels(self.session, wanted, note))
        self.take_proposals(unit_ids)

    def clear_override(self, unit_ids: Any = None) -> None:
        """Leave units to the rules again; None: all units.

        Raises
        ------
        UnknownUnitError
        """
        if unit_ids is None:
            self.session.set_by_hand({})
            return
        places = self.analyzer.unit_positions(one_or_many(unit_ids)).tolist()
        self.session.set_by_hand({at: e for at, e in self.session.by_hand.items() if at not in places})

    def set_nan_policy(self, criterion: str, policy: NanPolicy) -> None:
        """Say what a missing value of one criterion counts as.

        Parameters
        ----------
        criterion : str
            Key ("mua/snr") or unambiguous metric.
        policy : {"fail", "pass", "ignore"}
            See :class:`Criterion`.

        Raises
        ------
        RuleError
        """
        self.session.set_rules(self.rule_set.with_criterion(criterion, nan=policy))

    def select_units(
        self, keep: str | Iterable[str] | None = None, drop: str | Iterable[str] | None = None
    ) -> Analyzer:
        """Return an analyzer with the units of some labels, as they are now.

        The labels go with it, as the sorting property ``label``, also when it is saved.

        Parameters
        ----------
        keep, drop : str or iterable of str
            Labels to keep, or labels to leave out; exactly one of the two.

        Returns
        -------
        Analyzer

        Raises
        ------
        SelectionError
            If both or neither is given, a label is not one of this method's, or no unit is left.
        """
        return selected(self.analyzer, self.trace, keep, drop)

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
        from ..export.code import labeling_code

        kept = None if keep is None and drop is None else kept_labels(self.trace, keep, drop)
        return labeling_code(
            self.analyzer,
            self.function,
            self.thresholds,
            self.code_options(),
            kept,
            variable,
            self.overrides["label"].to_dict(),
        )

    def export(self, path: Any, format: Any = None, *, overwrite: bool = False, **options: Any) -> Any:
        """Write the labels as they are now for another tool; see :func:`nb_autolabel.export_labels`."""
        from ..export.labels import export_labels

        return export_labels(self, path, format, overwrite=overwrite, **options)

    def methods_text(self) -> str:
        """Return a paragraph for a paper: numbers, versions and sources of these labels."""
        from ..export.methods import methods_text

        return methods_text(self.trace, self.analyzer, self.title, self.models_in_words())

    # ------------------------------------------------------------------ history

    def undo(self) -> bool:
        """Take the last change back (a whole drag is one); False if there is none."""
        return self.session.undo()

    def redo(self) -> bool:
        """Make the change again that was undone last; False if there is none."""
        return self.session.redo()

    def reset(self) -> None:
        """Put all limits back to where they started."""
        self.session.reset()

    def close(self) -> None:
        """Let go of the journal; labels by hand are refused from now on."""
        self.hand.unfollow(self.session)

    # ------------------------------------------------------------------ what a method says of itself

    def rules_for(self, thresholds: Any) -> RuleSet:
        """Return the criteria and rules with the limits of a dictionary, as this method reads it.

        Raises
        ------
        RuleError
        """
        raise AssertionError("each method reads its own dictionaries")

    def code_options(self) -> dict[str, Any]:
        """Return the arguments of :attr:`function` besides the thresholds."""
        return dict(self.method.options)

    def set_option(self, option: str, value: Any) -> None:
        """Change an option of the method; one step for undo."""
        raise AssertionError("each method with options sets its own")

    def models_in_words(self) -> Any:
        """Say which classifiers labeled, where there are some, as text or as a `Said`."""
        return ""
