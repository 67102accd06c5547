"""Representations of an analyzer as text and as HTML."""

from __future__ import annotations

from html import escape

from ..errors import AutolabelError
from .spikes import AnalyzerSpikes

_RECORDING = {
    "described": "recording described, not loaded",
    "attached": "has recording",
    "none": "no recording",
}


def as_text(analyzer: AnalyzerSpikes) -> str:
    """Return the two lines that SpikeInterface users know."""
    if analyzer.format == "cohort":
        return f"{_cohort(analyzer)}: {analyzer.get_num_units()} units - {len(analyzer.metric_names)} metrics"
    if analyzer.only_metrics:
        names = [str(renaming) for renaming in analyzer.renamed]
        text = f"Table of metrics: {analyzer.get_num_units()} units - {len(analyzer.metric_names)} metrics"
        text += f" - {analyzer.folder}" if analyzer.folder else ""
        return "\n".join([text, *([f"Names of other tools: {'; '.join(names)}"] if names else [])])
    parts = [
        f"SortingAnalyzer: {analyzer.get_num_channels()} channels",
        f"{analyzer.get_num_units()} units",
        f"{analyzer.get_num_segments()} segments",
        analyzer.format,
    ]
    if analyzer.is_sparse():
        parts.append("sparse")
    parts.append(_RECORDING[analyzer.header.recording])
    if analyzer.source.traffic is not None:
        parts.append(f"{analyzer.source.traffic} read")
    names = analyzer.extension_names
    listed = f": {', '.join(names)}" if names else ""
    return " - ".join(parts) + f"\nLoaded {len(names)} extensions{listed}"


def as_html(analyzer: AnalyzerSpikes) -> str:
    """Return the same for a notebook, with the metrics folded in."""
    if analyzer.only_metrics:
        return _table_as_html(analyzer)
    try:
        said = analyzer.header.annotations.get("duration_from")
        ends = " (to the last spike)" if analyzer.format == "phy" and said == "the last spike" else ""
        duration = f"{analyzer.get_total_duration():,.1f} s{ends}"
    except AutolabelError:
        duration = "unknown"
    rows = [
        ("Units", f"{analyzer.get_num_units()}"),
        (
            "Channels",
            f"{analyzer.get_num_channels()}" + (" (sparse)" if analyzer.is_sparse() else " (dense)"),
        ),
        ("Segments", f"{analyzer.get_num_segments()}, {duration} in all"),
        ("Sampling", f"{analyzer.sampling_frequency / 1000:g} kHz"),
        ("Recording", _RECORDING[analyzer.header.recording]),
        ("Format", f"{analyzer.format}" + (f", {analyzer.folder}" if analyzer.folder else "")),
        (
            "Written by",
            f"SpikeInterface {analyzer.header.version}"
            if analyzer.header.version
            else ("Kilosort or phy" if analyzer.format == "phy" else "unknown"),
        ),
    ]
    if analyzer.source.traffic is not None:
        rows.append(("Read so far", str(analyzer.source.traffic)))
    names = analyzer.extension_names
    cells = "".join(
        f"<tr><th style='text-align:left'>{escape(a)}</th><td style='text-align:left'>{escape(b)}</td></tr>"
        for a, b in rows
    )
    try:
        metrics = analyzer.metric_names
    except AutolabelError:
        metrics = []
    folded = "".join(
        f"<details><summary>{len(items)} {title}</summary>{escape(', '.join(items)) or 'none'}</details>"
        for title, items in (("extensions", names), ("metrics", metrics))
    )
    return f"<div><strong>SortingAnalyzer</strong><table>{cells}</table>{folded}</div>"


def _cohort(analyzer: AnalyzerSpikes) -> str:
    return f"Cohort of {analyzer.header.annotations.get('recordings')} recordings"


def _table_as_html(analyzer: AnalyzerSpikes) -> str:
    folded = "".join(
        f"<details><summary>{len(items)} {title}</summary>{escape('; '.join(map(str, items))) or 'none'}</details>"
        for title, items in (
            ("metrics", analyzer.metric_names),
            ("metrics under names of other tools", analyzer.renamed),
            ("properties", analyzer.get_sorting_property_keys()),
        )
    )
    if analyzer.format == "cohort":
        return (
            f"<div><strong>{escape(_cohort(analyzer))}</strong>: {analyzer.get_num_units()} units. The page of a unit "
            f"needs its own analyzer.{folded}</div>"
        )
    return (
        f"<div><strong>Table of metrics</strong>: {analyzer.get_num_units()} units"
        f"{f', {escape(analyzer.folder)}' if analyzer.folder else ''}. Spikes and waveforms need the analyzer.{folded}</div>"
    )
