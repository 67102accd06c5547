"""What a saved notebook shows of a labeler when no kernel and no widget state is there to draw it.

The snapshot is an output of its own behind the widget. The engine hides it in the browser while it
lives, so it is seen only where nothing else would be: in a notebook opened without its kernel, and
on sites that show notebooks.
"""

from __future__ import annotations

import asyncio
from html import escape
from typing import Any

from ..metrics.formatting import limits_in_words
from ..plots.palette import in_order, look
from ..rules.missing import without_metric_in_words
from ..rules.trace import Trace

#: Seconds after a change until the snapshot in the notebook is renewed.
DELAY = 1.0


class Snapshot:
    """The static twin of a labeler in the notebook's output.

    Parameters
    ----------
    name : str
        Unique; the browser's class and the id of the output.
    title : str
        Name of the method.
    """

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title
        self._shown = False
        self._waiting: asyncio.TimerHandle | None = None

    def show(self, trace: Trace) -> None:
        """Write the snapshot into the output of the running cell."""
        from IPython.display import display

        display({"text/html": self.html(trace)}, raw=True, display_id=self.name)
        self._shown = True

    def renew(self, read: Any) -> None:
        """Bring the snapshot up to date soon; changes in a row are one.

        Parameters
        ----------
        read : callable
            Returns the trace as it is then.
        """
        if not self._shown or self._waiting is not None:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # no kernel
        self._waiting = loop.call_later(DELAY, self._renew, read)

    def _renew(self, read: Any) -> None:
        from IPython.display import display

        self._waiting = None
        display({"text/html": self.html(read())}, raw=True, display_id=self.name, update=True)

    def stop(self) -> None:
        """Forget a renewal that has not happened yet."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None
        self._shown = False

    def html(self, trace: Trace) -> str:
        """Return counts, shares and limits as HTML that needs nothing else."""
        counts = trace.counts()
        total = max(1, sum(counts.values()))
        numbers, shares = [], []
        for label in in_order(trace.names):
            color = look(label, trace.names).color
            count = counts.get(label, 0)
            numbers.append(f"<span style='border-left:12px solid {color};padding-left:5px;margin-right:16px'>"
                           f"{escape(label)} <b>{count}</b></span>")  # fmt: skip
            width = 100 * count / total
            shares.append(f"<span style='background:{color};width:{width:.2f}%;height:10px'></span>")
        rows = "".join(
            f"<tr><td>{escape(c.section)}</td><td>{escape(c.metric)}</td>"
            f"<td>{escape(limits_in_words(c.metric, c.min, c.max))}</td></tr>"
            for c in trace.rule_set.criteria
        )
        warned = "".join(f"<p><b>{escape(line)}</b></p>" for line in without_metric_in_words(trace))
        return (
            f"<div class='nbl-snapshot-{escape(self.name)}'><p><b>{escape(self.title)}</b>, "
            f"{sum(counts.values())} units, as last labeled. Run the cell for the live view.</p>"
            f"{warned}<p>{''.join(numbers)}</p><div style='display:flex;max-width:640px'>{''.join(shares)}</div>"
            f"<details><summary>Limits</summary><table>{rows}</table></details></div>"
        )
