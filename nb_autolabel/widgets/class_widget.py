"""The labels of a class as a widget: its tables, and beside the hardest units the unit that was clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets
import traitlets

from ..comparison.shown_class import class_as_html
from ..metrics.shown_table import counted
from ..unit_ids import as_text
from .shown_units import ShownUnits, shown_units, unit_parts
from .views import View

if TYPE_CHECKING:
    from .classroom import ShownClass

#: Units that have a button at most.
MOST = 30


class HardestUnits(View):
    """A button for each of the hardest units of a class."""

    _kind = traitlets.Unicode("hardest").tag(sync=True)

    _title = traitlets.Unicode().tag(sync=True)
    _units = traitlets.List().tag(sync=True)
    """Of each unit its position ``at``, ``label`` (whose color it has), ``share``, ``given``, ``truth`` and ``says``."""


class ClassWidget(ShownUnits):
    """The tables of a class, and its hardest units, which are opened by a click.

    Parameters
    ----------
    found : ShownClass
        With an analyzer that has at least one of the hardest units.

    Attributes
    ----------
    found : ShownClass
    """

    def __init__(self, found: ShownClass) -> None:
        self.found = found
        analyzer = found.evidence
        places = {as_text(unit): at for at, unit in enumerate(analyzer.unit_ids.tolist())}
        units: list[dict[str, Any]] = []
        for unit, row in zip(found.hardest.index, found.hardest.to_dict("records"), strict=True):
            at = places.get(as_text(unit))
            if at is None or (row["share"] == 1 and units):  # everybody agrees: not hard
                continue
            units.append(
                {
                    "at": at,
                    "label": row["truth"] or row["given"].split(", ")[0].rsplit(" ", 1)[0],
                    "share": f"{round(100 * row['share'])} % {'agree' if row['truth'] is None else 'right'}",
                    "given": row["given"],
                    "truth": row["truth"] or "",
                    "says": " ".join(
                        f"{name}: {text}."
                        for name, text in (("Clue", row["clue"]), ("Values", row["evidence"]))
                        if text
                    ),
                }
            )
        units = units[:MOST]
        session, engine = shown_units(analyzer, {each["at"]: each["label"] for each in units})
        shown = HardestUnits(
            engine,
            _title=f"{counted(len(units), 'unit', 'units')} to discuss, the hardest first. Click one to see it.",
            _units=units,
        )
        tables = ipywidgets.HTML(class_as_html(found))
        super().__init__(
            analyzer,
            session,
            {"engine": engine, "tables": tables, "hardest": shown, **unit_parts(engine, analyzer)},
        )
        self.add_class("nbl-class")
