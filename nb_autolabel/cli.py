"""The command line: ``nb-autolabel lab | label | report | slim``."""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ._version import __version__
from .errors import AutolabelError, ForeignTargetError, MissingDependencyError

_EXAMPLES = """examples:
  nb-autolabel lab
  nb-autolabel label session.zarr --method bombcell --out labels.csv
  nb-autolabel label session.zarr --method thresholds --thresholds mine.json --out curation.json
  nb-autolabel report session.zarr report.html
  nb-autolabel slim session.zarr session_slim.zarr
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        0, or 1 after an error, which is said in one line.
    """
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _say
            done: int = options.run(options)
    except (AutolabelError, OSError) as error:
        said = (
            str(error)
            .replace("pass overwrite=True", "use --overwrite")
            .replace("overwrite=True", "--overwrite")
        )
        print(f"nb-autolabel: {said}", file=sys.stderr)
        return 1
    return done


def _say(message: Warning | str, *_: Any, **__: Any) -> None:
    print(f"nb-autolabel: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="nb-autolabel",
        description="Label spike-sorted units: noise, multi-unit, good, non-somatic.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    lab = commands.add_parser("lab", help="open the tutorial in JupyterLab", description=_lab.__doc__)
    lab.add_argument(
        "--folder", type=Path, default=Path("nb_autolabel_notebooks"), help="where the notebooks are copied"
    )
    lab.add_argument("--no-start", action="store_true", help="only copy the notebooks")
    lab.set_defaults(run=_lab)

    label = commands.add_parser("label", help="label the units of an analyzer", description=_label.__doc__)
    label.add_argument("path", help="a SortingAnalyzer: .zarr, .zarr.zip, binary folder, or an address")
    label.add_argument("--method", choices=("bombcell", "thresholds", "unitrefine"), default="bombcell")
    label.add_argument("--thresholds", help="JSON file; needed for --method thresholds")
    label.add_argument(
        "--preset", default="default", help="thresholds of Bombcell by name (default: default)"
    )
    label.add_argument("--out", type=Path, help="file or folder to write; the ending says the format")
    label.add_argument(
        "--format", choices=("curation_json", "phy", "csv", "parquet", "thresholds_json", "analyzer", "nwb"),
        help="where the ending does not say it",
    )  # fmt: skip
    label.add_argument("--overwrite", action="store_true", help="replace what is there")
    label.set_defaults(run=_label)

    report = commands.add_parser(
        "report", help="all methods as one HTML or PDF file", description=_report.__doc__
    )
    report.add_argument("path", help="a SortingAnalyzer")
    report.add_argument("out", type=Path, nargs="?", default=Path("report.html"), help="default: report.html")
    report.add_argument("--overwrite", action="store_true", help="replace what is there")
    report.set_defaults(run=_report)

    slim = commands.add_parser("slim", help="a small copy that still labels", description=_slim.__doc__)
    slim.add_argument("path", help="a SortingAnalyzer")
    slim.add_argument("out", type=Path, help="folder to write; ends in .zarr, or else is a binary folder")
    slim.add_argument("--overwrite", action="store_true", help="replace what is there")
    slim.set_defaults(run=_slim)
    return parser


def notebooks() -> Path:
    """Return the folder of the tutorials: in the package, or beside it in a checkout."""
    inside = Path(__file__).parent / "notebooks"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "notebooks"


def _lab(options: argparse.Namespace) -> int:
    """Copy the tutorials into a folder (files that are there stay as they are) and open JupyterLab there."""
    from .analyzer.atomic_write import is_folder, target_path
    from .analyzer.file_kinds import NOTEBOOK
    from .export.writing import write_file

    if not options.no_start and importlib.util.find_spec("jupyterlab") is None:
        raise MissingDependencyError("JupyterLab is not installed: pip install 'nb_autolabel[lab]'.")
    folder = target_path(options.folder)
    if os.path.lexists(folder) and not is_folder(folder):
        raise ForeignTargetError(f"{folder} is no folder. Choose another one: --folder.")
    for source in sorted(notebooks().glob("*.ipynb")):
        target = folder / source.name
        if not os.path.lexists(target):
            write_file(target, source.read_bytes(), NOTEBOOK, False)
    print(f"notebooks: {folder.resolve()}")
    if options.no_start:
        return 0
    start = [sys.executable, "-m", "jupyterlab", str(folder / "auto_label_units.ipynb")]
    return subprocess.call(start)  # noqa: S603 (this interpreter, and a file just copied)


def _label(options: argparse.Namespace) -> int:
    """Label the units and print the counts; with --out also write the labels."""
    from .analyzer.load import load
    from .errors import RuleError
    from .export.labels import export_labels
    from .metrics.table import MetricTable
    from .rules.labeling import apply_with_warning
    from .rules.methods import bombcell_rules, threshold_rules

    table = MetricTable.of(load(options.path))
    if options.method == "unitrefine":
        from .classifiers.unitrefine import unitrefine_trace

        trace, _ = unitrefine_trace(table, thresholds=options.thresholds)
    elif options.method == "thresholds":
        if options.thresholds is None:
            raise RuleError(
                '--method thresholds needs --thresholds FILE, a JSON file like {"snr": {"min": 5}}.'
            )
        trace = apply_with_warning(threshold_rules(options.thresholds), table)
    else:
        trace = apply_with_warning(bombcell_rules(options.thresholds, preset=options.preset), table)
    for name, count in trace.counts().items():
        print(f"{name:16} {count}")
    if options.out is not None:
        print(f"written: {export_labels(trace, options.out, options.format, overwrite=options.overwrite)}")
    return 0


def _report(options: argparse.Namespace) -> int:
    """Write figures and tables of all three methods into one file."""
    from .export.report import report

    print(f"written: {report(options.path, options.out, overwrite=options.overwrite)}")
    return 0


def _slim(options: argparse.Namespace) -> int:
    """Copy an analyzer without waveforms, projections and what is stored per spike; it labels as before."""
    from .analyzer.load import load

    layout: Any = "zarr" if options.out.suffix == ".zarr" else "binary_folder"
    made = load(options.path).save_as(layout, options.out, slim=True, overwrite=options.overwrite)
    print(f"written: {made.folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
