"""Names that students give, and words that only stand where a name should be."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from ..errors import LabelsError

#: Words that stand in a form where a name should be, in lower case without blanks and signs.
_PLACEHOLDERS = frozenset({
    "name", "names", "student", "students", "studentname", "nameofstudent", "thestudent", "firstname", "lastname",
    "surname", "fullname", "firstnamelastname", "firstnamesurname", "namesurname", "nickname", "username", "user",
    "none", "nan", "null", "na", "unnamed", "untitled", "noname", "placeholder", "xxx",
})  # fmt: skip
#: Parts that no name has: "your name", "enter your name", "name here".
_PART = re.compile(
    r"(your|my)(first|last|full|sur|own|student|good)?name|namehere|(enter|insert|type|fillin|putin)(a|the)?name"
)


def checked_name(student: Any) -> str:
    """Return a student's name.

    Raises
    ------
    LabelsError
        If it is no text, blank, or a placeholder like "your name": everybody who left it would get the same units, and
        the files of a class could not be told apart.
    """
    if not isinstance(student, str) or not _says_something(student):
        raise LabelsError(
            f"a student is called by a name, not {_short(student)}. Enter your own name: "
            'nbl.Exercise("anna"). It chooses your units and names your file.'
        )
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKC", student).casefold() if letter.isalnum()
    )
    if plain in _PLACEHOLDERS or _PART.search(plain):
        raise LabelsError(
            f"{_short(student)} stands where your own name should be: a student is called by a name, as in "
            'nbl.Exercise("anna"). Everybody who leaves it gets the same units, and files of a class cannot be told apart.'
        )
    return student


def _says_something(text: str) -> bool:
    """Whether text holds more than blanks, control characters and punctuation."""
    silent = ("Zs", "Zl", "Zp", "Cc", "Cf")
    return any((kind := unicodedata.category(c)) not in silent and kind[0] != "P" for c in text)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
