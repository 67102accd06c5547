"""The table of missing values, which shows itself as people read it and is a DataFrame otherwise."""

from __future__ import annotations

from html import escape
from typing import Any, ClassVar

import pandas as pd

from ..metrics.shown_table import counted, folded_html, html_table, on_screen, text_table
from .missing import missing_table
from .shown_tables import missing_rows, missing_sentence
from .trace import Trace


class MissingValues(pd.DataFrame):  # type: ignore[misc, unused-ignore]
    """Every criterion with what is missing; a DataFrame with the columns of :func:`missing_table`.

    Whatever is made of it (``.query()``, ``.head()``, ``[...]``) is a plain DataFrame.
    """

    _metadata: ClassVar[list[str]] = ["n_units"]

    @classmethod
    def of(cls, trace: Trace) -> MissingValues:
        """Return what is missing where, and what that decides.

        Parameters
        ----------
        trace : Trace
        """
        made = cls(missing_table(trace))
        object.__setattr__(made, "n_units", len(trace.table))
        return made

    @property
    def _constructor(self) -> Any:
        return pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """The raw numbers as a plain DataFrame."""
        return pd.DataFrame(self)

    def _shown(self) -> tuple[list[str], list[Any], list[Any]]:
        return missing_rows(self.table, getattr(self, "n_units", 0))

    def __repr__(self) -> str:
        heads, gaps, complete = self._shown()
        whole = counted(len(complete), "criterion has", "criteria have")
        rest = f"{whole} all their values (.table has all)." if complete else ""
        parts = [missing_sentence(self.table), text_table(heads, gaps), rest]
        return on_screen("\n".join(part for part in parts if part), ".table")

    def _repr_html_(self) -> str:
        heads, gaps, complete = self._shown()
        shown = html_table(heads, gaps) if gaps else ""
        folded = folded_html(
            f"{counted(len(complete), 'criterion has', 'criteria have')} all their values",
            html_table(heads, complete) if complete else "",
        )
        return f"<p>{escape(missing_sentence(self.table))}</p>{shown}{folded}"
