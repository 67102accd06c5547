"""What the rows of each array of an extension stand for (units, spikes, random spikes), and how they are selected."""

from __future__ import annotations

from typing import Literal

Kind = Literal["unit", "unit pair", "spike", "random spike", "spike index", "period", "fixed"]

#: Kind of each array, by extension and array name; "*" stands for every other array.
KINDS: dict[str, dict[str, Kind]] = {
    "random_spikes": {"random_spikes_indices": "spike index"},
    "waveforms": {"waveforms": "random spike"},
    "principal_components": {"pca_projection": "random spike"},
    "templates": {"*": "unit"},
    "noise_levels": {"*": "fixed"},
    "spike_amplitudes": {"*": "spike"},
    "amplitude_scalings": {"*": "spike"},
    "spike_locations": {"*": "spike"},
    "correlograms": {"ccgs": "unit pair", "bins": "fixed"},
    "auto_correlograms": {"acgs": "unit", "bins": "fixed"},
    "acgs_3d": {"acgs_3d": "unit", "firing_quantiles": "unit", "bins": "fixed"},
    "isi_histograms": {"isi_histograms": "unit", "bins": "fixed"},
    "template_similarity": {"similarity": "unit pair"},
    "unit_locations": {"*": "unit"},
    "quality_metrics": {},
    "template_metrics": {"main_channel_templates": "unit"},
    "spiketrain_metrics": {},
    "valid_unit_periods": {"valid_unit_periods": "period"},
}

#: Extensions that hold one row a spike or a random spike: what `slim` leaves out.
BULKY = ("waveforms", "principal_components", "spike_amplitudes", "amplitude_scalings", "spike_locations")


def kind_of(extension: str, array: str) -> Kind | None:
    """Return how an array follows a selection, or None if that is not known."""
    kinds = KINDS.get(extension, {})
    return kinds.get(array, kinds.get("*"))
