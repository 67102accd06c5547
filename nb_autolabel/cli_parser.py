"""The options of ``nb-autolabel`` and what its help says of them; they load nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ._version import __version__
from .cohort.options import add_options
from .computing.doctor_command import add_doctor
from .errors import suggestion

Run = Callable[[argparse.Namespace], int]
_EXAMPLES = """examples:
  nb-autolabel lab
  nb-autolabel label session.zarr --method bombcell --out labels.csv
  nb-autolabel label session.zarr --method thresholds --thresholds mine.json --out curation.json
  nb-autolabel report session.zarr report.html
  nb-autolabel label units.csv --method bombcell --out labels.csv
  nb-autolabel slim session.zarr session_slim.zarr
  nb-autolabel label 'study/**' --out labels --summary summary.html
  nb-autolabel find s3://bucket/sessions

`nb-autolabel COMMAND --help` lists the options of a command; `nb-autolabel doctor PATH` says what to do with a path.

exit status:
  0 if all was done
  1 after an error, which is told in one line; of many recordings, if some could not be read or written (the others are)
  2 if the command line is wrong, or `find` or `doctor` could not reach the path
  3 if `label` could not judge every criterion, because metrics are missing: counts are printed, and no labels are written
    unless --allow-missing is given; of many recordings, those that have all metrics are written
`find` gives 1 where it finds nothing; `doctor --help` says what its exit status means.
"""


def options_of(arguments: Sequence[str] | None, runs: Mapping[str, Run]) -> argparse.Namespace:
    """Read a command line.

    Parameters
    ----------
    arguments : sequence of str or None
        None: those of the process.
    runs : dict
        The function of each command; its docstring begins with the description of the command.

    Returns
    -------
    argparse.Namespace
        ``command``, ``run`` (its function) and its options. A wrong command line ends the process with 2, as argparse does.
    """
    parser = _parser(runs)
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        known = [
            f"--{name.replace('_', '-')}" for name in vars(options) if name not in ("command", "path", "run")
        ]
        parser.error(
            f"{options.command} has no {' '.join(unknown)}.{suggestion(unknown[0].split('=')[0], known)} "
            f"`nb-autolabel {options.command} --help` lists what it takes."
        )
    return options


def _parser(runs: Mapping[str, Run]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nb-autolabel",
        description="Label spike-sorted units: noise, multi-unit, good, non-somatic.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")

    lab = commands.add_parser(
        "lab", help="open the tutorial notebooks in JupyterLab", description=runs["lab"].__doc__
    )
    lab.add_argument(
        "--folder",
        type=Path,
        default=Path("nb_autolabel_notebooks"),
        help="where to copy the notebooks (default: %(default)s)",
    )
    lab.add_argument("--no-start", action="store_true", help="copy the notebooks without opening JupyterLab")
    lab.set_defaults(run=runs["lab"])

    label = commands.add_parser(
        "label", help="label the units of one recording or of many", description=runs["label"].__doc__
    )
    label.add_argument(
        "path",
        nargs="+",
        help="a SortingAnalyzer (.zarr, .zarr.zip, binary folder, an address), a Kilosort or phy folder, or a table of "
        "metrics (.csv, .tsv, .parquet; one row per unit). Several paths, a pattern ('study/**') or a folder that holds "
        "several recordings label all of them with the same limits",
    )
    label.add_argument(
        "--method",
        choices=("bombcell", "thresholds", "unitrefine"),
        default="bombcell",
        help="bombcell (default): noise, mua, good, non_soma by limits in three sections; thresholds: good or noise by "
        "limits of your own; unitrefine: noise, mua, sua by the bundled classifiers",
    )
    label.add_argument(
        "--thresholds",
        metavar="FILE",
        help='JSON file with limits in the stored units (s, µV, shares from 0 to 1), as {"snr": {"min": 5}}; those of '
        "Bombcell stand in sections. --method thresholds needs one",
    )
    label.add_argument(
        "--preset",
        metavar="NAME",
        help="Bombcell's limits by name: default, spikeinterface-0.104, spikeinterface-0.105, bombcell, fitted, allen, ibl. "
        "Beside --thresholds only bombcell, allen and ibl are accepted: they say how the criteria combine",
    )
    label.add_argument(
        "--out",
        type=Path,
        metavar="PATH",
        help="where to write the labels; the ending gives the format: .csv, .parquet, .json (SpikeInterface curation), "
        ".nwb, .zarr (into that analyzer); the folder of phy gets phy's tables",
    )
    label.add_argument(
        "--format", choices=("curation_json", "phy", "csv", "parquet", "thresholds_json", "analyzer", "nwb"),
        help="format of --out where its ending does not give it",
    )  # fmt: skip
    label.add_argument(
        "--allow-missing",
        action="store_true",
        help="write labels, and exit with 0, even if criteria cannot be judged because their metrics are missing",
    )
    label.add_argument(
        "--missing-criteria",
        choices=("unjudged", "ignore"),
        help="Bombcell's label of a unit for which all metrics of a section are missing: 'unjudged' (default), or 'ignore' "
        "to label it by the other sections alone, as SpikeInterface does",
    )
    label.add_argument("--overwrite", action="store_true", help="replace what is there")
    add_options(label)
    label.set_defaults(run=runs["label"])

    report = commands.add_parser(
        "report", help="write figures and tables of all three methods", description=runs["report"].__doc__
    )
    report.add_argument("path", help="a SortingAnalyzer, a Kilosort or phy folder, or a table of metrics")
    report.add_argument(
        "out",
        type=Path,
        nargs="?",
        default=Path("report.html"),
        help="file ending in .html or .pdf (default: report.html)",
    )
    report.add_argument("--overwrite", action="store_true", help="replace what is there")
    report.set_defaults(run=runs["report"])

    slim = commands.add_parser(
        "slim", help="write a small copy that gives the same labels", description=runs["slim"].__doc__
    )
    slim.add_argument("path", help="a SortingAnalyzer")
    slim.add_argument(
        "out", type=Path, help="folder to write: zarr if the name ends in .zarr, else a binary folder"
    )
    slim.add_argument("--overwrite", action="store_true", help="replace what is there")
    slim.set_defaults(run=runs["slim"])

    find = commands.add_parser(
        "find", help="list the recordings in a folder", description=runs["find"].__doc__
    )
    find.add_argument("path", help="a folder, or the address of a bucket (s3://, gs://, az://)")
    find.add_argument("--depth", type=int, help="how many levels of folders to search (default: 8)")
    find.add_argument("--json", action="store_true", help="print a JSON list instead of a table")
    find.set_defaults(run=runs["find"])
    for reading in (label, report, slim, find, add_doctor(commands)):
        reading.add_argument(
            "--quiet", action="store_true", help="do not show how much was downloaded from an address"
        )
    return parser
