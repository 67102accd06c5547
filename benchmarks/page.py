"""How long a page of a large analyzer takes: `save_html` of a labeler with 500 units and 5 million spikes.

    python benchmarks/page.py [--units 500] [--spikes 5000000]

Runs in the environment of the tests (`.venv`). An analyzer of random numbers is written into a temporary folder, as a
binary folder and, by this package's own writer, as zarr; then a labeler of each is made and saved as a page. It
prints the seconds of `BombcellLabeler(...)` and of `save_html(...)`.

Seconds of `save_html` on 2 cores (other programs took about one of them), Python 3.11, zarr 3; "before" searched all
spikes for each unit and kept no decoded chunk (measured once, for 5 million spikes):

    units  spikes      binary folder   before   zarr   before
    500    5 million   8.0             8.8      7.4    24.6

Most of it are the densities, correlograms and fits of the unit cards, which pages from before did not hold.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import nb_autolabel as nbl

CHANNELS, SAMPLES, RATE, SEGMENTS = 384, 90, 30_000.0, 2


def main() -> None:
    """Write the analyzers, measure, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--spikes", type=int, default=5_000_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        binary = Path(scratch, "binary")
        write(binary, asked.units, asked.spikes)
        zarr = Path(scratch, "large.zarr")
        nbl.load(binary).save_as("zarr", zarr, progress_bar=False)
        for name, folder in (("binary_folder", binary), ("zarr", zarr)):
            start = time.perf_counter()
            labeler = nbl.BombcellLabeler(nbl.load(folder), journal=None)
            made = time.perf_counter()
            page = labeler.save_html(Path(scratch, f"{name}.html"))
            done = time.perf_counter()
            labeler.close()
            print(
                f"{name}: labeler {made - start:.1f} s, save_html {done - made:.1f} s, {page.stat().st_size >> 20} MB"
            )


def write(folder: Path, units: int, count: int) -> None:
    """Write a binary folder whose units fire at random, each on eight channels."""
    rng = np.random.default_rng(0)
    mask = (np.arange(CHANNELS) - np.arange(units)[:, None] * CHANNELS // units) % CHANNELS < 8
    ids = np.arange(units)
    spikes = np.zeros(count, [("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")])
    spikes["unit_index"] = rng.integers(0, units, count)
    spikes["segment_index"] = np.arange(count) * SEGMENTS // count
    length = int(3600 * RATE / SEGMENTS)
    for segment in range(SEGMENTS):
        mine = spikes["segment_index"] == segment
        spikes["sample_index"][mine] = np.sort(rng.integers(0, length, int(mine.sum())))
    counts = np.bincount(spikes["unit_index"], minlength=units)
    quality = {
        "num_spikes": counts,
        "snr": rng.gamma(4, 2, units),
        "firing_rate": counts / 3600,
        "presence_ratio": rng.uniform(0.5, 1, units),
        "rp_contamination": rng.uniform(0, 0.5, units),
        "amplitude_median": rng.gamma(4, 20, units),
        "amplitude_cutoff": rng.uniform(0, 0.5, units),
        "drift_ptp": rng.uniform(0, 100, units),
    }
    shape = {
        "peak_to_trough_duration": rng.uniform(1e-4, 1e-3, units),
        "half_width": rng.uniform(1e-4, 1e-3, units),
        "num_positive_peaks": rng.integers(0, 4, units),
        "num_negative_peaks": rng.integers(0, 4, units),
    }
    extrema = {
        "trough_index": np.full(units, 30),
        "peak_before_index": np.full(units, 20),
        "peak_after_index": np.full(units, 45),
    }
    templates = rng.normal(0, 20, (units, SAMPLES, CHANNELS)).astype("f4") * mask[:, None, :]
    extensions: dict[str, dict[str, Any]] = {
        "templates": {"average": templates},
        "spike_amplitudes": {"amplitudes": rng.normal(-80, 10, count)},
        "correlograms": {"ccgs": rng.poisson(3, (units, units, 50)), "bins": np.linspace(-25, 25, 51)},
        "isi_histograms": {
            "isi_histograms": rng.poisson(9, (units, 100)),
            "bins": np.linspace(0, 100, 101),
        },
        "template_similarity": {"similarity": rng.uniform(0, 1, (units, units)).astype("f4")},
        "unit_locations": {"unit_locations": rng.uniform(0, 3000, (units, 3))},
        "quality_metrics": {"metrics": pd.DataFrame(quality, index=ids)},
        "template_metrics": {
            "metrics": pd.DataFrame(shape, index=ids),
            "peaks_data": pd.DataFrame(extrema, index=ids),
        },
    }
    put(folder / "spikeinterface_info.json", {"version": "0.105.3", "object": "SortingAnalyzer"})
    put(folder / "settings.json", {"return_in_uV": True})
    places = np.column_stack([np.arange(CHANNELS) % 2 * 32.0, np.arange(CHANNELS) // 2 * 20.0])
    attributes = {
        "channel_ids": list(range(CHANNELS)),
        "sampling_frequency": RATE,
        "num_samples": [length] * SEGMENTS,
        "properties": {"location": places.tolist()},
    }
    put(folder / "recording_info/recording_attributes.json", attributes)
    sorting = {"sampling_frequency": RATE, "unit_ids": ids.tolist(), "num_segments": SEGMENTS}
    put(folder / "sorting/numpysorting_info.json", sorting)
    np.save(folder / "sparsity_mask.npy", mask)
    np.save(folder / "sorting/spikes.npy", spikes)
    for name, data in extensions.items():
        put(folder / f"extensions/{name}/params.json", {"ms_before": 1.0, "ms_after": 2.0})
        put(folder / f"extensions/{name}/run_info.json", {"run_completed": True})
        for key, value in data.items():
            file = folder / f"extensions/{name}/{key}"
            if isinstance(value, pd.DataFrame):
                value.to_csv(file.with_suffix(".csv"))
            else:
                np.save(file.with_suffix(".npy"), value)


def put(file: Path, value: Any) -> None:
    """Write a JSON file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value))


if __name__ == "__main__":
    main()
