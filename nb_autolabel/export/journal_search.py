"""Which file keeps the labels by hand of a sorting if none is named."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

from ..analyzer.identity import Identity
from ..errors import LabelsError
from .journal_file import JournalFile
from .journal_fit import fit
from .journal_lines import read_lines
from .merge_lines import groups_of, rejected_of

#: Names that this version and earlier ones choose.
_NAMES = re.compile(r"(overrides_|hand_labels).*\.jsonl", re.DOTALL)
#: Files looked at, and bytes of all together, at most.
MOST_FILES = 200
MOST_BYTES = 32 * 2**20


def journal_of(identity: Identity, first: str = "") -> tuple[Path, list[str]]:
    """Find a sorting's journal in the working directory.

    One that has labels of its units already (of the same sorting in another order, of a part of it, or of an
    earlier version of this package), else ``overrides_<sorting>.jsonl``.

    Parameters
    ----------
    identity : Identity
    first : str, default: ""
        File taken before all others if it has labels of this sorting.

    Returns
    -------
    path : Path
    others : list of str
        Names of further files with labels of this sorting.

    Raises
    ------
    LabelsError
        If there is no working directory any more.
    """
    try:
        folder = Path.cwd()
    except OSError as error:
        raise LabelsError(
            "the working directory is not there any more, so labels by hand have no place. Name one: journal=..."
        ) from error
    own, *before = (f"overrides_{name[:8]}.jsonl" for name in (identity.fingerprint, *identity.known_as))
    found = {path.name: many for path in _candidates(folder) if (many := _labels_in(path, identity))}
    ranked = sorted(found, key=lambda name: found[name], reverse=True)
    chosen = next((name for name in (first, own, *before, *ranked) if name in found), own)
    return folder / chosen, [name for name in ranked if name != chosen]


def recordings_with_labels() -> set[str]:
    """Return digests of the recordings of which journals in the working directory have labels; "" where one does not say.

    See :func:`nb_autolabel.analyzer.identity.recording_digest`. No recording is opened for it.
    """
    try:
        paths = _candidates(Path.cwd())
    except OSError:
        return set()
    found: set[str] = set()
    for path in paths:
        try:
            entries, merges, _ = read_lines(JournalFile(path).read() or b"")
        except LabelsError:
            continue
        found |= {entry.recording for entry in entries} | {entry.recording for entry in merges}
    return found


def _candidates(folder: Path) -> list[Path]:
    """Return regular files under such names, the newest first."""
    known = []
    try:
        with os.scandir(folder) as there:
            for each in there:
                if _NAMES.fullmatch(each.name):
                    what = each.stat(follow_symlinks=False)
                    if stat.S_ISREG(what.st_mode):
                        known.append((what.st_mtime, what.st_size, each.name))
    except OSError:
        return []
    chosen, room = [], MOST_BYTES
    for _, size, name in sorted(known, reverse=True)[:MOST_FILES]:
        room -= size
        if room < 0:
            break
        chosen.append(folder / name)
    return chosen


def _labels_in(path: Path, identity: Identity) -> int:
    try:
        entries, merges, _ = read_lines(JournalFile(path).read() or b"")
    except LabelsError:
        return 0
    groups = (*groups_of(merges, identity), *rejected_of(merges, identity))
    suggested = [at for group in groups for at in group]
    return len({*(at for at, _ in fit(entries, identity).taken), *suggested})
