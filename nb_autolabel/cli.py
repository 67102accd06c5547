"""The command line: ``nb-autolabel lab | label | report | slim | find | doctor``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ._version import __version__
from .analyzer.garbage import rarely_collected
from .analyzer.reading_display import quiet
from .cohort.options import add_options, asks_for_cohort, given
from .computing.doctor_command import add_doctor
from .errors import (
    Argument,
    AutolabelError,
    ForeignTargetError,
    MissingDependencyError,
    RuleError,
    UnknownFormatError,
)

if TYPE_CHECKING:
    from .session.live_labels import LiveLabels

#: Exit status where criteria cannot be judged because their metrics are not there.
UNJUDGED = 3
#: Exit statuses of `find` where there is nothing, and where the place cannot be searched.
NOTHING, NO_PLACE = 1, 2
_EXAMPLES = """examples:
  nb-autolabel lab
  nb-autolabel label session.zarr --method bombcell --out labels.csv
  nb-autolabel label session.zarr --method thresholds --thresholds mine.json --out curation.json
  nb-autolabel report session.zarr report.html
  nb-autolabel label units.csv --method bombcell --out labels.csv
  nb-autolabel slim session.zarr session_slim.zarr
  nb-autolabel label 'study/**' --out labels --summary summary.html
  nb-autolabel find s3://bucket/sessions

exit status: 0; 1 after an error; 2 for arguments that are none; 3 if `label` could not judge every criterion
because metrics are not there (counts are printed, nothing is written; --allow-missing accepts it). Of many recordings:
1 if some could not be read or written, 3 if some lack metrics; the others are written. `find`: 0 if something
was found, 1 if nothing was, 2 if the place cannot be searched.
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
        0; 1 after an error, which is said in one line; 3 where criteria cannot be judged.
    """
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            # Shown whatever filters are set: a warning says that labels may be wrong.
            warnings.simplefilter("default", UserWarning)
            warnings.showwarning = _say
            display = quiet() if getattr(options, "quiet", False) else nullcontext()
            with display, rarely_collected():
                done: int = options.run(options)
    except AutolabelError as error:
        _say(error.worded(_as_option))
        return 1
    except OSError as error:
        _say(str(error))
        return 1
    return done


def _say(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning or an error as one line, beside the results."""
    print(f"nb-autolabel: {' '.join(str(message).split())}", file=sys.stderr)


def _as_option(argument: Argument) -> str:
    """Write an argument of Python as an option of this command: overwrite=True is --overwrite."""
    name = f"--{argument.name.replace('_', '-')}"
    return name if argument.value in (None, True) else f"{name} {argument.value}"


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

    label = commands.add_parser(
        "label", help="label the units of an analyzer or of a table of metrics", description=_label.__doc__
    )
    label.add_argument(
        "path",
        nargs="+",
        help="a SortingAnalyzer (.zarr, .zarr.zip, binary folder, an address) or a table of metrics (.csv, .tsv, .parquet); "
        "several, a pattern ('study/**') or a folder of them are labeled together",
    )
    label.add_argument("--method", choices=("bombcell", "thresholds", "unitrefine"), default="bombcell")
    label.add_argument(
        "--thresholds", help="JSON file with limits of the method; --method thresholds needs one"
    )
    label.add_argument(
        "--preset",
        help="thresholds of Bombcell by name (default: default); with --thresholds only how the criteria of "
        "'bombcell', 'allen' or 'ibl' combine",
    )
    label.add_argument("--out", type=Path, help="file or folder to write; the ending says the format")
    label.add_argument(
        "--format", choices=("curation_json", "phy", "csv", "parquet", "thresholds_json", "analyzer", "nwb"),
        help="where the ending does not say it",
    )  # fmt: skip
    label.add_argument(
        "--allow-missing",
        action="store_true",
        help="write labels, and exit with 0, although criteria cannot be judged because their metrics are not there",
    )
    label.add_argument(
        "--missing-criteria",
        choices=("unjudged", "ignore"),
        help="what becomes of units that Bombcell's rules cannot tell apart because none of a rule's criteria has a value: "
        "'unjudged' (default), or 'ignore' to label by the other rules alone, as SpikeInterface does",
    )
    label.add_argument("--overwrite", action="store_true", help="replace what is there")
    add_options(label)
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

    find = commands.add_parser("find", help="list the analyzers below a folder", description=_find.__doc__)
    find.add_argument("path", help="a folder, or an address that lists what it has (a bucket)")
    find.add_argument("--depth", type=int, help="levels of folders that are looked into (default: 8)")
    find.add_argument("--json", action="store_true", help="print a JSON list instead of a table")
    find.set_defaults(run=_find)
    for reading in (label, report, slim, find, add_doctor(commands)):
        reading.add_argument(
            "--quiet", action="store_true", help="do not show how much of an address was read"
        )
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
    """Label the units and print the counts; with --out also write the labels.

    Exits with 3, and writes nothing, where criteria cannot be judged because their metrics are not there, unless
    --allow-missing is given.
    """
    from .cohort.command import is_cohort, label_cohort
    from .metrics.table import renamed_in_words
    from .rules.missing import without_metric, without_metric_in_words

    _check_options(options)
    if asks_for_cohort(options) or is_cohort(options.path):
        return label_cohort(options.path, lambda cohort: _live(options, cohort), say=_say, **given(options))
    live = _live(options, options.path[0])
    if live.trace.table.renamed:
        _say(renamed_in_words(live.trace.table))
    for name, count in live.counts.items():
        print(f"{name:16} {count}")
    lacking = without_metric_in_words(live.trace)
    for line in lacking:
        _say(line)
    if lacking and not options.allow_missing:
        written = "" if options.out is None else f"; {options.out} is not written"
        _say(
            f"not every criterion could be judged{written}. --allow-missing accepts that; or compute what is missing: "
            f"{', '.join(dict.fromkeys(live.rule_set[key].metric for key in without_metric(live.trace)))}."
        )
        return UNJUDGED
    if options.out is not None:
        print(f"written: {live.export(options.out, options.format, overwrite=options.overwrite)}")
    return 0


def _check_options(options: argparse.Namespace) -> None:
    """Refuse options that would have no effect.

    Raises
    ------
    RuleError, UnknownFormatError
    """
    from .rules.presets import ORIGINAL_LOGIC, WITHOUT_NOISE, check_preset

    if options.format is not None and options.out is None:
        raise UnknownFormatError(f"--format {options.format} says how --out is written; give --out FILE too.")
    if options.method == "thresholds" and options.thresholds is None:
        raise RuleError('--method thresholds needs --thresholds FILE, a JSON file like {"snr": {"min": 5}}.')
    if options.missing_criteria is not None and options.method != "bombcell":
        raise RuleError(
            f"--missing-criteria {options.missing_criteria} is of --method bombcell; leave it out for --method "
            f"{options.method}."
        )
    if options.preset is None:
        return
    if options.method != "bombcell":
        raise RuleError(
            f"--preset {options.preset} is of --method bombcell; --method {options.method} has no presets. "
            "Leave --preset out; --thresholds FILE gives other limits."
        )
    check_preset(options.preset)
    combining = (*ORIGINAL_LOGIC, *WITHOUT_NOISE)
    if options.thresholds is not None and options.preset not in combining:
        raise RuleError(
            f"--preset {options.preset} and --thresholds {options.thresholds} both give limits. Leave one out. "
            f"(Only {', '.join(combining)} go with --thresholds: their criteria combine in another way.)"
        )


def _live(options: argparse.Namespace, source: Any) -> LiveLabels:
    """Label the units by their method, with the same warnings as the functions of Python."""
    from .rules.apply import warn_if_nothing_decides, warn_of_missing_values, warn_of_what_is_left_out
    from .rules.method import Method
    from .rules.methods import threshold_rules
    from .session.live_labels import LiveLabels
    from .session.live_methods import LiveBombcell

    live: LiveLabels
    if options.method == "unitrefine":
        from .classifiers.cascade import warn_of
        from .session.live_unitrefine import LiveUnitRefine

        live = LiveUnitRefine(source, thresholds=options.thresholds, journal=None)
        warn_of(live.classifier_inputs)
    elif options.method == "thresholds":
        # Criteria without their metric are left out with a warning, as for the other methods.
        live = LiveLabels(source, Method.of(threshold_rules(options.thresholds)), journal=None)
        warn_of_what_is_left_out(live.trace)
    else:
        live = LiveBombcell(
            source,
            options.thresholds,
            preset=options.preset or "default",
            missing_criteria=options.missing_criteria or "unjudged",
            journal=None,
        )
        warn_of_what_is_left_out(live.trace)
        warn_of_missing_values(live.trace)
    warn_if_nothing_decides(live.trace)
    return live


def _report(options: argparse.Namespace) -> int:
    """Write figures and tables of all three methods into one file."""
    from .session.report import report

    print(f"written: {report(options.path, options.out, overwrite=options.overwrite)}")
    return 0


def _slim(options: argparse.Namespace) -> int:
    """Copy an analyzer without waveforms, projections and what is stored per spike; it labels as before."""
    from .analyzer.load import load

    layout: Any = "zarr" if options.out.suffix == ".zarr" else "binary_folder"
    made = load(options.path).save_as(layout, options.out, slim=True, overwrite=options.overwrite)
    print(f"written: {made.folder}")
    return 0


def _find(options: argparse.Namespace) -> int:
    """List the analyzers, and the folders of Kilosort and phy, in and below a folder or an address."""
    from .analyzer.finding import MAX_LEVELS, find_analyzers

    try:
        found = find_analyzers(options.path, depth=MAX_LEVELS if options.depth is None else options.depth)
    except AutolabelError as error:
        _say(error.worded(_as_option))
        return NO_PLACE
    if options.json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        text = json.dumps(rows, indent=2)
    elif found.empty:
        _say(f"neither an analyzer nor a folder of Kilosort or phy is in or below {options.path}.")
        return NOTHING
    else:
        text = found.astype(object).where(found.notna(), "").to_string(index=False)
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
    return 0 if found["format"].notna().any() else NOTHING


if __name__ == "__main__":
    sys.exit(main())
