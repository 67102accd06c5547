"""A journal taken apart into its lines, also where another program has changed or removed the line breaks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_BOM = b"\xef\xbb\xbf"
#: Where a line of a journal begins. In notes and ids, quotation marks are escaped, so it stands nowhere else.
_START = re.compile(r'\{\s*"(?:unit|kind)"\s*:')
#: What other programs put between the lines of a journal that they write as one list.
_BETWEEN = b"[], \t\r\0"
_DECODER = json.JSONDecoder()


def pieces(data: bytes) -> Iterator[bytes]:
    r"""Yield the lines of a journal, without line breaks.

    Lines may end with "\n", "\r\n" or "\r". Of several JSON objects in one line each is yielded alone, and so is
    what lies between them. Joined together, the pieces are the whole file but for line breaks and separators.

    Parameters
    ----------
    data : bytes
        Of the whole file.
    """
    for line in re.split(rb"[\r\n]", data.removeprefix(_BOM)):
        # The usual line has one of these, once.
        if line.count(b'"unit"') + line.count(b'"limits"') > 1:
            yield from _apart(line)
        else:
            yield line


def _apart(line: bytes) -> Iterator[bytes]:
    text = line.decode("latin-1")  # one character a byte
    at = 0
    while (found := _START.search(text, at)) is not None:
        start = found.start()
        if text[at:start].encode("latin-1").strip(_BETWEEN):
            yield line[at:start]
        try:
            _, at = _DECODER.raw_decode(text, start)
        except RecursionError:
            yield line[start:]
            return
        except ValueError:  # cut off: the next one may be whole
            following = _START.search(text, start + 1)
            at = len(text) if following is None else following.start()
        yield line[start:at]
    if text[at:].encode("latin-1").strip(_BETWEEN):
        yield line[at:]
