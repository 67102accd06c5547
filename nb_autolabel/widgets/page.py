"""A labeler as one file that lives without a kernel and without a network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import math
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._version import __version__
from ..analyzer.file_kinds import HTML
from ..export.writing import target_file, write_file
from .assets import static
from .card import describe, no_card

if TYPE_CHECKING:
    from .labeler import Labeler

#: Amplitudes of a unit kept in the page at most.
MAX_AMPLITUDES = 500
#: Cards of units are kept until they make up so many bytes; those after it say that they are not in the page.
MAX_CARDS = 16 * 2**20
#: Views below each other, and those in tabs with their titles.
_TABS = {"recordings": "Recordings", "upset": "Why", "moves": "Why", "inputs": "Inputs", "table": "Units",
         "card": "Unit", "pairs": "Pairs", "whatif": "What if", "gaps": "Missing", "scatter": "Scatter"}  # fmt: skip
#: Of all scripts the page may run the one whose hash is named. It may open no connection, load nothing but pictures
#: that it holds itself, and submit no form.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "form-action 'none'; base-uri 'none'"
)


class Packer:
    """Collects binary data beside plain JSON, to be compressed together."""

    def __init__(self) -> None:
        self.blob = bytearray()

    def pack(self, value: Any) -> Any:
        """Return plain data in which bytes are replaced by where they lie in the blob."""
        if isinstance(value, bytes | memoryview):
            start = len(self.blob)
            self.blob += value
            # Arrays of doubles are read in place, so each begins at a multiple of eight.
            self.blob += bytes(-len(self.blob) % 8)
            return {"$at": [start, len(bytes(value))]}
        if isinstance(value, dict):
            # A key of the data's own that begins like ours gets one more sign, which the page takes off again.
            return {f"${k}" if str(k).startswith("$") else str(k): self.pack(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self.pack(v) for v in value]
        if isinstance(value, np.generic):
            value = value.item()
        # JSON knows no such numbers; what is missing is null.
        return None if isinstance(value, float) and not math.isfinite(value) else value


def save_html(labeler: Labeler, path: Any, overwrite: bool = False) -> Path:
    """Write a labeler as a page; see :meth:`Labeler.save_html`."""
    target = target_file(path, overwrite, HTML)
    packer = Packer()
    state = packer.pack(_state(labeler))
    text = json.dumps(state, allow_nan=False, separators=(",", ":"))
    data = [base64.b64encode(gzip.compress(part, 9)).decode() for part in (text.encode(), bytes(packer.blob))]
    code = f"\n{static('page.js')}"
    if "</script" in code.lower():
        raise AssertionError("the code of the page would end its own element")
    policy = _POLICY.format(base64.b64encode(hashlib.sha256(code.encode()).digest()).decode())
    title = f"{labeler.live.title}: {len(labeler.trace.table)} units"
    write_file(
        target,
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f"<meta name='viewport' content='width=device-width'><title>{escape(title)}</title>"
        f"<style>{static('widgets.css')}\n{static('page.css')}</style></head><body>"
        f"<main id='nbl-page'></main><script type='text/plain' id='nbl-state'>{data[0]}</script>"
        f"<script type='text/plain' id='nbl-blob'>{data[1]}</script>"
        f"<script type='module'>{code}</script></body></html>\n",
        HTML,
        overwrite,
    )
    return target


def _state(labeler: Labeler) -> dict[str, Any]:
    live, parts = labeler.live, labeler.parts
    sections: dict[str, list[Any]] = {}
    for title, fields, histogram in parts["histograms"].shown():
        sections.setdefault(title, []).append({"state": own_state(fields), "ticks": histogram.ticks})
    views = {name: parts[name] for name in ("counts", "waveforms", *_TABS) if name in parts}
    return {
        "title": live.title,
        "about": f"{len(live.trace.table)} units, labeled with nb_autolabel {__version__}",
        "engine": {**own_state(labeler.engine), "_acknowledged": ["", 0], "_history": [0, 0], "error": ""},
        "tools": own_state(parts["_tools"]),
        "text_ids": live.analyzer.unit_ids.dtype.kind not in "iu",
        "views": {
            name: {"html": view.value} if name == "inputs" else {"state": own_state(view)}
            for name, view in views.items()
        },
        "tabs": [[name, title] for name, title in _TABS.items() if name in views],
        "sections": [[title, members] for title, members in sections.items()],
        "units": _cards(labeler),
        "no_card": no_card(live.analyzer),
    }


def _cards(labeler: Labeler) -> list[Any]:
    cards: list[Any] = []
    if labeler.analyzer.only_metrics:
        return cards
    size = 0
    for at in range(len(labeler.trace.table)):
        if size > MAX_CARDS:
            break
        cards.append(_unit(labeler, at))
        size += sum(len(buffer) for buffer in cards[-1]["buffers"])
    return cards


def own_state(widget: Any) -> dict[str, Any]:
    """Return the state of a widget without what only ipywidgets needs."""
    # What takes a kernel is not in a page either.
    skip = {"engine", "layout", "comm", "tabbable", "tooltip", "_computing", "_asks"}
    return {
        name: value
        for name, value in widget.get_state().items()
        if name not in skip and not name.startswith(("_model", "_view", "_dom", "_esm", "_css", "_anywidget"))
    }


def _unit(labeler: Labeler, at: int) -> Any:
    known, arrays = describe(labeler.analyzer, at, MAX_AMPLITUDES)
    buffers = [np.ascontiguousarray(a, dtype="<f4").tobytes() for a in arrays.values()]
    return {"arrays": list(arrays), **known, "buffers": buffers}
