"""A filter of units as people write it, ``snr > 5 and label == "mua"``: read here, and nothing of it is run as code.

``frontend/src/core/filter.js`` is its twin in the browser; the corpus in ``tests/conformance`` holds both to one answer.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..errors import RuleError

#: What a name is for a unit: a number, a text, several texts, or yes or no.
Value = float | str | bool | Sequence[str]
Read = Callable[[int], Value]
Test = Callable[[int], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)|(?P<name>[A-Za-z_]\w*)|"(?P<double>[^"]*)"|"""
    r"""'(?P<single>[^']*)'|(?P<sign><=|>=|==|!=|<|>|\(|\)|-))""",
    re.ASCII,
)
_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.ASCII | re.IGNORECASE)
_WORDS = ("and", "or", "not", "in")
#: Signs of other languages, and how they are written here.
_OTHERWISE = {"&&": "and", "&": "and", "||": "or", "|": "or", "!": "not", "=": "=="}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
#: Deepest nesting of parentheses, "not" and "-".
_DEEPEST = 100


class Name(NamedTuple):
    """What a name in a filter stands for.

    Attributes
    ----------
    read : callable
        ``read(position)``.
    bare : bool
        Whether it says something without a comparison.
    """

    read: Read
    bare: bool = False


class FilterError(RuleError):
    """A filter cannot be read."""


def parse_filter(text: str, look_up: Callable[[str], Name | None], names: Sequence[str] = ()) -> Test:
    """Turn text into a test of one unit, by its position.

    Parameters
    ----------
    text : str
    look_up : callable
        What a name stands for; None if it is not known.
    names : sequence of str
        Names that are proposed for one that is not known.

    Raises
    ------
    FilterError
        That says in words what cannot be read.
    """
    return _Parser(text, look_up, names).test()


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            rest = text[at:].strip()
            sign = next((sign for sign in _OTHERWISE if rest.startswith(sign)), "")
            hint = f': write "{_OTHERWISE[sign]}" for "{sign}"' if sign else ""
            raise FilterError(f'cannot read "{rest[:12]}"{hint}')
        kind = str(match.lastgroup)
        word = match[kind]
        if (kind == "name" and word in _WORDS) or kind == "sign":
            kind = word
        found.append(("text" if kind in ("double", "single") else kind, word))
        at = match.end()
    return found


class _Parser:
    def __init__(self, text: str, look_up: Callable[[str], Name | None], names: Sequence[str]) -> None:
        self._tokens = _tokens(text)
        self._look_up = look_up
        self._names = names
        self._at = 0
        self._depth = 0

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _take(self) -> tuple[str, str]:
        self._at += 1
        return self._tokens[self._at - 1] if self._at <= len(self._tokens) else ("", "")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise FilterError(f"it is nested more than {_DEEPEST} deep")

    def test(self) -> Test:
        found = self._either()
        if self._at < len(self._tokens):
            raise FilterError(f'"{self._tokens[self._at][1]}" is not expected there')
        return found

    def _either(self) -> Test:
        tests = [self._both()]
        while self._peek() == "or":
            self._take()
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda at: any(test(at) for test in tests)

    def _both(self) -> Test:
        tests = [self._single()]
        while self._peek() == "and":
            self._take()
            tests.append(self._single())
        return tests[0] if len(tests) == 1 else lambda at: all(test(at) for test in tests)

    def _single(self) -> Test:
        self._deeper()
        found = self._one()
        self._depth -= 1
        return found

    def _one(self) -> Test:
        if self._peek() == "not":
            self._take()
            test = self._single()
            return lambda at: not test(at)
        if self._peek() == "(":
            self._take()
            test = self._either()
            if self._take()[0] != ")":
                raise FilterError("a ) is missing")
            return test
        left, bare = self._value()
        sign = self._peek()
        if sign not in (*_COMPARE, "==", "!=", "in"):
            if not bare:
                raise FilterError("a comparison is missing: <, <=, >, >=, ==, !=, in")
            return lambda at: bool(left(at))
        self._take()
        right, _ = self._value()
        return lambda at: compare(sign, left(at), right(at))

    def _value(self) -> tuple[Read, bool]:
        kind, word = self._take()
        if not kind:
            raise FilterError("it ends too early")
        if kind == "-":
            self._deeper()
            inner, _ = self._value()
            self._depth -= 1
            return lambda at: -as_number(inner(at)), False
        if kind == "number":
            number = float(word)
            return lambda at: number, False
        if kind == "text":
            return lambda at: word, False
        if kind == "name":
            known = self._look_up(word)
            if known is None:
                raise FilterError(unknown(word, self._names))
            return known
        raise FilterError(f'"{word}" is not expected there')


def compare(sign: str, left: Value, right: Value) -> bool:
    """Compare two values; text and numbers are equal where the text says the number, and only numbers are larger or smaller.

    Several texts equal a text that is one of them. ``in`` looks for a text in several, or as a part of a text.
    """
    if sign in _COMPARE:
        return _COMPARE[sign](as_number(left), as_number(right))
    if sign == "in":
        if isinstance(right, str):
            return str(as_said(left)) in right
        return not isinstance(right, int | float) and as_said(left) in right
    for one, other in ((left, right), (right, left)):
        if not isinstance(one, str | int | float):
            return (as_said(other) in one) == (sign == "==")
    first, second = as_number(left), as_number(right)
    same = (
        first == second if not math.isnan(first) and not math.isnan(second) else _said(left) == _said(right)
    )
    return same == (sign == "==")


def _said(value: Value) -> Any:
    """Return a value for equality; a missing number equals nothing, not even itself."""
    return object() if isinstance(value, float) and math.isnan(value) else as_said(value)


def as_said(value: Value) -> Any:
    """Return yes and no as text; everything else as it is."""
    return ("yes" if value else "no") if isinstance(value, bool) else value


def as_number(value: Value) -> float:
    """Return a number, or that which a text says; NaN for everything else."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip(" ")):
        return float(value)
    return math.nan


def unknown(word: str, names: Sequence[str]) -> str:
    """Say that there is no such name, with the nearest one."""
    if word in names:
        return f'this method has no "{word}"'
    near = nearest(word, names)
    return f'there is no "{word}"' + (f": {near}" if near else "")


def nearest(word: str, names: Sequence[str]) -> str:
    """Say which name is nearest, as long as it is near: letters' case, or one letter in four wrong.

    Names in quotes are labels.
    """
    best, least = "", max(1, len(word) // 4) + 1
    for name in names:
        plain = name.strip('"')
        away = distance(word.lower(), plain.lower(), least)
        if away < least or (away == 0 and plain == word):
            best, least = name, away
    if not best:
        return ""
    return f"a label stands in quotes, {best}" if best.startswith('"') else f"did you mean {best}?"


def distance(one: str, other: str, most: int) -> int:
    """Return how many letters must be changed, added or left out; `most` if it is that many or more."""
    if abs(len(one) - len(other)) >= most:
        return most
    before = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        now = [i]
        for j, its in enumerate(other, 1):
            now.append(min(before[j] + 1, now[j - 1] + 1, before[j - 1] + (letter != its)))
        before = now
    return min(before[-1], most)
