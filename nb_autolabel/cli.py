"""The command line: ``nb-autolabel lab | label | report | slim | find | doctor``."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .analyzer.address import without_secrets
from .analyzer.garbage import rarely_collected
from .analyzer.reading_display import quiet
from .cli_parser import options_of
from .cli_signals import Stopped, stopped_by_signals
from .cohort.options import asks_for_cohort, given
from .errors import (
    Argument,
    AutolabelError,
    ForeignTargetError,
    MissingDependencyError,
    RuleError,
    UnknownFormatError,
)

if TYPE_CHECKING:
    import pandas as pd

    from .session.live_labels import LiveLabels

#: Exit status where criteria cannot be judged because their metrics are not there.
UNJUDGED = 3
#: Exit statuses of `find` where there is nothing, and where the place cannot be searched.
NOTHING, NO_PLACE = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: those of the process.

    Returns
    -------
    int
        0; 1 after an error, which is said in one line; 3 where criteria cannot be judged; 128 and the number of the signal
        where one asked to stop (130 for Ctrl-C).
    """
    options = options_of(
        arguments, {"lab": _lab, "label": _label, "report": _report, "slim": _slim, "find": _find}
    )
    try:
        with warnings.catch_warnings():
            # Shown whatever filters are set: a warning says that labels may be wrong.
            warnings.simplefilter("default", UserWarning)
            warnings.showwarning = _say
            display = quiet() if getattr(options, "quiet", False) else nullcontext()
            with display, rarely_collected(), stopped_by_signals():
                done: int = options.run(options)
    except AutolabelError as error:
        _say(error.worded(_as_option))
        return 1
    except BrokenPipeError:
        # As after `| head`. What is still to be written at the end of the process has no reader either.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _say("stopped: what read the output reads no more (a pipe that was closed).")
        return 1
    except OSError as error:
        _say(str(error))
        return 1
    except Stopped as stopped:
        _say("stopped; nothing is half-written.")
        return stopped.status
    return done


def _say(message: Warning | str, *_: Any, **__: Any) -> None:
    """Print a warning or an error as one line, beside the results."""
    print(f"nb-autolabel: {' '.join(str(message).split())}", file=sys.stderr)


def _as_option(argument: Argument) -> str:
    """Write an argument of Python as an option of this command: overwrite=True is --overwrite."""
    name = f"--{argument.name.replace('_', '-')}"
    if argument.value in (None, True):
        return name
    value = argument.value
    return f"{name} {','.join(map(str, value)) if isinstance(value, list) else value}"


def notebooks() -> Path:
    """Return the folder of the tutorials: in the package, or beside it in a checkout."""
    inside = Path(__file__).parent / "notebooks"
    return inside if inside.is_dir() else Path(__file__).parents[1] / "notebooks"


def _lab(options: argparse.Namespace) -> int:
    """Copy the tutorial notebooks into a folder and open JupyterLab there. Notebooks that are already there are kept."""
    from .analyzer.atomic_write import is_folder, target_path
    from .analyzer.file_kinds import NOTEBOOK
    from .export.writing import write_file

    if not options.no_start and importlib.util.find_spec("jupyterlab") is None:
        raise MissingDependencyError("JupyterLab is not installed: pip install 'nb_autolabel[lab]'.")
    folder = target_path(options.folder)
    if os.path.lexists(folder) and not is_folder(folder):
        raise ForeignTargetError(f"{folder} is a file, not a folder. Choose another folder: --folder FOLDER.")
    for source in sorted(notebooks().glob("*.ipynb")):
        target = folder / source.name
        if not os.path.lexists(target):
            write_file(target, source.read_bytes(), NOTEBOOK, False)
    print(f"The notebooks are in {folder.resolve()}")
    if options.no_start:
        return 0
    import subprocess

    start = [sys.executable, "-m", "jupyterlab", str(folder / "auto_label_units.ipynb")]
    return subprocess.call(start)  # noqa: S603 (this interpreter, and a file just copied)


def _label(options: argparse.Namespace) -> int:
    """Label the units and print how many have each label; --out also writes the labels.

    If criteria cannot be judged because their metrics are missing, no labels are written and the exit status is 3,
    unless --allow-missing is given.
    """
    from .cohort.command import is_cohort, label_cohort

    _check_options(options)
    if asks_for_cohort(options) or is_cohort(options.path):
        return label_cohort(options.path, lambda cohort: _live(options, cohort), say=_say, **given(options))
    from .export.labels import check_format
    from .metrics.table import renamed_in_words
    from .metrics.too_small import too_small_in_words
    from .rules.apply import left_out_in_words
    from .rules.missing import without_metric, without_metric_in_words

    if options.out is not None:
        check_format(options.out, options.format)
    live = _live(options, options.path[0])
    if live.trace.table.renamed:
        _say(renamed_in_words(live.trace.table))
    small = too_small_in_words(live.trace.table)
    if small:
        _say(small)
    for name, count in live.counts.items():
        print(f"{name:16} {count}")
    for line in (*left_out_in_words(live.trace), *without_metric_in_words(live.trace, named_already=True)):
        _say(line)
    if without_metric(live.trace) and not options.allow_missing:
        written = "" if options.out is None else f"; {options.out} is not written"
        _say(
            f"not every criterion could be judged{written}. `nb-autolabel doctor {without_secrets(options.path[0])}` gives "
            "the line that computes the missing metrics; --allow-missing accepts labels without them."
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
        raise UnknownFormatError(f"--format {options.format} is the format of --out; give --out FILE too.")
    if options.overwrite and options.out is None and options.summary is None:
        raise RuleError(
            "--overwrite lets --out and --summary replace what is there, and neither is given. Leave it out, or give --out "
            "PATH."
        )
    if options.method == "thresholds" and options.thresholds is None:
        raise RuleError('--method thresholds needs --thresholds FILE, a JSON file like {"snr": {"min": 5}}.')
    if options.missing_criteria is not None and options.method != "bombcell":
        raise RuleError(
            f"--missing-criteria {options.missing_criteria} is of --method bombcell; leave it out for --method "
            f"{options.method}."
        )
    if options.missing_criteria is not None and options.preset in WITHOUT_NOISE:
        raise RuleError(
            f"--missing-criteria {options.missing_criteria} says what becomes of a unit without the metrics of a section; "
            f"--preset {options.preset} has no rule for that. Leave one out."
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
    """Label the units by their method, with the warnings that Python gives, but for what is missing.

    Raises
    ------
    MissingMetricError
        If no criterion can be judged.
    """
    from .rules.apply import refuse_nothing_to_judge, warn_if_nothing_decides, warn_of_missing_values
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
        # Criteria without their metric are left out, as for the other methods.
        live = LiveLabels(source, Method.of(threshold_rules(options.thresholds)), journal=None)
        refuse_nothing_to_judge(live.trace)
    else:
        live = LiveBombcell(
            source,
            options.thresholds,
            preset=options.preset or "default",
            missing_criteria=options.missing_criteria or "unjudged",
            journal=None,
        )
        refuse_nothing_to_judge(live.trace)
        warn_of_missing_values(live.trace)
    warn_if_nothing_decides(live.trace)
    return live


def _report(options: argparse.Namespace) -> int:
    """Write the figures and tables of Bombcell, UnitRefine and threshold labeling into one HTML or PDF file."""
    from .session.report import report

    print(f"written: {report(options.path, options.out, overwrite=options.overwrite)}")
    return 0


def _slim(options: argparse.Namespace) -> int:
    """Copy an analyzer without waveforms, principal components and other data of single spikes. Labels stay the same."""
    from .analyzer.load import load

    layout: Any = "zarr" if options.out.suffix == ".zarr" else "binary_folder"
    made = load(options.path).save_as(layout, options.out, slim=True, overwrite=options.overwrite)
    print(f"written: {made.folder}")
    return 0


def _find(options: argparse.Namespace) -> int:
    """List the SortingAnalyzers and the Kilosort or phy folders in a folder, its subfolders, or a bucket."""
    from .analyzer.finding import MAX_LEVELS, find_analyzers

    try:
        found = find_analyzers(options.path, depth=MAX_LEVELS if options.depth is None else options.depth)
    except UnknownFormatError as error:
        if not Path(options.path).is_file():
            _say(error.worded(_as_option))
            return NO_PLACE
        _say(
            f"{options.path} is a file. Give a folder or a bucket to search; `nb-autolabel doctor {options.path}` says what "
            "the file is."
        )
        return NO_PLACE
    except AutolabelError as error:
        _say(error.worded(_as_option))
        return NO_PLACE
    if options.depth and _is_itself(found, options.path):
        _say(
            f"--depth {options.depth} is how many levels of folders are searched; {without_secrets(options.path)} is a "
            "recording itself, in which nothing is searched. Leave it out."
        )
        return NO_PLACE
    if options.json:
        rows = found.astype(object).where(found.notna(), None).to_dict("records")
        text = json.dumps(rows, indent=2)
    elif found.empty:
        _say(
            f"neither an analyzer nor a Kilosort or phy folder is in {options.path} or its subfolders. "
            "Give a folder above the recordings, or a larger --depth."
        )
        return NOTHING
    else:
        text = found.astype(object).where(found.notna(), "").to_string(index=False)
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))
    return 0 if found["format"].notna().any() else NOTHING


def _is_itself(found: pd.DataFrame, place: str) -> bool:
    """Whether what was found at a place is the place."""
    if len(found) != 1 or found["format"].isna().any():
        return False
    there = found["path"].iloc[0].rstrip("/")
    return there == without_secrets(place).rstrip("/") or Path(there) == Path(place).absolute()


if __name__ == "__main__":
    sys.exit(main())
