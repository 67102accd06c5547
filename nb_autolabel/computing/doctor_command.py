"""The command ``nb-autolabel doctor``."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

_ABOUT = """Say what lies at a path, what is missing there and which line gets it, and whether SpikeInterface, phy and this
package read it. Nothing there is imported or run, and nothing is written.

exit status: 0 if it opens and every criterion of Bombcell can be judged; 1 if it cannot be opened or is damaged (of a folder
of many recordings: if some cannot); 2 if nothing is there, or it cannot be reached; 3 if it opens, and something that
labels depend on is missing."""


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
        help="what is there, what is missing, and who reads it",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("path", help="anything: a file, a folder, a folder of many recordings, an address")
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
