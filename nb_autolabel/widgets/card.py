"""Everything about one unit: what the kernel reads from the analyzer when a unit is looked at."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import traitlets

from ..analyzer.analyzer import Analyzer
from ..errors import AutolabelError, MessageError, MissingDataError, MissingExtensionError
from ..metrics.extrema import extrema, stored_extrema
from ..unit_ids import as_text
from .engine import Engine
from .named_units import named_units
from .protocol import request_number
from .refusals import refusal
from .views import View

#: Amplitudes shown at most; more would only cover each other.
MAX_AMPLITUDES = 2000
NEIGHBOURS = 5


class UnitCard(View):
    """The unit selected last: template on the probe, correlogram, intervals, amplitudes, place, neighbours, criteria.

    What a part needs is read when a unit is looked at; a part whose extension is not there says so.

    Parameters
    ----------
    engine : Engine
    analyzer : Analyzer
    """

    _kind = traitlets.Unicode("unit_card").tag(sync=True)

    _probe = traitlets.Bytes(b"").tag(sync=True)
    _volt = traitlets.Unicode("µV").tag(sync=True)
    """Unit of templates and amplitudes."""

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

    def _on_message(self, widget: Any, content: Any, buffers: Any) -> None:
        del widget, buffers
        answer = {"request": request_number(content)}
        try:
            if not isinstance(content, dict):
                raise MessageError(f"a question is a dictionary; got a {type(content).__name__}.")
            (unit,) = named_units([content.get("unit")], self.engine.shown_ids)
            known, arrays = describe_where_it_is(self._analyzer, unit)
        except Exception as error:
            self.send({**answer, "error": refusal(error)})
        else:
            self.send(
                {**answer, "unit": self.engine.shown_ids[unit], "arrays": list(arrays), **known},
                [np.ascontiguousarray(a, dtype="<f4").tobytes() for a in arrays.values()],
            )


def no_card(analyzer: Analyzer) -> str:
    """Say why there are no waveforms and pictures of any unit; empty where there may be some."""
    words = analyzer.only_metrics
    return (
        f"{words[:1].upper()}{words[1:]}; waveforms and pictures of a unit need the analyzer."
        if words
        else ""
    )


def describe_where_it_is(analyzer: Analyzer, unit: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what the card shows of a unit; of many recordings, from the unit's own, which is opened for it.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.

    Returns
    -------
    known, arrays
        As from :func:`describe`; neighbours are positions in `analyzer`.
    """
    found = analyzer.source.analyzer_of(unit)
    if found is None:
        return describe(analyzer, unit)
    own, at = found
    known, arrays = describe(own, at)
    # Units are called recording/unit here.
    recording = str(analyzer.unit_ids[unit]).removesuffix(as_text(own.unit_ids[at].item()))
    if "neighbours" in known:
        alike = dict(known["neighbours"])
        names = [f"{recording}{as_text(own.unit_ids[i].item())}" for i in alike]
        places = analyzer.unit_positions(names).tolist()
        known["neighbours"] = [[place, value] for place, value in zip(places, alike.values(), strict=True)]
    known.setdefault("amplitude_unit", own.voltage.unit)
    with contextlib.suppress(AutolabelError):
        probe = own.get_channel_locations()[:, :2]
        arrays["probe"] = probe[np.isfinite(probe).all(axis=1)].ravel()
    return known, arrays


def describe(
    analyzer: Analyzer, unit: int, max_amplitudes: int = MAX_AMPLITUDES
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what the card shows of a unit.

    Parameters
    ----------
    analyzer : Analyzer
    unit : int
        Position of the unit.
    max_amplitudes : int
        More are drawn from at random.

    Returns
    -------
    known : dict
        Plain values, and ``missing``: a sentence for each part that cannot be shown.
    arrays : dict of ndarray
    """
    if analyzer.only_metrics:
        return {"missing": [no_card(analyzer)]}, {}
    known: dict[str, Any] = {"missing": []}
    arrays: dict[str, Any] = {}
    parts: tuple[tuple[str, Callable[..., None]], ...] = (
        ("template", _template),
        ("place on the probe", _place),
        ("autocorrelogram", _correlogram),
        ("intervals", _intervals),
        ("amplitudes", partial(_amplitudes, at_most=max_amplitudes)),
        ("similar templates", _neighbours),
    )
    for name, read in parts:
        try:
            read(analyzer, unit, known, arrays)
        except MissingExtensionError as error:
            known["missing"].append(f"No {name}: the extension '{error.extension}' was not computed.")
        except (AutolabelError, LookupError, ValueError, TypeError) as error:
            known["missing"].append(f"No {name}: {error}")
    return known, arrays


def _template(analyzer: Analyzer, unit: int, known: dict[str, Any], arrays: dict[str, Any]) -> None:
    unit_id = analyzer.unit_ids[unit]
    template = analyzer.get_unit_template(unit_id)
    channels = analyzer.channel_ids.tolist()
    chosen = [channels.index(c) for c in analyzer.get_unit_channel_ids(unit_id).tolist()]
    _only_numbers(template, "it holds values that are no numbers.")
    template = analyzer.voltage.shown(template, np.array(chosen))
    strength = np.abs(template).max(axis=0)
    # A dense analyzer has the unit on every channel; the strongest say where it is.
    kept = np.sort(np.argsort(strength)[::-1][:24])
    main = int(np.argmax(strength[kept]))
    places = analyzer.get_channel_locations()[np.array(chosen)[kept], :2]
    _only_numbers(places, "the places of its channels are no numbers.")
    known.update(samples=template.shape[0], main=main)
    known["marks"] = _marks(analyzer, unit, template[:, kept[main]])
    arrays.update(template=template[:, kept].T, places=places)


def _marks(analyzer: Analyzer, unit: int, template: Any) -> list[float | None]:
    """Trough, peak before and peak after as the criteria measure them, in samples; None where there is none."""
    found = None
    if analyzer.has_extension("template_metrics"):
        with contextlib.suppress(AutolabelError):
            found = stored_extrema(analyzer.get_extension("template_metrics"), unit)
    found = extrema(template, analyzer.sampling_frequency) if found is None else found
    return [at if np.isfinite(at) and at < len(template) else None for at in found]


def _place(analyzer: Analyzer, unit: int, known: dict[str, Any], arrays: dict[str, Any]) -> None:
    del arrays
    where = analyzer.get_extension("unit_locations").get_data()[unit]
    _only_numbers(where[:2], "its location is no number.")
    known["place"] = [float(where[0]), float(where[1])]


def _correlogram(analyzer: Analyzer, unit: int, known: dict[str, Any], arrays: dict[str, Any]) -> None:
    extension = analyzer.get_extension("correlograms")
    bins = extension.get_data("bins")
    counts = extension.get_data("ccgs", rows=np.array([unit]))[0, unit]
    _only_numbers(counts, "its counts are no numbers.")
    _only_numbers(bins, "its bins are no numbers.")
    arrays["acg"] = counts
    known["acg_range"] = [float(bins[0]), float(bins[-1])]


def _intervals(analyzer: Analyzer, unit: int, known: dict[str, Any], arrays: dict[str, Any]) -> None:
    extension = analyzer.get_extension("isi_histograms")
    bins = extension.get_data("bins")
    counts = extension.get_data("isi_histograms", rows=np.array([unit]))[0]
    _only_numbers(counts, "their counts are no numbers.")
    _only_numbers(bins, "their bins are no numbers.")
    arrays["isi"] = counts
    known["isi_range"] = [float(bins[0]), float(bins[-1])]


def _amplitudes(
    analyzer: Analyzer,
    unit: int,
    known: dict[str, Any],
    arrays: dict[str, Any],
    at_most: int = MAX_AMPLITUDES,
) -> None:
    extension = analyzer.get_extension("spike_amplitudes")
    spikes = analyzer.spikes
    if extension.entry("amplitudes").shape != spikes.shape:
        raise MissingDataError("the stored amplitudes do not fit the spikes.")
    unit_id = analyzer.unit_ids[unit]
    mine = analyzer.get_unit_spike_rows(unit_id)
    found = analyzer.get_unit_spike_data(unit_id, "spike_amplitudes", "amplitudes").astype(np.float64)
    known["spikes"] = len(mine)
    if len(mine) > at_most:
        chosen = np.sort(np.random.default_rng(0).choice(len(mine), at_most, replace=False))
        mine, found = mine[chosen], found[chosen]
    starts = np.cumsum([0, *(analyzer.get_num_samples(s) for s in range(analyzer.get_num_segments() - 1))])
    samples = spikes["sample_index"][mine] + starts[spikes["segment_index"][mine]]
    finite = np.isfinite(found)
    if len(found) and not finite.any():
        raise MissingDataError("none of them is a number.")
    if extension.params.get("unit") == "a.u.":
        known["amplitude_unit"] = "a.u."
    elif analyzer.voltage.gain is not None:
        found = analyzer.voltage.shown(found, analyzer.main_channel_indices[unit])
    arrays["times"] = samples[finite] / analyzer.sampling_frequency
    arrays["amplitudes"] = found[finite]
    known["duration"] = analyzer.get_total_duration()


def _neighbours(analyzer: Analyzer, unit: int, known: dict[str, Any], arrays: dict[str, Any]) -> None:
    del arrays
    similar = analyzer.get_extension("template_similarity").get_data("similarity", rows=np.array([unit]))[0]
    known_ones = np.flatnonzero(np.isfinite(similar))
    order = [int(i) for i in known_ones[np.argsort(similar[known_ones])[::-1]] if i != unit][:NEIGHBOURS]
    known["neighbours"] = [[i, float(similar[i])] for i in order]


def _only_numbers(values: Any, otherwise: str) -> None:
    """Refuse values of which one is NaN or infinite.

    Raises
    ------
    MissingDataError
        Saying so.
    """
    if not np.isfinite(np.asarray(values, dtype=np.float64)).all():
        raise MissingDataError(otherwise)
