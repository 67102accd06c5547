"""What a saved page is called: the name of the recording, its day, and when the labels were saved."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ..analyzer.analyzer import Analyzer

#: Names of folders that many recordings have: the folder above says which one it is.
_GENERAL = re.compile(
    r"(si_?)?(sorting_?)?(analyzer|analyser|kilosort\d*|sorter_output|output|results?|phy|postprocessed|waveforms|sorting)"
    r"(_output|_folder)?(\.zarr)?(\.zip)?",
    re.IGNORECASE,
)
#: What describes the day of a recording, where it was written down.
_KEYS = ("session_start_time", "recording_date", "session_date", "acquisition_date", "start_time", "date")
_DAY = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


@dataclass(frozen=True)
class Heading:
    """What stands over a saved page.

    Attributes
    ----------
    title : str
        Of the window: method, recording and day in one line.
    name : str
        Of the recording: the name of its folder or file, never its whole path.
    recorded : str
        Day of the recording as ``2024-05-01``; "" where it is not known.
    saved : str
        When the labels were saved, as ``2024-05-31 14:05``.
    """

    title: str
    name: str
    recorded: str
    saved: str


def heading(method: str, analyzer: Analyzer, now: dt.datetime | None = None) -> Heading:
    """Return what stands over a page of the labels of an analyzer.

    Parameters
    ----------
    method : str
        As people call it.
    analyzer : Analyzer
    now : datetime, optional
        None takes the present time.
    """
    name, recorded = recording_name(analyzer), recording_day(analyzer)
    saved = (now or dt.datetime.now()).strftime("%Y-%m-%d %H:%M")
    when = f"recorded {recorded}" if recorded else f"labels of {saved[:10]}"
    return Heading(f"{method}: {name}, {when}", name, recorded, saved)


def _parts(analyzer: Analyzer) -> list[str]:
    """Return the names in the path or address of an analyzer, the last one first."""
    location = analyzer.folder or analyzer.source.origin.location
    if not location:
        return []
    text = str(location)
    path = unquote(urlsplit(text).path) if "://" in text else text.replace("\\", "/")
    return [part for part in reversed(PurePosixPath(path).parts) if part.strip("/")]


def recording_name(analyzer: Analyzer) -> str:
    """Return the name of a recording: that of its folder or file, with the one above where many are called so."""
    parts = _parts(analyzer)
    if not parts:
        given = analyzer.header.annotations.get("name")
        return given if isinstance(given, str) and given else f"{analyzer.get_num_units()} units"
    if _GENERAL.fullmatch(parts[0]) and len(parts) > 1:
        return f"{parts[1]}/{parts[0]}"
    return parts[0]


def recording_day(analyzer: Analyzer) -> str:
    """Return the day of a recording as ``2024-05-01``, as it is written down or stands in its name; else ""."""
    header = analyzer.header
    annotations = header.recording_attributes.get("annotations")
    for described in (annotations, header.recording_attributes, header.annotations):
        for key in _KEYS:
            day = _day(described.get(key)) if isinstance(described, dict) else ""
            if day:
                return day
    return next(filter(None, map(_day, _parts(analyzer)[:3])), "")


def _day(value: Any) -> str:
    """Return the day in a text or a date; "" if there is none."""
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    for found in _DAY.finditer(value if isinstance(value, str) else ""):
        try:
            return dt.date(*map(int, found.groups())).isoformat()
        except ValueError:
            continue
    return ""
