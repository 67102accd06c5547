"""Writing the labels of every recording into a file of its own; a run that was stopped goes on where it stood."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._version import __version__
from ..analyzer.atomic_write import named_errors, target_path
from ..analyzer.file_kinds import CSV_TABLE
from ..errors import AutolabelError, UnknownFormatError, listing
from ..export.writing import write_apart
from .csv_texts import CsvTexts
from .parts import Part, part_of

if TYPE_CHECKING:
    import pandas as pd

    from .cohort import Cohort

#: Ending of the file for each format; "" is a folder.
ENDINGS = {
    "csv": ".csv",
    "parquet": ".parquet",
    "curation_json": ".json",
    "phy": "",
    "thresholds_json": ".json",
    "nwb": ".nwb",
}
#: What was written, one line a file.
WRITTEN = ".nb_autolabel_written.jsonl"
#: A longer name of a recording is cut.
_LONGEST = 120


def export_cohort(
    cohort: Cohort,
    out: Any,
    format: str = "csv",
    *,
    labels: Any = None,
    overwrite: bool = False,
    recordings: Iterable[str] | None = None,
    **options: Any,
) -> pd.DataFrame:
    """Write the labels of each recording; see :meth:`Cohort.export`."""
    import pandas as pd

    found = write_each(
        cohort, out, format, labels=labels, overwrite=overwrite, recordings=recordings, **options
    )
    index = pd.Index([each.recording for each in found], name="recording", dtype=object)
    rows = [(each.file, each.state, each.problem) for each in found]
    return pd.DataFrame(rows, index=index, columns=["file", "state", "problem"], dtype=object)


class Written(NamedTuple):
    """What became of the labels of one recording; see :meth:`Cohort.export`."""

    recording: str
    file: str
    state: str
    problem: str


def write_each(
    cohort: Cohort,
    out: Any,
    format: str = "csv",
    *,
    labels: Any = None,
    overwrite: bool = False,
    recordings: Iterable[str] | None = None,
    **options: Any,
) -> list[Written]:
    """Write the labels of each recording, one row for each; see :meth:`Cohort.export`."""
    if format not in ENDINGS and format != "analyzer":
        raise UnknownFormatError(
            f"format={format!r} is not known. Formats: {listing([*ENDINGS, 'analyzer'])}."
        )
    if (format == "analyzer") != (out is None):
        raise UnknownFormatError(
            "format='analyzer' adds the labels to the recordings themselves: give None as folder."
            if format == "analyzer"
            else f"format={format!r} needs a folder to write to."
        )
    labels = cohort.live if labels is None else labels
    wanted = cohort.names if recordings is None else list(recordings)
    for name in set(wanted).difference(cohort.names):
        cohort.rows(name)  # says that there is none
    folder = None if out is None else target_path(out)
    targets = _targets(cohort, folder, format)
    written = {} if folder is None else _written(folder / WRITTEN)
    texts = CsvTexts(cohort, labels) if format == "csv" and not options and CsvTexts.can(labels) else None
    place = {name: at for at, name in enumerate(cohort.names)}

    made: dict[str, Written] = {}
    if texts is not None and folder is not None:
        known = ((name, texts.of(place[name])) for name in wanted)
        made = _write_texts(
            folder,
            {name: (targets[name], text) for name, text in known if text is not None},
            written,
            overwrite,
        )
    for name in wanted:
        if name not in made:
            part = part_of(cohort, labels, name)
            digest = _digest(part, format, options)
            made[name] = _write_part(
                name, part, targets[name], folder, digest, written, format, overwrite, options
            )
    rows = [made[name] for name in wanted]
    failed = [each for each in rows if each.state == "failed"]
    if failed:
        warnings.warn(
            f"labels of {len(failed)} of {len(rows)} recordings were not written: "
            f"{listing((f'{each.recording}: {each.problem}' for each in failed), 3)}",
            UserWarning,
            stacklevel=4,
        )
    return rows


def _write_part(
    name: str,
    part: Any,
    target: Path,
    folder: Path | None,
    digest: str,
    written: dict[str, _Noted],
    format: str,
    overwrite: bool,
    options: dict[str, Any],
) -> Written:
    from ..export.labels import export_labels

    if folder is not None and _is_there(written.get(target.name), digest, target):
        return Written(name, str(target), "there already", "")
    try:
        if folder is not None:
            _note(folder / WRITTEN, [(target, digest)], done=False)
        export_labels(part, target, format, overwrite=overwrite, **options)  # type: ignore[arg-type]
        if folder is not None:
            _note(folder / WRITTEN, [(target, digest)], done=True)
    except (AutolabelError, OSError) as error:
        return Written(name, str(target), "failed", _in_one_line(error))
    return Written(name, str(target), "written", "")


def _write_texts(
    folder: Path, texts: dict[str, tuple[Path, str]], written: dict[str, _Noted], overwrite: bool
) -> dict[str, Written]:
    """Write the text of each recording; what is begun, and what is done, is noted at once for all of them."""
    digests = {name: _digest(text, "csv", {}) for name, (_, text) in texts.items()}
    made: dict[str, Written] = {}
    for name, (target, _) in texts.items():
        if _is_there(written.get(target.name), digests[name], target):
            made[name] = Written(name, str(target), "there already", "")
    todo = [name for name in texts if name not in made]
    if not todo:
        return made

    try:
        _note(folder / WRITTEN, [(texts[name][0], digests[name]) for name in todo], done=False)
    except (AutolabelError, OSError) as error:
        said = _in_one_line(error)
        return made | {name: Written(name, str(texts[name][0]), "failed", said) for name in todo}
    problems = write_apart([(*texts[name], CSV_TABLE) for name in todo], overwrite)
    found = [
        Written(name, str(texts[name][0]), "written", "")
        if problem is None
        else Written(name, str(texts[name][0]), "failed", _in_one_line(problem))
        for name, problem in zip(todo, problems, strict=True)
    ]
    done = [(texts[each.recording][0], digests[each.recording]) for each in found if each.state == "written"]
    with contextlib.suppress(AutolabelError, OSError):  # what was begun is noted, and the files are there
        _note(folder / WRITTEN, done, done=True)
    return made | {each.recording: each for each in found}


def _in_one_line(error: Exception) -> str:
    return " ".join(str(error).split())


def _targets(cohort: Cohort, folder: Path | None, format: str) -> dict[str, Path]:
    if folder is None:
        return {name: Path(cohort.path(name)) for name in cohort.names}
    # Of all recordings found, so that a file keeps its name when another recording breaks.
    names = file_names([place.name for place in cohort.places])
    every = zip((place.name for place in cohort.places), names, strict=True)
    return {name: folder / f"{file}{ENDINGS[format]}" for name, file in every}


def file_names(names: Sequence[str]) -> list[str]:
    """Return a name of a file for each recording: letters, digits and "-_. ", each once whatever the capitals.

    Parameters
    ----------
    names : sequence of str
    """
    taken: set[str] = set()
    made = []
    for name in names:
        plain = re.sub(r"[^\w.\- ]+", "_", name).strip(". _")[:_LONGEST] or "recording"
        file, number = plain, 2
        while file.lower() in taken:
            file, number = f"{plain}_{number}", number + 1
        taken.add(file.lower())
        made.append(file)
    return made


def _digest(part: Part | pd.Series[Any] | str, format: str, options: dict[str, Any]) -> str:
    """Return what changes when something else would be written."""
    digest = hashlib.sha256()
    said = [format, __version__, json.dumps(options, sort_keys=True, default=str)]
    if isinstance(part, str):
        said.append(part)
    elif isinstance(part, Part):
        table = part.trace.table
        said += [json.dumps(part.trace.rule_set.to_dict(), sort_keys=True, default=str), *table.names]
        said += [table.arbitrary, *map(str, table.unit_ids), *map(str, part.labels["label"])]
        if part.overrides is not None and len(part.overrides):
            said.append(part.overrides.to_csv())
        said += [repr(group) for group in part.merges]
        for name in table.frame.columns:
            digest.update(np.ascontiguousarray(table.values(name), dtype=np.float64).tobytes())
    else:
        said.append(part.to_csv())
    digest.update("\0".join(said).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def _stamp(target: Path) -> list[Any]:
    """Return names, sizes and times of what lies at a target; empty if nothing does."""
    files = sorted(target.iterdir()) if target.is_dir() else [target]
    found = [(file.name, file.stat()) for file in files if file.is_file() and not file.is_symlink()]
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in found]


@dataclass(frozen=True)
class _Noted:
    """A line on a file: what was to be written, and what lay there before it was begun or after it was done."""

    digest: str
    stamp: list[Any]
    done: bool


def _is_there(noted: _Noted | None, digest: str, target: Path) -> bool:
    """Whether what would be written is there.

    A run that was stopped between writing a file and noting it has noted that nothing lay there before: since files are
    there whole or not at all, it is the one that was begun. Of a folder only a part may be there.
    """
    if noted is None or noted.digest != digest:
        return False
    return _stamp(target) == noted.stamp if noted.done else not noted.stamp and target.is_file()


def _written(file: Path) -> dict[str, _Noted]:
    """Return what was noted last of each file; a line that cannot be read is left out."""
    found = {}
    try:
        lines = [] if file.is_symlink() else file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    for line in lines:
        try:
            said = json.loads(line)
            found[str(said["file"])] = _Noted(str(said["digest"]), list(said["stamp"]), said["done"] is True)
        except (ValueError, TypeError, KeyError, RecursionError):
            continue
    return found


def _note(file: Path, several: Sequence[tuple[Path, str]], *, done: bool) -> None:
    """Note files, with the digests of what is written, before they are begun or after they are done."""
    lines = "".join(
        json.dumps({"file": target.name, "digest": digest, "stamp": _stamp(target), "done": done}) + "\n"
        for target, digest in several
    )
    with named_errors(file):
        if file.is_symlink():
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as opened:
            # After a line that was cut when a run was killed, a new one begins.
            opened.write(f"\n{lines}" if opened.tell() else lines)
