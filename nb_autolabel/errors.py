"""Every error this package raises on purpose.

Each one is also the builtin that a user would catch anyway::

    AutolabelError
    ├── AnalyzerNotFoundError   FileNotFoundError   nothing lies at the path
    │   └── ConnectionLostError ConnectionError     the server of an address does not answer any more
    ├── UnknownFormatError      ValueError          something lies there, but not an analyzer
    ├── DamagedDataError        ValueError          a file cannot be read as what it should be
    │   ├── MissingDataError    KeyError            a file or array that should be there is not
    │   ├── SourceChangedError                      it is not what was opened any more
    │   └── LinkedOutsideError                      a link in the analyzer leads out of it
    ├── UnsafeDataError         ValueError          reading it would run code from the file
    ├── MissingExtensionError   KeyError            the extension was not computed
    ├── UnknownUnitError        KeyError            no such unit id
    ├── SelectionError          ValueError          empty or repeated selection
    ├── AlreadyExistsError      FileExistsError     refusing to overwrite
    │   └── ForeignTargetError                      what lies there is of another kind and is never replaced
    ├── WriteError              OSError             a file or folder cannot be written
    ├── NoMetricsError          ValueError          the analyzer has no metrics
    ├── MissingMetricError      KeyError, ValueError  the metric is not in the table
    ├── RuleError               ValueError          thresholds or rules that make no sense
    ├── ModelError              ValueError          a classifier that cannot be used
    │   └── ModelNotFoundError  FileNotFoundError   it cannot be found or downloaded
    ├── LabelsError             ValueError          labels that do not fit the units
    ├── FigureStyleError        ValueError          matplotlib does not know the style
    ├── MessageError            ValueError          a message from the browser that makes no sense
    ├── RecordingError          ValueError          a recording that cannot be read, or is not that of the analyzer
    └── MissingDependencyError  ImportError         an optional package is needed
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Argument:
    """An argument that an error's message names. Python and the command line write it differently.

    Attributes
    ----------
    name : str
    value : Any
        None where the caller has to choose one.
    """

    name: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.name}={'' if self.value is None else repr(self.value)}"


#: The argument that lets a save replace what is there.
OVERWRITE = Argument("overwrite", True)


class AutolabelError(Exception):
    """Base of every error raised on purpose by nb_autolabel.

    Parameters
    ----------
    *parts : str or Argument
        The message; parts that are an :class:`Argument` can be written in another way by :meth:`worded`.
    """

    def __init__(self, *parts: str | Argument) -> None:
        self.parts = parts
        super().__init__("".join(map(str, parts)))

    def worded(self, write: Callable[[Argument], str]) -> str:
        """Return the message with its arguments written by a function.

        Parameters
        ----------
        write : callable
            Takes an :class:`Argument`, returns text, for example ``--overwrite``.
        """
        return "".join(write(part) if isinstance(part, Argument) else str(part) for part in self.parts)

    def __str__(self) -> str:
        # KeyError shows repr(message), which hides line breaks and doubles quotes.
        return str(self.args[0]) if len(self.args) == 1 else super().__str__()


class AnalyzerNotFoundError(AutolabelError, FileNotFoundError):
    """Nothing lies at the given path or address."""


class ConnectionLostError(AnalyzerNotFoundError, ConnectionError):
    """The server of an address failed, or did not answer in time; asking again later may help.

    Attributes
    ----------
    answered : bool
        True if the server is there, and answered that it failed.
    """

    def __init__(self, *parts: str | Argument, answered: bool = False) -> None:
        super().__init__(*parts)
        self.answered = answered


class UnknownFormatError(AutolabelError, ValueError):
    """Something lies at the path, but it is not a SortingAnalyzer in a known format."""


class DamagedDataError(AutolabelError, ValueError):
    """A file or array of the analyzer cannot be read as what it should be."""


class MissingDataError(DamagedDataError, KeyError):
    """A file or array that the analyzer should have is not there."""


class SourceChangedError(DamagedDataError):
    """What was opened has been replaced, removed or computed again since; it must be opened again."""


class LinkedOutsideError(DamagedDataError):
    """A link in the analyzer leads out of it, or lies in an archive; it is not followed."""


class UnsafeDataError(AutolabelError, ValueError):
    """The data are stored in a way that would run code from the file; they are left as bytes."""


class MissingExtensionError(AutolabelError, KeyError):
    """The analyzer does not have this extension.

    Attributes
    ----------
    extension : str
        Its name.
    """

    def __init__(self, *parts: str | Argument, extension: str = "") -> None:
        super().__init__(*parts)
        self.extension = extension


class UnknownUnitError(AutolabelError, KeyError):
    """The analyzer does not have this unit id."""


class SelectionError(AutolabelError, ValueError):
    """The selection of units is empty or names a unit twice."""


class AlreadyExistsError(AutolabelError, FileExistsError):
    """The target of a save exists and overwriting was not asked for."""


class ForeignTargetError(AlreadyExistsError):
    """What lies at the target is not of the kind that is written, or may not go; it is left alone, overwrite or not."""


class WriteError(AutolabelError, OSError):
    """A file or folder cannot be written: no room, no permission, a name that cannot be; nothing is left behind."""


class NoMetricsError(AutolabelError, ValueError):
    """There is no metric to label with."""


class MissingMetricError(AutolabelError, KeyError, ValueError):
    """A metric is not in the table of metrics."""


class RuleError(AutolabelError, ValueError):
    """Thresholds, presets or rules that cannot be understood."""


class ModelError(AutolabelError, ValueError):
    """A classifier that cannot be read, trusted or used."""


class ModelNotFoundError(ModelError, FileNotFoundError):
    """A classifier is neither at the path given nor on the Hub, or the Hub cannot be reached."""


class LabelsError(AutolabelError, ValueError):
    """Labels that do not fit the units of the analyzer."""


class FigureStyleError(AutolabelError, ValueError):
    """Matplotlib does not know the style that a figure should have."""


class MessageError(AutolabelError, ValueError):
    """A message from the browser is not as it must be; nothing of it was done."""


class RecordingError(AutolabelError, ValueError):
    """A recording cannot be read, or does not fit the analyzer: channels, sampling rate, duration."""


class MissingDependencyError(AutolabelError, ImportError):
    """An optional package is needed and not installed."""


def is_one_of(value: object, names: Iterable[object]) -> bool:
    """Whether a value is a text among names; an array or a table, which cannot be compared so, is none of them."""
    return isinstance(value, str) and value in names


def suggestion(name: object, known: Iterable[object]) -> str:
    """Return ``" Did you mean 'x'?"`` for the nearest known name, or an empty string."""
    near = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f" Did you mean '{near[0]}'?" if near else ""


def listing(names: Iterable[object], at_most: int = 60) -> str:
    """Join names for a message, shortened when there are very many."""
    texts = [str(n) for n in names]
    if len(texts) <= at_most:
        return ", ".join(texts) if texts else "none"
    return ", ".join(texts[:at_most]) + f", ... ({len(texts) - at_most} more)"
