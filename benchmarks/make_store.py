"""Simulate the analyzer that the benchmarks open: 142 units, 96 channels, 120 s, all 14 extensions.

    python benchmarks/make_store.py OUT        writes OUT.zarr (about 420 MB) and OUT_binary

Needs SpikeInterface; `make benchmark` runs it in its own environment, once, in about four minutes.
"""

from __future__ import annotations

import sys

import spikeinterface as si
import spikeinterface.metrics
import spikeinterface.postprocessing

STEPS = (
    ["random_spikes", "waveforms", "templates", "noise_levels"],
    ["spike_amplitudes", "amplitude_scalings", "spike_locations", "correlograms", "isi_histograms"],
    ["principal_components", "template_similarity", "unit_locations"],
    ["template_metrics", "quality_metrics"],
)


def main(out: str) -> None:
    """Simulate, compute, save."""
    recording, sorting = si.generate_ground_truth_recording(
        durations=[120.0], sampling_frequency=30_000.0, num_channels=96, num_units=142, seed=7
    )
    analyzer = si.create_sorting_analyzer(sorting, recording, format="memory", sparse=True)
    for step in STEPS:
        analyzer.compute(step, n_jobs=2, progress_bar=False)
    analyzer.save_as(format="zarr", folder=f"{out}.zarr")
    analyzer.save_as(format="binary_folder", folder=f"{out}_binary")


if __name__ == "__main__":
    main(sys.argv[1])
