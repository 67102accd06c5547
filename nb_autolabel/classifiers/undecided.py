"""Which units a pair of classifiers leaves to a person: unlike the training, or beyond the error that may be expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from ..errors import ModelError, RuleError, listing, suggestion
from ..metrics.table import MetricTable
from ..rules.rule import RuleSet
from ..rules.trace import Trace
from ..unit_ids import as_list
from .adaptation import bundled_pair, bundled_training_data, own_labels
from .cascade import NOISE_COLUMN, SUA_COLUMN, Cascade, with_frame
from .expected_error import (
    SAFE,
    Calibration,
    Cut,
    asked_probability,
    bundled_calibrations,
    checked,
    cut,
    is_right,
    log_odds_of,
)
from .inputs import Inputs
from .left_out import left_out_pair
from .model import as_single
from .noise_share import checked_share, moved, shift_for
from .similarity import Curves, Seen
from .unfamiliar import REASON, bundled_familiar

Unfamiliar = Literal["unsure", "keep"]
#: Options of the method that are read here, as they are when nothing is asked.
OPTIONS: dict[str, Any] = {"accept": None, "noise_share": None, "unfamiliar": "unsure"}
#: Without a model learnt for these classifiers, units are only put in an order.
_ORDER = Calibration(1.0, 0.0, 1.0)


@dataclass(frozen=True)
class Undecided:
    """What is known of a recording's units besides their probabilities.

    Attributes
    ----------
    unfamiliar : ndarray of bool, shape (n_units,)
        Unlike all neural units of the training.
    calibrations : dict of str to Calibration
        By question; empty for classifiers that none was learnt for.
    left_out : dict of int to (float, float)
        Of units that the pair was adapted to, by position: what it would say of noise and single unit without their label.
    """

    unfamiliar: npt.NDArray[np.bool_]
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    left_out: Mapping[int, tuple[float, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, cascade: Cascade, inputs: Mapping[str, Inputs], table: MetricTable) -> Undecided:
        """Look at the units of a table, as the classifiers see them."""
        if not is_bundled(cascade):
            return cls(np.zeros(len(table), dtype=bool))
        rows = as_single(inputs[NOISE_COLUMN].rows)
        return cls(
            bundled_familiar().unfamiliar(rows), bundled_calibrations(), _left_out(cascade, rows, table)
        )

    # ------------------------------------------------------------------ what the options do

    def metrics(self, table: MetricTable, options: Mapping[str, Any]) -> MetricTable:
        """Return the table with the noise stage shifted to the share that was told."""
        share = options.get("noise_share")
        if share is None or table.find(NOISE_COLUMN) is None:
            return table
        noise = np.asarray(table.values(NOISE_COLUMN), dtype=np.float64)
        return with_frame(table, table.frame.assign(**{NOISE_COLUMN: moved(noise, shift_for(noise, share))}))

    def held(
        self, trace: Trace, options: Mapping[str, Any], audit: Mapping[int, str], shift: float = 0.0
    ) -> dict[int, str]:
        """Return why units are left undecided, by position.

        Parameters
        ----------
        trace : Trace
            The rules' decision.
        options : dict
            With "accept" and "unfamiliar".
        audit : dict of int to str
            Labels by hand of units that were drawn at random, by position.
        shift : float
            Of the noise stage, for the units in `left_out`.
        """
        strange = self.strange(trace, options)
        found = dict.fromkeys(np.flatnonzero(strange).tolist(), REASON)
        asked = options.get("accept")
        if asked:
            judged = self.cut(trace, options, audit, shift)
            for at in np.flatnonzero(np.isfinite(judged.errors) & ~judged.accepted).tolist():
                if at not in trace.by_hand:
                    error = f"expected error {judged.safe_errors[at]:.2f} ({asked['question']})"
                    found[at] = f"{error}: not accepted at {asked['error']:g}"
        return found

    def strange(self, trace: Trace, options: Mapping[str, Any]) -> npt.NDArray[np.bool_]:
        """Tell which units are left undecided because they are unlike the training; those called noise are not."""
        if options.get("unfamiliar", "unsure") != "unsure" or not self.unfamiliar.any():
            return np.zeros(len(trace.table), dtype=bool)
        others = [code for code, name in enumerate(trace.names) if name in ("mua", "sua", "neural")]
        strange: npt.NDArray[np.bool_] = self.unfamiliar & np.isin(trace.rule_codes, others)
        return strange

    def cut(
        self, trace: Trace, options: Mapping[str, Any], audit: Mapping[int, str], shift: float = 0.0
    ) -> Cut:
        """Return which labels are accepted; parameters as of :meth:`held`.

        Units labeled by hand, unlike the training, unsure or unjudged have no expected error (NaN).
        """
        asked = options["accept"]
        question = asked["question"]
        labels = np.array(trace.names, dtype=object)[trace.rule_codes]
        noise, sua = chances_of(trace)
        log_odds = log_odds_of(asked_probability(labels, noise, sua, question))
        log_odds[self.strange(trace, options)] = np.nan
        log_odds[list(trace.by_hand)] = np.nan
        known, right = self.known(trace, question, audit, shift)
        return cut(
            self.calibrations.get(question, _ORDER),
            log_odds,
            asked["error"],
            known=known,
            right=right,
            safe=asked["safe"],
        )

    def known(
        self, trace: Trace, question: Any, audit: Mapping[int, str], shift: float = 0.0
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
        """Return the log-odds of being right of the units drawn at random, and whether they were."""
        noise, sua = chances_of(trace)
        log_odds, right = [], []
        for at, truth in audit.items():
            p_noise = np.nan if noise is None else noise[at]
            p_sua = np.nan if sua is None else sua[at]
            if at in self.left_out:
                p_noise, p_sua = self.left_out[at]
                p_noise = float(moved(np.array([p_noise]), shift)[0])
            said = decided(trace.rule_set, p_noise, p_sua)
            first = None if noise is None else np.array([p_noise])
            second = None if sua is None else np.array([p_sua])
            chance = asked_probability([said], first, second, question)
            hit = is_right(said, truth, question)
            if hit is not None and np.isfinite(chance[0]):
                log_odds.append(float(log_odds_of(chance)[0]))
                right.append(hit)
        return np.array(log_odds), np.array(right, dtype=bool)

    def shift(self, table: MetricTable, options: Mapping[str, Any]) -> float:
        """Return what the told share of noise adds to the log-odds, given the table without it."""
        if options.get("noise_share") is None or table.find(NOISE_COLUMN) is None:
            return 0.0
        return shift_for(np.asarray(table.values(NOISE_COLUMN), dtype=np.float64), options["noise_share"])


def checked_options(cascade: Cascade, **options: Any) -> dict[str, Any]:
    """Return options as the method keeps them.

    Parameters
    ----------
    cascade : Cascade
        The classifiers that they are for.
    **options
        "accept": None, or a dictionary with "error", "question" and, if not 1, "safe". "noise_share": None or a share.
        "unfamiliar": "unsure" or "keep".

    Raises
    ------
    RuleError, ModelError
    """
    return {name: _checked(cascade, name, value) for name, value in options.items()}


def _checked(cascade: Cascade, name: str, value: Any) -> Any:
    if name == "accept":
        if value is None:
            return None
        if not isinstance(value, Mapping) or not set(value) <= {"error", "question", "safe", "audit"}:
            raise RuleError(
                f"accept={str(value)[:60]}: it is None, or a dictionary like "
                "{'error': 0.05, 'question': 'good or not'}."
            )
        require_bundled(cascade)
        asked = {"error": 0.05, "question": "label", "safe": SAFE, **value}
        return checked(asked["error"], asked["question"], asked["safe"])
    if name == "noise_share":
        share = checked_share(value)
        if share is not None and NOISE_COLUMN not in cascade.classifiers:
            raise ModelError(
                "noise_share shifts the classifier of noise, and there is none here. Leave it out."
            )
        return share
    if name == "unfamiliar":
        if not isinstance(value, str) or value not in get_args(Unfamiliar):
            raise RuleError(
                f"unfamiliar={str(value)[:40]!r} is not known. Units unlike the training are 'unsure', or keep their "
                "label: 'keep'."
            )
        return value
    raise RuleError(
        f"there is no option {name[:40]!r}.{suggestion(name, OPTIONS)} Options: {listing(OPTIONS)}."
    )


def is_bundled(cascade: Cascade) -> bool:
    """Whether both classifiers are the bundled ones, adapted or not: what was learnt of errors is theirs."""
    return set(cascade.classifiers) == {NOISE_COLUMN, SUA_COLUMN} and all(
        c.origin == "bundled" for c in cascade.classifiers.values()
    )


def require_bundled(cascade: Cascade) -> None:
    """Refuse other classifiers.

    Raises
    ------
    ModelError
    """
    if not is_bundled(cascade):
        raise ModelError(
            "expected errors were learnt for the bundled pair of classifiers, adapted or not; nothing is known of others. "
            "Leave the classifiers out, or set limits for 'unsure' by hand."
        )


def decided(rules: RuleSet, noise: float, sua: float) -> str:
    """Return the label of one unit by the limits of the two probabilities, as if nothing could be unsure."""
    for section, value, label in (("noise", noise, "noise"), ("sua", sua, "mua")):
        for criterion in rules.criteria:
            if criterion.section == section and criterion.metric in (NOISE_COLUMN, SUA_COLUMN):
                low = criterion.min is not None and value < criterion.min
                if low or (criterion.max is not None and value > criterion.max):
                    return label
    return "sua" if rules.default == "sua" else "neural"


def chances_of(trace: Trace) -> tuple[npt.NDArray[np.float64] | None, npt.NDArray[np.float64] | None]:
    """Return the two probabilities of each unit as the rules saw them; None for a stage that is not there."""
    noise, sua = (
        None
        if trace.table.find(name) is None or not any(c.metric == name for c in trace.rule_set.criteria)
        else np.asarray(trace.table.values(name), dtype=np.float64)
        for name in (NOISE_COLUMN, SUA_COLUMN)
    )
    return noise, sua


def _left_out(
    cascade: Cascade, rows: npt.NDArray[np.float64], table: MetricTable
) -> dict[int, tuple[float, float]]:
    from .inputs import check_inputs

    classifier = cascade.classifiers[NOISE_COLUMN]
    adaptation = classifier.adaptation
    if adaptation is None:
        return {}
    own = as_single(check_inputs(adaptation.metrics, classifier).rows)
    places, truth = own_labels(adaptation.metrics, adaptation.labels)
    pair, curves = bundled_pair(), Curves.of(bundled_training_data().rows)
    noise, sua = left_out_pair([Seen.by(trees, curves, own[places]) for trees in pair], truth, pair)
    units = {unit: at for at, unit in enumerate(as_list(table.unit_ids))}
    found = {}
    for n, place in enumerate(places.tolist()):
        at = units.get(as_list(adaptation.metrics.unit_ids)[place])
        # A unit of this name in another recording has other metrics, and its label was not used.
        if at is not None and np.array_equal(own[place], rows[at], equal_nan=True):
            found[at] = (float(noise[n]), float(sua[n]))
    return found
