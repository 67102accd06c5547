"""Options of the command line for many recordings; they load nothing."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

#: Options that only many recordings have, and those that they share with one.
_OWN = ("summary", "recording", "scheduler", "cache", "dry_run")
_SHARED = ("out", "format", "allow_missing", "overwrite")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options for many recordings to a command that labels."""
    many = parser.add_argument_group(
        "many recordings", "--out is then a folder that gets one file per recording (default format: csv)"
    )
    many.add_argument(
        "--summary",
        type=Path,
        metavar="FILE",
        help="HTML page to write: labels of each recording, those that differ from the others, distributions of metrics",
    )
    many.add_argument(
        "--recording",
        metavar="COLUMN",
        help="column of a table of metrics that names the recording of each unit; several with commas between",
    )
    many.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="address of a Dask scheduler whose workers read the recordings, as tcp://host:8786",
    )
    many.add_argument(
        "--cache",
        metavar="FOLDER",
        help="folder that keeps the metrics that were read, for faster runs (default: beside the recordings); "
        "'' keeps nothing",
    )
    many.add_argument(
        "--dry-run",
        action="store_true",
        help="print counts and missing metrics of each recording; write nothing, whatever options say where to",
    )


def asks_for_cohort(options: argparse.Namespace) -> bool:
    """Whether an option is given that only many recordings have."""
    return any(getattr(options, name) not in (None, False) for name in _OWN)


def given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options as arguments of :func:`nb_autolabel.cohort.command.label_cohort`."""
    return {name: getattr(options, name) for name in (*_OWN, *_SHARED)}
