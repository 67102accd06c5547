"""The journal of an analyzer: which file, and what a user should know of it."""

from __future__ import annotations

from pathlib import Path

from ..analyzer.analyzer import Analyzer
from ..analyzer.identity import identity_of
from ..errors import listing
from ..export.journal import Journal
from ..export.journal_search import journal_of
from ..export.regular_file import journal_path


def open_journal(analyzer: Analyzer, journal: str | Path, first: str = "") -> tuple[Journal, str]:
    """Open the journal of an analyzer.

    Parameters
    ----------
    analyzer : Analyzer
    journal : str or Path
        "auto": the sorting's own, in the working directory.
    first : str, default: ""
        With "auto": file taken before all others if it has labels of this sorting.

    Returns
    -------
    journal : Journal
    said : str
        What a user should know of it; empty if there is nothing.

    Raises
    ------
    LabelsError
        If it cannot be read, is of another sorting, or is no regular file.
    """
    identity = identity_of(analyzer)
    path, others = journal_of(identity, first) if journal == "auto" else (journal_path(journal), [])
    opened = Journal(path, identity)
    said = f"{listing(others, 3)} also has labels of this sorting: journal='...' opens it." if others else ""
    return opened, " ".join(filter(None, (opened.said, said)))
