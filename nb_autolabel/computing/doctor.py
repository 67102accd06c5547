"""What lies at a path, what is missing and which line gets it, and who reads it. Nothing there is imported or run."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from ..analyzer.address import without_secrets
from ..analyzer.analyzer import Analyzer
from ..analyzer.extensions import METRIC_EXTENSIONS
from ..analyzer.finding import find_analyzers
from ..analyzer.found import looked_at
from ..analyzer.load import load
from ..analyzer.store import Store
from ..analyzer.stores import open_store
from ..errors import (
    AnalyzerNotFoundError,
    AutolabelError,
    NoMetricsError,
    UnknownFormatError,
    listing,
)
from ..metrics.too_small import too_small_of
from ..rules.methods import bombcell_rules
from ..rules.missing import without_metric, without_metric_in_words
from .catalogue import methods_by_metric
from .diagnosis import Diagnosis, Gap, Reader, noticed_in
from .doctor_readers import readers_of
from .plan import Stock, lacking_columns, plan_of

#: Extensions that views show, and what they are there for.
_SHOWN = {
    "templates": "waveforms and templates",
    "correlograms": "autocorrelograms",
    "isi_histograms": "interspike intervals",
    "spike_amplitudes": "amplitudes over time",
    "unit_locations": "places on the probe",
    "template_similarity": "units with similar templates",
}
#: Spikes up to which all are read to see whether they can be.
_FEW_SPIKES = 5_000_000
#: Recordings of a folder that are looked at, each in full.
_MOST = 200


def doctor(path: Any, *, storage_options: dict[str, Any] | None = None) -> Diagnosis:
    """Say what lies at a path, what is missing and which line gets it, and which programs read it.

    Everything is told from the files themselves: nothing there is imported, unpickled or run, and nothing is written.
    Whether SpikeInterface and phy read it is judged from the requirements they document.

    Parameters
    ----------
    path : path, str, spikeinterface.SortingAnalyzer, DataFrame of metrics
        Whatever :func:`nb_autolabel.load` takes, a folder of many recordings, or anything that does not open.
    storage_options : dict, optional
        As for :func:`nb_autolabel.load`.

    Returns
    -------
    Diagnosis
        Shows itself as text and in a notebook; ``table`` has all findings, ``status`` is the exit status of
        ``nb-autolabel doctor``: 0 all there, 1 cannot be opened, 2 nothing there, 3 something is missing that labels
        depend on.

    Raises
    ------
    UnknownFormatError
        For something that is neither a path nor data.

    Examples
    --------
    >>> doctor("session.zarr")  # doctest: +SKIP
    """
    named = _name(path)
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always", UserWarning)
        try:
            analyzer = load(path, storage_options=storage_options)
        except AutolabelError as error:
            if not isinstance(path, str | os.PathLike) or not os.fsdecode(path):
                raise
            return _not_opened(path, named, error, storage_options)
        found = _opened(named, analyzer)
    said = tuple(dict.fromkeys(" ".join(str(w.message).split()) for w in noticed))
    found = replace(found, notes=(*found.notes, *said))
    is_path = isinstance(path, str | os.PathLike) or getattr(path, "folder", None)
    return found if is_path else found.of_variable("analyzer")


def _name(path: Any) -> str:
    if isinstance(path, str | os.PathLike):
        return without_secrets(os.fsdecode(path))
    kind = type(path).__name__
    return str(getattr(path, "folder", None) or f"{'an' if kind[0] in 'AEIO' else 'a'} {kind}")


def _is_address(text: str) -> bool:
    return "://" in text and not text.strip().lower().startswith("file:")


def _not_opened(
    path: Any, named: str, error: AutolabelError, storage_options: dict[str, Any] | None
) -> Diagnosis:
    """Say why something does not open, and look for recordings below it."""
    problem = " ".join(str(error).split())
    if isinstance(error, AnalyzerNotFoundError):
        kind = "cannot be reached" if _is_address(named) else "nothing is there, or access is refused"
        return Diagnosis(named, kind, problem, exists=False)
    kind, names, recognised = "damaged or incomplete", [], True
    try:
        store = open_store(path, storage_options)
        names = [] if store.traffic is not None else store.names()
        if isinstance(error, UnknownFormatError) and (rows := _below(path, storage_options)):
            return _several(named, rows, storage_options)
        if isinstance(error, UnknownFormatError):
            kind = "neither an analyzer nor a folder of Kilosort or phy" if names else "empty"
            recognised = False
        elif (looked := looked_at(store, set(names))) is not None and looked.format:
            kind = f"{_WORDS[looked.format]}, damaged or incomplete"
    except AutolabelError:
        if isinstance(error, UnknownFormatError):
            kind, recognised = "not a file or folder that is opened", False
    there = (("files and folders", listing(names, 12)),) if names else ()
    return Diagnosis(named, kind, problem, there, readers=readers_of(named, None, None, problem, recognised))


_WORDS = {
    "zarr": "zarr analyzer",
    "binary_folder": "binary folder analyzer",
    "phy": "Kilosort or phy folder",
    "table": "table of metrics",
    "memory": "analyzer in memory",
    "cohort": "many recordings as one",
}


def _below(path: Any, storage_options: dict[str, Any] | None) -> list[tuple[str, str | None, str]]:
    """Return path, format and problem of the recordings below a folder."""
    found = find_analyzers(path, storage_options=storage_options)
    return [(str(row["path"]), row["format"], str(row["problem"])) for row in found.to_dict("records")]


def _several(
    named: str, rows: list[tuple[str, str | None, str]], storage_options: dict[str, Any] | None
) -> Diagnosis:
    looked = [
        doctor(where, storage_options=storage_options)
        if kind or not problem
        else Diagnosis(where, "cannot be looked at", problem)
        for where, kind, problem in rows[:_MOST]
    ]
    rest = len(rows) - len(looked)
    notes = [f"{rest} more recordings were not looked at; nbl.find_analyzers lists all."] if rest else []
    notes.append(f"nbl.Cohort({named!r}) opens all of them together; nb-autolabel label {named} labels them.")
    kind, notes = f"a folder with {len(rows)} recordings", [*noticed_in(looked), *notes]
    return Diagnosis(named, kind, notes=tuple(notes), recordings=tuple(looked))


def _opened(named: str, analyzer: Analyzer) -> Diagnosis:
    store = getattr(analyzer.source.origin, "store", None)
    store = store if isinstance(store, Store) else None
    broken = list(_broken(analyzer, store))
    problem, missing, there = "", [], _there(analyzer)
    try:
        missing = [*_metrics(named, analyzer), *_views(named, analyzer)]
    except AutolabelError as error:
        problem = " ".join(str(error).split())
    notes = [f"Cannot be read: {part}" for part in broken]
    hidden = analyzer.source.unreadable()
    if hidden:
        notes.append(f"Left undecoded, because reading it could run code, or damaged: {listing(hidden, 8)}.")
    if not problem:
        notes[:0] = filter(None, [too_small_of(analyzer, store is None or store.traffic is None)])
    readers = readers_of(named, None if problem else analyzer, store, problem)
    if broken and not problem:
        problem = f"{len(broken)} parts are damaged: {broken[0]}"
        readers = tuple(
            Reader(
                r.name,
                None if r.reads else r.reads,
                f"{r.why} Damaged parts may stop it." if r.reads else r.why,
                r.version,
            )
            for r in readers
        )
    return Diagnosis(
        named, _kind(named, analyzer), problem, tuple(there), tuple(missing), readers, tuple(notes)
    )


def _kind(named: str, analyzer: Analyzer) -> str:
    words = _WORDS.get(analyzer.format, analyzer.format)
    if analyzer.format == "zarr":
        three = type(getattr(analyzer.source.origin, "tree", None)).__name__ == "Tree3"
        words = f"zarr analyzer (format {3 if three else 2})"
    if named.lower().endswith(".zip"):
        words += " in a zip file"
    return words + (" at an address" if _is_address(named) else "")


def _there(analyzer: Analyzer) -> list[tuple[str, str]]:
    """Return what is there and how much, as far as it can be read."""
    found = [("units", f"{analyzer.get_num_units():,}")]
    if not analyzer.only_metrics:
        found.append(("channels", f"{analyzer.get_num_channels():,}"))
        found.append(
            (
                "segments",
                f"{analyzer.get_num_segments()}, sampled at {analyzer.sampling_frequency / 1000:g} kHz",
            )
        )
        if analyzer.header.version:
            found.append(("written by", f"SpikeInterface {analyzer.header.version}"))
        names = analyzer.extension_names
        found.append((f"{len(names)} extensions", listing(names, 30) if names else "none"))
        found.append(("voltages", analyzer.voltage.unit))
    try:
        metrics = analyzer.metric_names
    except AutolabelError as error:
        found.append(("metrics", f"cannot be read: {error}"))
    else:
        found.append((f"{len(metrics)} metrics", listing(metrics, 60) if metrics else "none"))
    if analyzer.renamed:
        found.append(("metrics under names of other tools", "; ".join(map(str, analyzer.renamed))))
    properties = analyzer.get_sorting_property_keys()
    if properties:
        found.append((f"{len(properties)} properties of units", listing(properties, 30)))
    return found


def _metrics(named: str, analyzer: Analyzer) -> Iterator[Gap]:
    """Give what is missing that labels depend on, and the line that gets it."""
    means = "criteria of Bombcell are left out"  # the lines that compute metrics name them
    try:
        trace = bombcell_rules().apply(analyzer, missing="inactive")
    except NoMetricsError:
        gone = means = "no unit can be labeled by a method"
    else:
        means = " ".join(without_metric_in_words(trace, named_already=True)) or means
        gone = " ".join(without_metric_in_words(trace)) if without_metric(trace) else ""
    if analyzer.only_metrics:
        if gone:
            line = "nbl.compute_metrics('session.zarr')  # the analyzer or Kilosort folder the table is of"
            yield Gap("metrics", gone, line, True)
        return
    if analyzer.format == "phy" and analyzer.voltage.unit == "a.u.":
        yield Gap(
            "the gain of the recording",
            "templates and amplitudes are in arbitrary units, so criteria in µV are not judged",
            f"analyzer = nbl.load({named!r}, gain_to_uV=2.34)  # Neuropixels 1 at gain 500; 0.763 for Neuropixels 2",
            True,
        )
    used = methods_by_metric()
    lacking = [name for name in lacking_columns(analyzer) if name in used]
    if not lacking:
        if gone:
            yield Gap("metrics", gone, "", True)
        return
    plan = plan_of(analyzer, None, Stock.of(analyzer, recording=False))
    now = [c for computation in plan.computations for c in computation.columns if c in lacking]
    later = [name for name in plan.impossible if name in lacking]
    means = means if gone else "no criterion of Bombcell needs them"
    if now:
        yield Gap(
            f"{len(now)} metrics that can be computed from what is there",
            f"{means} ({_by_use(now)})",
            f"analyzer = nbl.compute_metrics({named!r})  # needs pip install 'nb_autolabel[compute]'",
            bool(gone),
        )
    if later:
        yield Gap(
            f"{len(later)} metrics that need the recording",
            f"{means if not now else 'criteria as above'} ({_by_use(later)})",
            f"analyzer = nbl.compute_metrics({named!r}, recording='recording.ap.bin')",
            bool(gone),
        )
    if analyzer.format in ("zarr", "binary_folder"):
        wanted = [name for name in METRIC_EXTENSIONS[:2] if not analyzer.has_extension(name)]
        if wanted:
            first = [] if analyzer.has_extension("templates") else ["random_spikes", "waveforms", "templates"]
            first += [] if analyzer.has_extension("noise_levels") else ["noise_levels"]
            yield Gap(
                f"the extensions {listing(wanted)}",
                "SpikeInterface computes the same metrics where the recording is",
                f"sorting_analyzer.compute({[*first, *wanted]!r})",
                bool(gone),
            )


def _by_use(names: list[str]) -> str:
    """Name the metrics that Bombcell uses, and count the others."""
    used = methods_by_metric()
    first = [name for name in names if "Bombcell" in used[name]]
    rest = len(names) - len(first)
    parts = [f"Bombcell uses {listing(first, 30)}"] if first else []
    more = " more" if first else ""
    parts += [f"UnitRefine or threshold labeling uses {rest}{more}"] if rest else []
    return "; ".join(parts)


def _views(named: str, analyzer: Analyzer) -> Iterator[Gap]:
    """Give the extensions that only pictures depend on."""
    if analyzer.only_metrics:
        return
    gone = {name: shown for name, shown in _SHOWN.items() if not analyzer.has_extension(name)}
    if not gone:
        return
    first = [] if "templates" not in gone else ["random_spikes", "waveforms"]
    line = f"sorting_analyzer.compute({[*first, *gone]!r})  # SpikeInterface, with the recording"
    if analyzer.format == "phy":
        line = f"nbl.compute_metrics({named!r}, recording='recording.ap.bin').save_as(folder='session.zarr')\n{line}"
    yield Gap(
        listing(gone), f"labels do not need this; the unit card cannot show {listing(gone.values())}", line
    )


def _broken(analyzer: Analyzer, store: Store | None) -> Iterator[str]:
    """Give what cannot be read, one sentence a part; of an address only the descriptions are looked at."""
    if analyzer.only_metrics:
        return
    here = store is None or store.traffic is None
    for name in analyzer.extension_names:
        try:
            extension = analyzer.get_extension(name)
            for part in extension.data_names:
                entry = extension.entry(part)
                if not here or entry.kind != "array":
                    continue
                last = int(entry.shape[0]) - 1 if entry.shape else -1
                for row in {0, last} if last >= 0 else ():
                    extension.get_data(part, rows=np.array([row]))
            for part in extension.opaque_names:
                if extension.entry(part).damaged:
                    extension.get_data(part)
        except AutolabelError as error:
            yield " ".join(str(error).split())
    if store is None or not here or analyzer.format == "phy":
        return
    try:
        seen = looked_at(store, set(store.names()))
        if seen is not None and (seen.spikes or 0) <= _FEW_SPIKES:
            _ = analyzer.spikes
    except AutolabelError as error:
        yield " ".join(str(error).split())
