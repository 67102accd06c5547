"""Labeling many recordings from the command line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analyzer.address import address_of
from ..errors import AutolabelError, UnknownFormatError, listing
from ..metrics.too_small import too_small_in_words
from ..rules.apply import off_in_words
from ..rules.missing import without_metric, without_metric_in_words
from .cohort import Cohort
from .copies import Sent, begun, can_copy, cores
from .exporting import write_each
from .places import is_pattern
from .running import client_at
from .sessions import counts_of, which_stand_out
from .without_effect import refuse_without_effect

if TYPE_CHECKING:
    from ..session.live_labels import LiveLabels

#: Exit statuses: all were labeled; some recordings could not be; criteria cannot be judged since metrics are missing.
DONE, FAILED, UNJUDGED = 0, 1, 3
#: Of so many units, which recordings stand out is found by a copy of this process while the labels are written.
MANY_UNITS = 10_000


def is_cohort(paths: Sequence[str]) -> bool:
    """Whether paths of the command line are of several recordings: more than one, a pattern, or a folder that holds some.

    Parameters
    ----------
    paths : sequence of str
    """
    if len(paths) != 1 or is_pattern(paths[0]):
        return True
    path = paths[0]
    if address_of(path) is not None or not Path(path).is_dir():
        return False
    from ..analyzer.load import load

    try:
        load(path)
    except UnknownFormatError:
        # Neither an analyzer nor anything else that is opened: perhaps some lie below.
        from ..analyzer.finding import find_analyzers

        return bool(find_analyzers(path)["format"].notna().any())
    except AutolabelError:
        return False
    return False


def label_cohort(
    paths: Sequence[str],
    live_of: Callable[[Any], LiveLabels],
    *,
    out: Path | None = None,
    format: str | None = None,
    summary: Path | None = None,
    recording: str | None = None,
    scheduler: str | None = None,
    cache: str | None = None,
    allow_missing: bool = False,
    dry_run: bool = False,
    overwrite: bool = False,
    say: Callable[[str], None] = print,
) -> int:
    """Label the units of many recordings; print one line for each.

    Parameters
    ----------
    paths : sequence of str
        Paths, addresses, patterns.
    live_of : callable
        Returns the labels of a cohort by the method that was asked for.
    out : Path, optional
        Folder for the labels of each recording.
    format : str, optional
        Of the files; default: "csv".
    summary : Path, optional
        Page to write.
    recording : str, optional
        Column that names the recording in a table of metrics; several are separated by commas.
    scheduler : str, optional
        Address of a Dask scheduler.
    cache : str, optional
        Folder that keeps what was read; "" keeps nothing.
    allow_missing : bool
        Write labels although criteria cannot be judged.
    dry_run : bool
        List what is there and what is missing; write nothing.
    overwrite : bool
    say : callable
        Takes a line for stderr.

    Returns
    -------
    int
        0 if every recording was labeled; 1 if some could not be read or written; else 3 if criteria could not be judged.

    Raises
    ------
    SelectionError, RuleError, UnknownFormatError
        If an option has no effect on these recordings.
    """
    columns = None if recording is None else recording.split(",")
    source: Any = paths[0] if len(paths) == 1 else list(paths)
    named = columns[0] if columns and len(columns) == 1 else columns
    refuse_without_effect(source, named, format=format, scheduler=scheduler, cache=cache)
    client = None if scheduler is None else client_at(scheduler)
    try:
        cohort = Cohort(
            source,
            recording=named,
            cache=False if dry_run or cache == "" else cache,
            client=client,
            scheduler="forks",
            templates=False,
        )
    finally:
        if client is not None:
            client.close()
    for name, why in cohort.problem_texts.items():
        say(f"{name}: {why}")
    if not cohort.names:
        say(f"none of {len(cohort.places)} recordings could be read.")
        return FAILED
    cohort.live = live_of(cohort)
    lacking = _lacking(cohort)
    _print(cohort, lacking)
    trace = cohort.trace
    small = too_small_in_words(trace.table)
    for line in (
        *([small] if small else []),
        *off_in_words(trace),
        *without_metric_in_words(trace, named_already=True),
    ):
        say(line)
    judged = [name for name in cohort.names if allow_missing or not lacking[name]]
    failed = len(cohort.problem_texts)
    states: Counter[str] = Counter()
    with _saying_which_stand_out(cohort):
        if len(judged) < len(cohort.names) and not dry_run:
            left = len(cohort.names) - len(judged)
            written = "" if out is None else f"; labels of {left} are not written"
            say(
                f"in {left} recording{'s' if left > 1 else ''} not every criterion could be judged{written}. "
                "`nb-autolabel doctor PATH` of a recording gives the line that computes its metrics; --allow-missing "
                "accepts labels without them."
            )
        if dry_run:
            say("nothing is written: this is a dry run (--dry-run).")
        elif out is not None:
            found = write_each(cohort, out, format or "csv", overwrite=overwrite, recordings=judged)
            states.update(each.state for each in found)
    failed += states["failed"]
    if out is not None and not dry_run:
        said = ", ".join(f"{many} {state}" for state, many in states.most_common())
        print(f"{said or 'no labels written'}: {out}")
    if summary is not None and not dry_run:
        print(f"written: {cohort.report(summary, overwrite=overwrite)}")
    if failed:
        return FAILED
    return DONE if len(judged) == len(cohort.names) else UNJUDGED


def _lacking(cohort: Cohort) -> dict[str, list[str]]:
    """Return for each recording the metrics without which an active criterion cannot be judged."""
    trace = cohort.trace
    everywhere = {trace.rule_set[key].metric for key in without_metric(trace)}
    asked = dict.fromkeys(criterion.metric for criterion in trace.rule_set.criteria if criterion.active)
    absent = {name: trace.table.where_absent(name) for name in asked}
    found: dict[str, list[str]] = {}
    for recording in cohort.names:
        rows = cohort.rows(recording)
        gone = [
            name for name, where in absent.items() if where is not None and len(rows) and where[rows].all()
        ]
        found[recording] = [name for name in asked if name in everywhere or name in gone]
    return found


def _print(cohort: Cohort, lacking: dict[str, list[str]]) -> None:
    trace = cohort.trace
    columns = {"units": np.bincount(cohort.recording_of, minlength=len(cohort.names)).tolist()}
    for label, many in zip(trace.names, counts_of(cohort, trace), strict=True):
        columns[label] = many.tolist()
    if any(lacking.values()):
        columns["metrics missing"] = [len(lacking[name]) for name in cohort.names]
    print(_table(cohort.names, columns))
    counts = "  ".join(f"{label} {many}" for label, many in trace.counts().items())
    print(f"{len(cohort.names)} recordings, {sum(columns['units'])} units: {counts}")
    groups: dict[str, list[str]] = {}
    unusable = {trace.rule_set[key].metric for key in trace.unusable}
    for name, gone in lacking.items():
        named = [metric for metric in gone if metric not in unusable]
        if named:
            groups.setdefault(", ".join(named), []).append(name)
    for metrics, names in groups.items():
        print(f"without {metrics}: {_all_or_some(names, len(cohort.names))}")
    for metrics, names in _unclassified(cohort).items():
        print(f"classified without {metrics}: {_all_or_some(names, len(cohort.names))}")


@contextmanager
def _saying_which_stand_out(cohort: Cohort) -> Iterator[None]:
    """Print which recordings stand out, after something else; many are compared by a copy of this process meanwhile."""
    trace = cohort.trace
    aside = len(trace.table) >= MANY_UNITS and cores() > 1 and can_copy()
    said: list[str] = []
    sent: Sent[list[str]] = Sent(lambda texts: json.dumps(texts).encode(), json.loads)
    with begun(
        [trace],
        lambda every: which_stand_out(cohort, every),
        lambda _, texts: said.extend(texts),
        sent,
        int(aside),
    ) as copies:
        try:
            yield
        finally:
            copies.help()
            for recording, why in zip(cohort.names, said, strict=True):
                if why:
                    print(f"{recording} stands out: {why}")


def _unclassified(cohort: Cohort) -> dict[str, list[str]]:
    """Return the recordings that lack metrics of the classifiers which others have, by those metrics."""
    inputs = getattr(cohort.live, "classifier_inputs", {}).values()
    asked = dict.fromkeys(name for each in inputs for name in each.classifier.features)
    absent = {name: where for name in asked if (where := cohort.trace.table.where_absent(name)) is not None}
    groups: dict[str, list[str]] = {}
    for recording in cohort.names:
        rows = cohort.rows(recording)
        gone = [name for name, where in absent.items() if len(rows) and where[rows].all()]
        if gone:
            groups.setdefault(", ".join(gone), []).append(recording)
    return groups


def _table(names: list[str], columns: dict[str, list[int]]) -> str:
    """Return numbers of recordings as lines of text."""
    left = max(map(len, names))
    cells = [(title, [str(each) for each in values]) for title, values in columns.items()]
    widths = [max(len(title), *map(len, texts)) for title, texts in cells]
    lines = [
        " " * left + "".join(f"  {title:>{width}}" for (title, _), width in zip(cells, widths, strict=True))
    ]
    for at, name in enumerate(names):
        row = "".join(f"  {texts[at]:>{width}}" for (_, texts), width in zip(cells, widths, strict=True))
        lines.append(f"{name:<{left}}{row}")
    return "\n".join(lines)


def _all_or_some(names: list[str], many: int) -> str:
    return f"all {many} recordings" if len(names) == many > 1 else listing(names, 20)
