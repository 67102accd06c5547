"""What would have to be computed for a picture that cannot be shown."""

from __future__ import annotations

from ..analyzer.analyzer import Analyzer

#: What an extension needs, and the extension itself, in the order in which they are computed.
NEEDED: dict[str, tuple[str, ...]] = {
    "random_spikes": ("random_spikes",),
    "noise_levels": ("noise_levels",),
    "templates": ("random_spikes", "templates"),
    "waveforms": ("random_spikes", "waveforms"),
    "principal_components": ("random_spikes", "waveforms", "principal_components"),
    "spike_amplitudes": ("random_spikes", "templates", "spike_amplitudes"),
    "spike_locations": ("random_spikes", "templates", "spike_locations"),
    "unit_locations": ("random_spikes", "templates", "unit_locations"),
    "template_similarity": ("random_spikes", "templates", "template_similarity"),
}


def how_to_get(analyzer: Analyzer, extension: str) -> str:
    """Say how an extension that is not there is had, in a sentence.

    Parameters
    ----------
    analyzer : Analyzer
    extension : str
        Name of the extension.
    """
    # An analyzer that is made anew has nothing of what a Kilosort folder holds.
    there = set() if analyzer.format == "phy" else set(analyzer.extension_names)
    names = [name for name in NEEDED.get(extension, (extension,)) if name not in there or name == extension]
    line = f"sorting_analyzer.compute([{', '.join(repr(name) for name in names)}])".replace("'", '"')
    if analyzer.format == "phy":
        return f"A Kilosort folder does not hold it; with an analyzer made with the recording, {line} computes it."
    return f"{line} computes it."


def lacks(analyzer: Analyzer, what: str, extension: str) -> str:
    """Say that a picture is not there for want of an extension, and how it is had."""
    return f"No {what}: the extension '{extension}' was not computed. {how_to_get(analyzer, extension)}"
