"""A method with its settings: kind, options, starting limits, and current limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .criterion import Criterion
from .rule import RuleSet

Limits = tuple[float | None, float | None]


@dataclass(frozen=True)
class Method:
    """One value for everything that can be set of a method, so that one step of undo takes all of it back.

    Attributes
    ----------
    kind : str
        "bombcell", "thresholds", "unitrefine" or another name.
    rules : RuleSet
        The criteria with their limits as they are now.
    defaults : RuleSet
        The same as they started; what "reset" goes back to, and what changes are counted from.
    options : dict of str to Any
        Arguments of the labeling function besides its thresholds.
    """

    kind: str
    rules: RuleSet
    defaults: RuleSet
    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: RuleSet, kind: str = "", **options: Any) -> Method:
        """Return a method at its start.

        Parameters
        ----------
        rules : RuleSet
        kind : str, default: the rule set's name
        **options
            Arguments of the labeling function besides its thresholds.
        """
        return cls(kind or rules.name, rules, rules, options)

    def with_rules(self, rules: RuleSet) -> Method:
        """Return the method with other rules; where it started stays."""
        return replace(self, rules=rules)

    def with_limits(self, limits: Mapping[str, Limits]) -> Method:
        """Return the method with other limits for some criteria.

        Parameters
        ----------
        limits : dict of str to (float or None, float or None)
            By key of the criterion, in stored units; None is off.

        Raises
        ------
        RuleError
            If there is no such criterion, or a limit is no number.
        """
        rules = self.rules
        for key, (low, high) in limits.items():
            criterion = rules[key]
            if (criterion.min, criterion.max) != (low, high):
                rules = rules.with_criterion(key, min=low, max=high)
        return self.with_rules(rules)

    def reset(self) -> Method:
        """Return the method with every limit where it started; criteria and options stay as they are."""
        starts = {c.key: (c.min, c.max) for c in self.defaults.criteria}
        return self.with_limits({key: starts[key] for key in self.rules.keys if key in starts})

    def with_added(self, criterion: Criterion) -> Method:
        """Return the method with one criterion more, which starts as it is given."""

        def more(rules: RuleSet) -> RuleSet:
            others = tuple(c for c in rules.criteria if c.key != criterion.key)
            return replace(rules, criteria=(*others, criterion))

        return replace(self, rules=more(self.rules), defaults=more(self.defaults))

    def without(self, key: str) -> Method:
        """Return the method without a criterion.

        Raises
        ------
        RuleError
            If there is none.
        """
        at = self.rules.index(key)
        criteria = self.rules.criteria
        return self.with_rules(replace(self.rules, criteria=(*criteria[:at], *criteria[at + 1 :])))
