"""Options of the command line for many recordings that would change nothing, refused before anything is read."""

from __future__ import annotations

from typing import Any

from ..errors import Argument, RuleError, UnknownFormatError
from .places import is_one_table, places_of


def refuse_without_effect(
    source: Any,
    recording: Any,
    *,
    format: str | None = None,
    scheduler: str | None = None,
    cache: str | None = None,
) -> None:
    """Refuse options that have no effect on these recordings, naming what each is for.

    Parameters
    ----------
    source : str or list of str
        As for :class:`nb_autolabel.Cohort`.
    recording : str or list of str, optional
        Column of a table of metrics that names the recording of each unit.
    format : str, optional
        Of the files that are written.
    scheduler : str, optional
        Address of a Dask scheduler.
    cache : str, optional
        Folder that keeps what was read; "" keeps nothing, and is accepted everywhere.

    Raises
    ------
    UnknownFormatError
        If the format does not write files of their own.
    RuleError
        If nothing lies in files of its own that a scheduler could read or a folder could keep.
    SelectionError, AnalyzerNotFoundError
        As :class:`nb_autolabel.Cohort`.
    """
    if format == "analyzer":
        raise UnknownFormatError(
            Argument("format", format),
            " adds the labels to the recordings themselves, and ",
            Argument("out"),
            " is the folder of files beside them. Leave it out, or in Python: cohort.export(None, 'analyzer').",
        )
    # Only a table can have its units in it; a study is not searched for this.
    if (scheduler is None and not cache) or not isinstance(source, str) or not is_one_table(source):
        return
    if any(place.path for place in places_of(source, recording)):
        return
    whole = f"{source} is one table, which is read at once."
    if scheduler is not None:
        raise RuleError(
            Argument("scheduler", scheduler),
            f" has recordings read by the workers of a cluster; {whole} Leave it out.",
        )
    raise RuleError(
        Argument("cache", cache),
        f" keeps what was read of recordings in files of their own; {whole} Leave it out.",
    )
