"""Tables as text: what stands between the columns, and which ids are numbers and which are text."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from ..file_bytes import MAX_TABLE, read_bytes

#: What may stand between columns.
SEPARATORS = ",;\t"


def delimiter(text: str) -> str:
    """Return what stands between the columns of the header, outside of quotes."""
    header = re.sub(r'"[^"]*"', "", text.lstrip("\n\r").partition("\n")[0])
    return max(SEPARATORS, key=header.count)


def table_text(path: Path) -> tuple[str, str]:
    """Return the text of a file, and what stands between its columns.

    Raises
    ------
    OSError, ValueError
        If it is no regular file, is too large, or is not UTF-8.
    """
    # Old spreadsheets end their lines with a carriage return alone.
    text = read_bytes(path, MAX_TABLE).decode("utf-8-sig")
    text = text if "\n" in text else text.replace("\r", "\n")
    return text, delimiter(text)


def whole_number(text: str) -> int | None:
    """Return an id as a number, if it is written as one that 64 bits hold; "007" is none."""
    if not re.fullmatch(r"\s*(0|-?[1-9][0-9]{0,19})(\.0+)?\s*", text):
        return None
    number = int(text.partition(".")[0])
    return number if -(2**63) <= number < 2**64 else None


def is_quoted(text: str, between: str, column: str) -> bool:
    """Whether the ids of a column are text: they are quoted in the first row of values."""
    header, first = [*text.split("\n", 2), "", ""][:2]
    names = next(csv.reader([header], delimiter=between), [])
    place = names.index(column) if column in names else 0
    mark = re.escape(between)
    fields = re.findall(rf'(?:^|{mark})("(?:[^"]|"")*"|[^{mark}]*)', first.rstrip("\r\n"))
    return place < len(fields) and fields[place].startswith('"')
