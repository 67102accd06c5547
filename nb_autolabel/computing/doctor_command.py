"""The command ``nb-autolabel doctor``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

_ABOUT = """Say what is at a path, what is missing for labels and which line of Python gets it, and whether SpikeInterface,
phy and this package open it. No code from there is imported or run, and nothing is written.

exit status: 0 if it opens and every criterion of Bombcell can be judged;
  1 if it cannot be opened or is damaged (of a folder of many recordings: if some cannot be opened);
  2 if nothing is there, or the address cannot be reached;
  3 if it opens, but metrics that labels depend on are missing."""


def add_doctor(commands: Any) -> argparse.ArgumentParser:
    """Add the command to the others.

    Parameters
    ----------
    commands : argparse's subparsers

    Returns
    -------
    argparse.ArgumentParser
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "doctor",
        help="say what is at a path, what is missing for labels, and what to do",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", help="any file, folder, folder of many recordings, or address")
    parser.add_argument("--json", action="store_true", help="print the findings as a JSON list")
    parser.set_defaults(run=run)
    return parser


def run(options: argparse.Namespace) -> int:
    """Print the diagnosis of a path, in full.

    Returns
    -------
    int
        The exit status; see :attr:`nb_autolabel.computing.diagnosis.Diagnosis.status`.
    """
    from .doctor import doctor

    found = doctor(options.path)
    text = json.dumps(found.table.to_dict("records"), indent=2) if options.json else found.text
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
    return found.status
