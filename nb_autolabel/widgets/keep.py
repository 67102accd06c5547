"""The panel Keep: a variable with the kept units, the code that makes it, and the labels in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import traitlets

from ..analyzer.analyzer import Analyzer
from ..errors import MessageError, SelectionError
from ..export.code import checked_name
from .engine import Engine
from .exporting import FORMATS, export
from .protocol import request_number
from .refusals import refusal
from .views import View


def namespace() -> dict[str, Any]:
    """Return the names of the running notebook.

    Raises
    ------
    SelectionError
        If this is not running in IPython.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if shell is None:
        raise SelectionError(
            "there is no notebook here to put a variable into. Use labeler.select_units(...)."
        )
    names: dict[str, Any] = shell.user_ns
    return names


class KeepUnits(View):
    """Choose labels to keep and put the analyzer with their units into a variable.

    Parameters
    ----------
    engine : Engine
    selected : callable
        ``selected(keep)`` returns the analyzer with the units of these labels.
    code : callable
        ``code(keep, variable)`` returns code that does the same.
    write : callable
        ``write(path, format, overwrite=...)`` writes the labels of all units; see :func:`nb_autolabel.export_labels`.
    count : callable
        ``count()`` returns the number of units.
    """

    _kind = traitlets.Unicode("keep_units").tag(sync=True)

    variable = traitlets.Unicode("clean").tag(sync=True)
    """Name offered for the variable."""
    formats = traitlets.List().tag(sync=True)
    """What labels can be exported as: format, its name, and the place that is offered."""

    def __init__(
        self,
        engine: Engine,
        selected: Callable[[list[str]], Analyzer],
        code: Callable[[list[str], str], str],
        write: Callable[..., Any],
        count: Callable[[], int],
    ) -> None:
        self._write = write
        self._count = count
        self._selected = selected
        self._code = code
        super().__init__(engine, formats=[[name, *said] for name, said in FORMATS.items()])
        self.on_msg(self._on_message)

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        answer: dict[str, Any]
        try:
            if isinstance(content, dict) and "export" in content:
                answer = export(content, self._write, self._count)
                self.send({"request": request_number(content), **answer})
                return
            wanted, keep, overwrite = _checked(content)
            if "create" in content:
                answer = self._create(wanted, keep, overwrite)
            else:
                answer = {"code": self._code(keep, checked_name(wanted))}
        except Exception as error:
            answer = {"said": refusal(error), "error": True}
        self.send({"request": request_number(content), **answer})

    def _create(self, name: str, keep: list[str], overwrite: bool) -> dict[str, Any]:
        names = namespace()
        checked_name(name)
        if name in names and not overwrite:
            said = f"{name} exists already ({type(names[name]).__name__}). Press again to overwrite it."
            return {"said": said, "ask": True}
        made = self._selected(keep)
        names[name] = made
        said = f"{name}: {made.get_num_units()} units ({', '.join(keep)}). Use it in any cell."
        return {"said": said, "made": name}


def _checked(content: Any) -> tuple[str, list[str], bool]:
    """Return the name of the variable, the labels to keep, and whether a variable may be replaced.

    Raises
    ------
    MessageError
    """
    if not isinstance(content, dict) or len({"create", "code"} & set(content)) != 1:
        raise MessageError("this panel creates a variable or gives code; the message asks for neither.")
    wanted = content.get("create", content.get("code"))
    keep, overwrite = content.get("keep"), content.get("overwrite", False)
    if not isinstance(wanted, str) or not isinstance(overwrite, bool):
        raise MessageError(f"the name of a variable is text; got a {type(wanted).__name__}.")
    if not isinstance(keep, list) or not all(isinstance(label, str) for label in keep):
        raise MessageError("labels to keep are a list of texts.")
    return wanted, keep, overwrite
