"""Rules that give labels, their conditions, and the rule set that makes a method."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from ..errors import RuleError, is_one_of, listing, suggestion
from .criterion import Criterion

if TYPE_CHECKING:
    from .trace import Trace

#: Conditions on the criteria of a group.
_OF_GROUPS = ("any", "all", "missing")
#: Version of the JSON form of a rule set.
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies to a unit.

    Parameters
    ----------
    kind : {"any", "all", "missing", "and", "or"}
        "any"/"all": any or all **active** criteria of `group` fail (false if none is active).
        "missing": no criterion of `group` with a limit has a value, whatever a missing value counts as: the unit lacks
        it, or the metric is not in the table (false if no criterion has a limit). "and"/"or": all or any of `parts`
        hold; an "and" of nothing but "missing" leaves out groups without limits.
    group : str, default: ""
        Group of criteria, for "any", "all" and "missing".
    parts : tuple of Condition, default: ()
        For "and" and "or".
    """

    kind: Literal["any", "all", "missing", "and", "or"]
    group: str = ""
    parts: tuple[Condition, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in (*_OF_GROUPS, "and", "or"):
            raise RuleError(f"condition {self.kind!r} is not known. Use any, all, missing, and, or.")
        if self.kind in ("and", "or") and not self.parts:
            raise RuleError(f"condition '{self.kind}' needs parts.")

    def groups(self) -> Iterator[str]:
        """Yield every group the condition refers to."""
        if self.kind in _OF_GROUPS:
            yield self.group
        for part in self.parts:
            yield from part.groups()

    @property
    def asks_for_missing(self) -> bool:
        """Whether it asks for missing values and nothing else."""
        joint = self.kind == "and" and all(part.asks_for_missing for part in self.parts)
        return self.kind == "missing" or joint

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data: ``{"any": "noise"}`` or ``{"and": [...]}``."""
        if self.kind in _OF_GROUPS:
            return {self.kind: self.group}
        return {self.kind: [part.to_dict() for part in self.parts]}

    @classmethod
    def from_dict(cls, data: Any) -> Condition:
        """Read what :meth:`to_dict` gives."""
        if not isinstance(data, dict) or len(data) != 1:
            raise RuleError(
                f"a condition is a dictionary with one key: any, all, missing, and, or. Got {data!r}."
            )
        ((kind, value),) = data.items()
        if kind in _OF_GROUPS:
            return cls(kind, group=str(value))
        return cls(kind, parts=tuple(cls.from_dict(part) for part in value))


def any_fails(group: str) -> Condition:
    """Any active criterion of the group fails."""
    return Condition("any", group)


def all_fail(group: str) -> Condition:
    """Every active criterion of the group fails, and there is one."""
    return Condition("all", group)


def no_value(group: str) -> Condition:
    """No criterion of the group has a value, and at least one has a limit."""
    return Condition("missing", group)


def no_values(groups: Iterable[str]) -> Condition:
    """No criterion of any of the groups has a value, and at least one has a limit."""
    return Condition("and", parts=tuple(map(no_value, groups)))


@dataclass(frozen=True, slots=True)
class Rule:
    """Give `label` to the units that have one of the labels `among` and meet `when`.

    Parameters
    ----------
    label : str
    when : Condition
    among : tuple of str
        Labels that this rule may replace.
    """

    label: str
    when: Condition
    among: tuple[str, ...]


@dataclass(frozen=True)
class RuleSet:
    """A labeling method: criteria, and rules applied in order to units that start with `default`.

    Parameters
    ----------
    name : str
        Method or preset name, for people.
    criteria : tuple of Criterion
        Keys are unique.
    rules : tuple of Rule
    default : str
        Label of units that no rule reaches.
    """

    name: str
    criteria: tuple[Criterion, ...]
    rules: tuple[Rule, ...]
    default: str

    def __repr__(self) -> str:
        labels = dict.fromkeys([self.default, *(rule.label for rule in self.rules)])
        on = sum(c.active for c in self.criteria)
        return (
            f"RuleSet({self.name!r}, {len(self.criteria)} criteria, {on} of them on: "
            f"{listing((c.key for c in self.criteria if c.active), 20)}; labels {listing(labels)})"
        )

    def __post_init__(self) -> None:
        keys = [c.key for c in self.criteria]
        repeated = sorted({k for k in keys if keys.count(k) > 1})
        if repeated:
            raise RuleError(f"criteria appear twice: {listing(repeated)}. Give each metric once per section.")

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """Every label the method can give: those of the rules in order, then the default."""
        return tuple(dict.fromkeys([*(rule.label for rule in self.rules), self.default]))

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Keys of the criteria, in order."""
        return tuple(c.key for c in self.criteria)

    @cached_property
    def sections(self) -> tuple[str, ...]:
        """Sections in the order of first appearance."""
        return tuple(dict.fromkeys(c.section for c in self.criteria))

    def __getitem__(self, key: str) -> Criterion:
        """Return a criterion by key, or by metric name where that is unambiguous.

        Raises
        ------
        RuleError
        """
        return self.criteria[self.index(key)]

    def index(self, key: str) -> int:
        """Position of a criterion by key or unambiguous metric name.

        Raises
        ------
        RuleError
            If there is none, or the metric stands in several sections.
        """
        if is_one_of(key, self.keys):
            return self.keys.index(key)
        hits = [i for i, c in enumerate(self.criteria) if is_one_of(key, (c.metric,))]
        if len(hits) == 1:
            return hits[0]
        if hits:
            options = listing(self.keys[i] for i in hits)
            raise RuleError(f"'{key}' stands in several sections. Name one of: {options}.")
        near = suggestion(key, [*self.keys, *(c.metric for c in self.criteria)])
        raise RuleError(f"there is no criterion '{key}'.{near} Criteria: {listing(self.keys)}.")

    def with_criterion(self, key: str, **changes: Any) -> RuleSet:
        """Return a copy in which one criterion is changed, e.g. ``with_criterion("snr", min=4)``."""
        at = self.index(key)
        changed = replace(self.criteria[at], **changes)
        return replace(self, criteria=(*self.criteria[:at], changed, *self.criteria[at + 1 :]))

    def apply(
        self,
        metrics: Any,
        missing: Literal["raise", "inactive"] = "raise",
        by_hand: Mapping[int, str] | None = None,
    ) -> Trace:
        """Label every unit.

        Parameters
        ----------
        metrics : Analyzer, pandas.DataFrame or MetricTable
            Where the values come from.
        missing : {"raise", "inactive"}, default: "raise"
            What to do with a criterion whose metric is not in the table.
        by_hand : dict of int to str, optional
            Labels given by hand, by position of the unit; they win over the rules.

        Returns
        -------
        Trace

        Raises
        ------
        MissingMetricError
            If a metric of an active criterion is not there and `missing` is "raise".
        """
        from .trace import Trace

        return Trace.of(self, metrics, missing=missing, by_hand=by_hand)

    def thresholds(self, dialect: Literal["min/max", "greater/less"] = "min/max") -> dict[str, Any]:
        """Return the limits as nested (or, without sections, flat) dictionaries.

        Parameters
        ----------
        dialect : {"min/max", "greater/less"}, default: "min/max"
            Names of the limits; "greater/less" is what SpikeInterface 0.105 reads.
        """
        from .threshold_io import write_thresholds

        return write_thresholds(self.criteria, dialect)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON data; :meth:`from_dict` reads it back, the browser interprets it."""
        return {
            "format": FORMAT,
            "name": self.name,
            "default": self.default,
            "labels": list(self.labels),
            "criteria": [c.to_dict() for c in self.criteria],
            "rules": [
                {"label": r.label, "when": r.when.to_dict(), "among": list(r.among)} for r in self.rules
            ],
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> RuleSet:
        """Read what :meth:`to_dict` gives.

        Raises
        ------
        RuleError
            If it is not a rule set of a known format.
        """
        if not isinstance(data, dict) or data.get("format") != FORMAT:
            got = data.get("format") if isinstance(data, dict) else type(data).__name__
            raise RuleError(f"not a rule set of format {FORMAT} (got {got!r}).")
        try:
            return cls(
                name=data["name"],
                criteria=tuple(Criterion(**c) for c in data["criteria"]),
                rules=tuple(
                    Rule(r["label"], Condition.from_dict(r["when"]), tuple(r["among"])) for r in data["rules"]
                ),
                default=data["default"],
            )
        except (KeyError, TypeError) as error:
            raise RuleError(f"incomplete rule set: {error}.") from error

    def to_json(self) -> str:
        """Return the rule set as JSON text."""
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_json(cls, text: str) -> RuleSet:
        """Read what :meth:`to_json` gives."""
        try:
            data = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise RuleError(f"not JSON: {error}.") from error
        return cls.from_dict(data)


def criteria_of(rule_set: RuleSet, condition: Condition) -> Iterable[int]:
    """Positions of the criteria that a condition refers to, in the order of the rule set."""
    groups = set(condition.groups())
    return [i for i, c in enumerate(rule_set.criteria) if c.group in groups]
