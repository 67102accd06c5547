"""Parts of code: expressions as arguments, dictionaries over few lines, and how an analyzer is opened again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from ..analyzer.address import is_shortened
from ..analyzer.analyzer import Analyzer
from ..analyzer.computed_source import ComputedSource
from ..analyzer.phy_source import PhySource
from ..analyzer.selection import SelectedSource
from ..analyzer.source import Source

#: Characters of a line at most.
_WIDTH = 100


@dataclass(frozen=True)
class Expression:
    """Code that stands where a value would; its ``repr`` is the code.

    Attributes
    ----------
    text : str
    setup : tuple of str
        Lines that have to run before, after ``analyzer`` is opened.
    """

    text: str
    setup: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return self.text


def dictionary_code(values: Mapping[Any, Any]) -> str:
    """Return a dictionary as code, as many entries a line as fit."""
    lines, line = [], ""
    for key, value in values.items():
        entry = f"{key!r}: {value!r},"
        if line and len(line) + 1 + len(entry) > _WIDTH:
            lines.append(line)
            line = ""
        line = f"{line} {entry}" if line else f"    {entry}"
    return "\n".join(["{", *lines, *([line] if line else []), "}"])


def is_in_memory(analyzer: Analyzer) -> bool:
    """Whether an analyzer lives in this kernel only, so that no code can open it."""
    return analyzer.source.origin.location is None


def analyzer_code(analyzer: Analyzer, variable: str = "analyzer") -> str:
    """Return lines that open the analyzer again.

    Parameters
    ----------
    analyzer : Analyzer
    variable : str, default: "analyzer"
    """
    return _source_code(analyzer.source, analyzer.unit_ids.tolist(), variable)


def _source_code(source: Source, unit_ids: list[Any], variable: str) -> str:
    from ..analyzer.demo import demo_path

    if isinstance(source, ComputedSource):
        ids = source.base.header.unit_ids.tolist()
        further = ", recording=recording" if source.with_recording else ""
        names = pformat(source.metrics, compact=True, width=_WIDTH)
        lines = [_source_code(source.base, ids, variable)]
        if source.with_recording:
            lines.append("# recording: that from which metrics were computed")
        lines.append(f"{variable} = nbl.compute_metrics({variable}, {names}{further})")
        return "\n".join(lines)
    origin = source.origin
    if origin.format == "cohort":
        code = getattr(origin, "code", "")
        if not code:
            return (
                f"# {variable} = nbl.Cohort(...).analyzer, the recordings that were labeled; name them here"
            )
        chosen = "" if source is origin else f".select_units({unit_ids!r})"
        return f"{variable} = {code}.analyzer{chosen}"
    parent = source
    if isinstance(source, SelectedSource):
        parent = source.parent
        if isinstance(parent, ComputedSource):
            code = _source_code(parent, parent.header.unit_ids.tolist(), variable)
            return f"{code}.select_units({pformat(unit_ids, compact=True, width=100)})"
    if parent.location is None and parent.only_metrics:
        return (
            f"# {variable} = nbl.load(table), the DataFrame of metrics that was labeled; it lives in memory"
        )
    if parent.location is None:
        return f"# {variable}: the SortingAnalyzer that was labeled; it lives in memory, so open or compute it first"
    if parent.location == str(demo_path()):
        code = f"{variable} = nbl.demo_analyzer()"
    else:
        gain = parent.gain_to_uV if isinstance(parent, PhySource) else None
        code = _loading_code(parent.location, parent.has_options, variable, gain)
    if source is not parent:
        code += f".select_units({pformat(unit_ids, compact=True, width=100)})"
    return code


def _loading_code(location: str, has_options: bool, variable: str, gain: Any = None) -> str:
    """Return lines that open a path or an address; what may be secret has a place to put it in again."""
    lines, arguments = [], repr(location)
    if is_shortened(location):
        lines += [
            "# Put the whole address here: a user name, password or signature is not written down.",
            f"address = {location!r}",
        ]
        arguments = "address"
    if has_options:
        lines += [
            "# Put the storage options here: they may hold passwords and are not written down.",
            "storage_options = {}",
        ]
        arguments += ", storage_options=storage_options"
    if gain is not None:
        arguments += f", gain_to_uV={gain.tolist() if hasattr(gain, 'tolist') else gain!r}"
    return "\n".join([*lines, f"{variable} = nbl.load({arguments})"])
