"""Where the conditions of a rule set hold, given what every criterion found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .judgement import Judgement, Mask
from .rule import Condition, RuleSet


class Conditions:
    """The conditions of a rule set over the units of one table.

    Parameters
    ----------
    rule_set : RuleSet
    judgements : list of Judgement or None
        One a criterion; None if it is inactive.
    n_units : int

    Attributes
    ----------
    active : dict of str to list of int
        Positions of the active criteria, by group.
    absent : dict of str to list of int
        Positions of the criteria that have a limit and whose metric is not there or cannot be judged, by group.
    """

    def __init__(self, rule_set: RuleSet, judgements: list[Judgement | None], n_units: int) -> None:
        self.rule_set = rule_set
        self.judgements = judgements
        self.n_units = n_units
        self.active: dict[str, list[int]] = {}
        self.absent: dict[str, list[int]] = {}
        for at, (criterion, found) in enumerate(zip(rule_set.criteria, judgements, strict=True)):
            if found is not None:
                self.active.setdefault(criterion.group, []).append(at)
            elif criterion.active:
                self.absent.setdefault(criterion.group, []).append(at)

    def codes(self) -> npt.NDArray[np.int8]:
        """Apply the rules in order; return an index into the rule set's labels for each unit, shape (n_units,)."""
        labels = self.rule_set.labels
        codes = np.full(self.n_units, labels.index(self.rule_set.default), dtype=np.int8)
        for rule in self.rule_set.rules:
            held = self.holds(rule.when)
            if held is None:
                continue
            eligible = np.zeros(len(codes), dtype=bool)
            for label in rule.among:
                if label in labels:
                    eligible |= codes == np.int8(labels.index(label))
            held &= eligible
            # Arithmetic on whole arrays; assigning through a mask takes ten times as long.
            codes += held.view(np.int8) * (np.int8(labels.index(rule.label)) - codes)
        return codes

    def failing(self, at: int, kind: str) -> Mask:
        """Where a criterion counts as failed; "ignore" depends on how its group is combined.

        For the kind "missing": where it has no value.
        """
        found = self.judgements[at]
        assert found is not None  # noqa: S101 (only active criteria are asked)
        if kind == "missing":
            return np.zeros_like(found.failed) if found.missing is None else found.missing
        policy = self.rule_set.criteria[at].nan
        if found.missing is not None and (policy == "fail" or (policy == "ignore" and kind == "all")):
            gaps = found.missing if found.absent is None else found.missing & ~found.absent
            return found.failed | gaps
        return found.failed

    def holds(self, condition: Condition) -> Mask | None:
        """Where a condition holds, as a new array; None if nothing in it is active."""
        if condition.kind in ("any", "all", "missing"):
            active = self.active.get(condition.group, [])
            masks = [self.failing(i, condition.kind) for i in active]
            if condition.kind == "all":
                masks = self._where_there(active, masks)
            if condition.kind == "missing" and not masks and condition.group in self.absent:
                masks = [np.ones(self.n_units, dtype=bool)]
        else:
            parts = [self.holds(part) for part in condition.parts]
            if (
                condition.kind == "and"
                and any(part is None for part in parts)
                and not condition.asks_for_missing
            ):
                return None
            masks = [part for part in parts if part is not None]
        if not masks:
            return None
        join = np.logical_or if condition.kind in ("any", "or") else np.logical_and
        result = masks[0].copy()
        for mask in masks[1:]:
            join(result, mask, out=result)
        return result

    def _where_there(self, active: list[int], masks: list[Mask]) -> list[Mask]:
        """Leave criteria out of "all" where the recording lacks their metrics; where it lacks all, "all" does not hold."""
        absent = [found.absent if (found := self.judgements[at]) else None for at in active]
        if all(each is None for each in absent):
            return masks
        nowhere = np.ones(self.n_units, dtype=bool)
        for each in absent:
            nowhere &= False if each is None else each
        left_out = [mask if gone is None else mask | gone for mask, gone in zip(masks, absent, strict=True)]
        return [*left_out, ~nowhere]

    def blame(self, condition: Condition, among: Mask, blamed: dict[int, Mask]) -> None:
        """Add to `blamed`, by criterion, the units among some for which it made a condition hold.

        Parameters
        ----------
        condition : Condition
        among : ndarray of bool, shape (n_units,)
        blamed : dict of int to ndarray of bool
            By position of the criterion; changed in place.
        """
        held = self.holds(condition)
        if held is None:
            return
        among = among & held
        if condition.kind in ("any", "all", "missing"):
            for at in self.active.get(condition.group, ()):
                mask = self.failing(at, condition.kind) & among
                blamed[at] = blamed.get(at, np.zeros_like(mask)) | mask
        if condition.kind == "missing":
            for at in self.absent.get(condition.group, ()):
                blamed[at] = blamed.get(at, np.zeros_like(among)) | among
        for part in condition.parts:
            self.blame(part, among, blamed)
