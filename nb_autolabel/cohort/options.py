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
        "many recordings", "--out is a folder then, with one file a recording (default format: csv)"
    )
    many.add_argument(
        "--summary", type=Path, help="HTML page to write: recordings, those that stand out, distributions"
    )
    many.add_argument(
        "--recording", help="column (or columns, with commas) that names the recording in one table of units"
    )
    many.add_argument("--scheduler", metavar="ADDRESS", help="Dask scheduler that reads, as tcp://host:8786")
    many.add_argument(
        "--cache",
        metavar="FOLDER",
        help="where what was read is kept (default: beside them); '' keeps nothing",
    )
    many.add_argument(
        "--dry-run", action="store_true", help="list what is there and what lacks which metric; write nothing"
    )


def asks_for_cohort(options: argparse.Namespace) -> bool:
    """Whether an option is given that only many recordings have."""
    return any(getattr(options, name) not in (None, False) for name in _OWN)


def given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the options as arguments of :func:`nb_autolabel.cohort.command.label_cohort`."""
    return {name: getattr(options, name) for name in (*_OWN, *_SHARED)}
