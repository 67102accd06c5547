"""Everything about one unit: what the kernel reads from the analyzer when a unit is looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError, MessageError, MissingExtensionError, suggestion
from ..evidence.lacking import lacks
from ..unit_ids import as_text
from .card_asked import FULL, Asked, Detail
from .card_parts import PARTS
from .engine import Engine
from .finite import finite
from .named_units import named_units
from .protocol import request_number
from .refusals import refusal
from .views import View


class UnitCard(View):
    """The unit selected last: what its spikes, its template and its neighbours say of it, and its criteria.

    The browser asks for one part of a unit after another, the quick ones first: ``{"unit": id, "part": "shape"}``, then
    "train", then "spread"; without ``part`` it gets all. A picture whose extension is not there says so.

    Parameters
    ----------
    engine : Engine
    analyzer : Analyzer
    """

    _kind = traitlets.Unicode("unit_card").tag(sync=True)

    _probe = traitlets.Bytes(b"").tag(sync=True)
    _volt = traitlets.Unicode("µV").tag(sync=True)
    """Unit of templates and amplitudes."""

    _shown = traitlets.Int(0).tag(sync=True)
    """Grows when there is another analyzer to answer from: what the browser knows is old then."""

    def __init__(self, engine: Engine, analyzer: Analyzer) -> None:
        super().__init__(engine)
        self.show(analyzer)
        self.on_msg(self._on_message)

    def show(self, analyzer: Analyzer) -> None:
        """Answer from an analyzer from now on."""
        self._analyzer = analyzer
        try:
            probe = analyzer.get_channel_locations()[:, :2]
        except AutolabelError:
            probe = np.zeros((0, 2))
        probe = probe[np.isfinite(probe).all(axis=1)]
        self._probe, self._volt = probe.astype("<f4").tobytes(), analyzer.voltage.unit
        self._shown += 1

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        answer = {"request": request_number(content)}
        try:
            if not isinstance(content, dict):
                raise MessageError(f"a question is a dictionary; got a {type(content).__name__}.")
            (unit,) = named_units([content.get("unit")], self.engine.shown_ids)
            known, arrays = describe_where_it_is(self._analyzer, unit, part_names(content.get("part")))
        except Exception as error:
            self.send({**answer, "error": refusal(error)})
        else:
            self.send(
                {**answer, "unit": self.engine.shown_ids[unit], **named(arrays), **known}, packed(arrays)
            )


def part_names(asked: Any) -> tuple[str, ...]:
    """Return the parts of the card that a question asks for; all of them if it names none.

    Raises
    ------
    MessageError
    """
    if asked is None:
        return tuple(PARTS)
    if not isinstance(asked, str) or asked not in PARTS:
        near = suggestion(asked, PARTS) if isinstance(asked, str) else ""
        raise MessageError(f"the card has no part {str(asked)[:40]!r}.{near} It has: {', '.join(PARTS)}.")
    return (asked,)


def named(arrays: dict[str, Any]) -> dict[str, list[str]]:
    """Return the names of arrays and what their numbers are: "f4", "u1" or "i2"."""
    return {"arrays": list(arrays), "types": [_type(array) for array in arrays.values()]}


def packed(arrays: dict[str, Any]) -> list[bytes]:
    """Return the bytes of arrays, as :func:`named` says them."""
    return [np.ascontiguousarray(array, dtype=f"<{_type(array)}").tobytes() for array in arrays.values()]


def _type(array: Any) -> str:
    return {"uint8": "u1", "int16": "i2"}.get(array.dtype.name, "f4")


def no_card(analyzer: Analyzer) -> str:
    """Say why there are no waveforms and pictures of any unit; empty where there may be some."""
    words = analyzer.only_metrics
    return (
        f"{words[:1].upper()}{words[1:]}; waveforms and pictures of a unit need the analyzer."
        if words
        else ""
    )


def describe_where_it_is(
    analyzer: Analyzer, unit: int, parts: Iterable[str] = tuple(PARTS)
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what the card shows of a unit; of many recordings, from the unit's own, which is opened for it.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.
    parts : iterable of str
        See :func:`describe`.

    Returns
    -------
    known, arrays
        As from :func:`describe`; neighbours are positions in `analyzer`.
    """
    found = analyzer.source.analyzer_of(unit)
    if found is None:
        return describe(analyzer, unit, parts)
    own, at = found
    known, arrays = describe(own, at, parts)
    # Units are called recording/unit here.
    recording = str(analyzer.unit_ids[unit]).removesuffix(as_text(own.unit_ids[at].item()))

    def here(units: Iterable[int]) -> list[int]:
        places = analyzer.unit_positions([f"{recording}{as_text(own.unit_ids[i].item())}" for i in units])
        return [int(place) for place in places]

    if "neighbours" in known:
        alike = dict(known["neighbours"])
        known["neighbours"] = [[place, v] for place, v in zip(here(alike), alike.values(), strict=True)]
    if "clouds" in known:
        known["clouds"]["units"] = here(known["clouds"]["units"])
    known.setdefault("amplitude_unit", own.voltage.unit)
    with contextlib.suppress(AutolabelError):
        probe = own.get_channel_locations()[:, :2]
        arrays["probe"] = probe[np.isfinite(probe).all(axis=1)].ravel()
    return known, arrays


def describe(
    analyzer: Analyzer, unit: int, parts: Iterable[str] = tuple(PARTS), detail: Detail = FULL
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what the card shows of a unit.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.
    parts : iterable of {"shape", "train", "spread"}
        Template, place, neighbours; what follows from its spikes; single waveforms, components, curated units.
    detail : Detail
        How finely.

    Returns
    -------
    known : dict
        Plain values, and ``missing``: a sentence for each picture that cannot be shown.
    arrays : dict of ndarray
    """
    if analyzer.only_metrics:
        return {"missing": [no_card(analyzer)]}, {}
    known: dict[str, Any] = {"missing": []}
    arrays: dict[str, Any] = {}
    asked = Asked(analyzer, unit, detail)
    for part in parts:
        for name, read in PARTS[part]:
            try:
                read(asked, known, arrays)
            except MissingExtensionError as error:
                known["missing"].append(lacks(analyzer, name, error.extension or ""))
            except (AutolabelError, LookupError, ValueError, TypeError) as error:
                known["missing"].append(f"No {name}: {error}")
    # JSON has no NaN: what is none is null.
    return finite(known), arrays
