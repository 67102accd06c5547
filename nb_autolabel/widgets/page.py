"""A labeler as one file that lives without a kernel and without a network."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .._version import __version__
from ..analyzer.file_kinds import HTML
from ..export.writing import target_file, write_file
from .assets import static
from .card import describe, named, no_card, packed
from .card_asked import Detail
from .card_parts import PARTS
from .packing import MANY_UNITS, Curves, Packer, Rows, thinning
from .page_heading import Heading, heading

if TYPE_CHECKING:
    from .labeler import Labeler

#: How finely a page shows units: less than a kernel, so that it stays small.
DETAIL = Detail(times=96, values=48, points=500, singles=12, cloud=80)
#: Cards of units are kept until they make up so many bytes; those after it say that they are not in the page.
MAX_CARDS = 16 * 2**20
#: Views below each other, and those in tabs with their titles.
_TABS = {"recordings": "Recordings", "upset": "Failed criteria", "moves": "Why", "inputs": "Inputs", "table": "Table",
         "card": "Unit card", "pairs": "Pairs", "whatif": "What if", "gaps": "Missing", "scatter": "Scatter"}  # fmt: skip
#: Of all scripts the page may run the one whose hash is named. It may open no connection, load nothing but pictures
#: that it holds itself, and submit no form.
_POLICY = (
    "default-src 'none'; script-src 'sha256-{}'; style-src 'unsafe-inline'; img-src data: blob:; "
    "form-action 'none'; base-uri 'none'"
)


@dataclass(frozen=True)
class Page:
    """What a labeler is in a page: title, data, the code that draws it, and the policy that allows this code alone."""

    title: str
    data: str
    code: str
    policy: str


def page_of(labeler: Labeler) -> Page:
    """Return a labeler as what a page needs of it."""
    packer = Packer()
    named = heading(labeler.live.title, labeler.analyzer)
    state = packer.pack(state_of(labeler, named))
    text = json.dumps(state, allow_nan=False, separators=(",", ":"))
    data = [base64.b64encode(gzip.compress(part, 7)).decode() for part in (text.encode(), bytes(packer.blob))]
    code = f"\n{static('page.js')}"
    if "</script" in code.lower():
        raise AssertionError("the code of the page would end its own element")
    return Page(
        named.title,
        f"<script type='text/plain' id='nbl-state'>{data[0]}</script>"
        f"<script type='text/plain' id='nbl-blob'>{data[1]}</script>",
        code,
        _POLICY.format(base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()),
    )


def document(title: str, page: Page, before: str = "", after: str = "", style: str = "") -> str:
    """Return the text of a page with a labeler in it.

    Parameters
    ----------
    title : str
    page : Page
    before, after : str
        HTML above and below it.
    style : str
        Style sheet of these.
    """
    return (
        f"<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{page.policy}">'
        f"<meta name='viewport' content='width=device-width, initial-scale=1'><title>{escape(title)}</title>"
        f"<style>{static('widgets.css')}\n{static('page.css')}\n{style}</style></head><body>{before}"
        f"<main id='nbl-page'></main>{after}{page.data}"
        f"<script type='module'>{page.code}</script></body></html>\n"
    )


def save_html(labeler: Labeler, path: Any, overwrite: bool = False) -> Path:
    """Write a labeler as a page; see :meth:`Labeler.save_html`."""
    target = target_file(path, overwrite, HTML)
    page = page_of(labeler)
    write_file(target, document(page.title, page), HTML, overwrite)
    return target


def state_of(labeler: Labeler, named: Heading) -> dict[str, Any]:
    """Return what the page of a labeler holds, under a heading, before it is packed."""
    live, parts = labeler.live, labeler.parts
    sections: dict[str, list[Any]] = {}
    for title, fields, histogram in parts["histograms"].shown():
        sections.setdefault(title, []).append({"state": own_state(fields), "ticks": histogram.ticks})
    views = {name: parts[name] for name in ("accepting", "counts", "waveforms", *_TABS) if name in parts}
    return {
        "method": live.title,
        "name": named.name,
        "recorded": named.recorded,
        "saved": named.saved,
        "about": _about(labeler),
        "engine": {
            **_engine(labeler),
            "_acknowledged": ["", 0],
            "_history": [0, 0],
            "error": "",
            "_queue": {},
            "_place": None,
            "_last": None,
            "_seconds": [],
        },
        "tools": own_state(parts["_tools"]),
        "text_ids": live.analyzer.unit_ids.dtype.kind not in "iu",
        "views": {
            name: {"html": view.value} if name == "inputs" else {"state": _view(name, view)}
            for name, view in views.items()
        },
        "bar": own_state(parts["histograms"].bar),
        "tabs": [[name, title] for name, title in _TABS.items() if name in views],
        "sections": [[title, members] for title, members in sections.items()],
        "units": _cards(labeler),
        "no_card": no_card(live.analyzer),
    }


def _engine(labeler: Labeler) -> dict[str, Any]:
    """Return the state of the engine; values that limits judge come back exactly."""
    state = own_state(labeler.engine)
    judged = {criterion.metric for criterion in labeler.rule_set.criteria}
    names, count = state["_metric_names"], state["_n_units"]
    exact = [at for at, name in enumerate(names) if name in judged]
    state["_metric_values"] = Rows(state["_metric_values"], count, exact)
    state["_values"] = Rows(state["_values"], count, range(len(state["_keys"])))
    return state


def _view(name: str, view: Any) -> dict[str, Any]:
    state = own_state(view)
    if name == "waveforms" and len(state["_ids"]) > MANY_UNITS:
        length = len(state["_times"])
        step = thinning(len(state["_ids"]), length)
        if step > 1:
            templates = np.frombuffer(state["_templates"], dtype="<f4").reshape(-1, length)[:, ::step]
            state |= {"_templates": templates.tobytes(), "_times": state["_times"][::step]}
        state["_templates"] = Curves(state["_templates"], len(state["_times"]))
    return state


def _about(labeler: Labeler) -> str:
    """Say what is in the page, and what of it is coarser than in the kernel."""
    said = f"{len(labeler.live.trace.table)} units, labeled with nb_autolabel {__version__}."
    if "waveforms" not in labeler.parts:
        return said
    step = thinning(len(labeler.live.trace.table), len(labeler.analyzer.template_times_ms))
    fewer = f" To keep the page small, 1 of {step} samples of each waveform is drawn."
    return said if step == 1 else said + fewer


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
    skip = {"engine", "layout", "comm", "tabbable", "tooltip", "_computing", "_adapting", "_asks"}
    return {
        name: value
        for name, value in widget.get_state().items()
        if name not in skip and not name.startswith(("_model", "_view", "_dom", "_esm", "_css", "_anywidget"))
    }


def _unit(labeler: Labeler, at: int) -> Any:
    known, arrays = describe(labeler.analyzer, at, tuple(PARTS), DETAIL)
    return {**named(arrays), **known, "buffers": packed(arrays)}
