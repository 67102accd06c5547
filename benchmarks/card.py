"""Measure how long the kernel takes for the card of a unit with very many spikes.

    python benchmarks/card.py [--spikes 1000000] [--minutes 60]

Prints the milliseconds of each answer to the browser: the first look at a unit, and the next units of a queue. The goals are
100 ms until the first evidence is there and 300 ms for all of it at a million spikes of the unit, and 150 ms from one unit
of usual size to the next. What of that arrives on a screen is measured by `benchmarks/card_in_lab.py`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np

import nb_autolabel as nbl
from nb_autolabel.analyzer.demo_kilosort import demo_kilosort_folder
from nb_autolabel.widgets.card import describe, packed
from nb_autolabel.widgets.card_parts import PARTS

RATE = 30_000


def folder_with_large_units(folder: Path, spikes: int, minutes: float, large: tuple[int, ...] = (0,)) -> Path:
    """Write the bundled recording as a Kilosort folder of which some units fire very often, the others 2,000 times."""
    made = demo_kilosort_folder(folder / "kilosort4")
    random = np.random.default_rng(0)
    others = np.repeat(np.setdiff1d(np.arange(142), large), 2000)
    clusters = np.concatenate([np.repeat(large, spikes), others]).astype(np.int32)
    trains = []
    for _ in large:
        # No two spikes of a large unit are nearer than 1 ms where its rate allows that.
        gaps = random.exponential(1.0, spikes) + 0.2
        trains.append((np.cumsum(gaps) / gaps.sum() * minutes * 60 * RATE).astype(np.int64))
    times = np.concatenate([*trains, random.integers(0, int(minutes * 60 * RATE), len(others))])
    order = np.argsort(times, kind="stable")
    places = np.stack([random.normal(20, 5, len(times)), random.normal(400, 20, len(times))], axis=1)
    arrays = {
        "spike_times": times[order],
        "spike_clusters": clusters[order],
        "spike_templates": clusters[order],
        "amplitudes": random.normal(40, 6, len(times)).astype(np.float32),
        "spike_positions": places.astype(np.float32),
    }
    for name, values in arrays.items():
        np.save(made / f"{name}.npy", values)
    return made


def milliseconds(analyzer: Any, unit: int) -> dict[str, float]:
    """Return how long each part of a unit's card takes, until its bytes are ready."""
    found = {}
    for part in PARTS:
        start = time.perf_counter()
        _, arrays = describe(analyzer, unit, (part,))
        packed(arrays)
        found[part] = 1000 * (time.perf_counter() - start)
    return found


def main() -> None:
    """Print a line for each look at a unit."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--spikes", type=int, default=1_000_000)
    parser.add_argument("--minutes", type=float, default=60)
    asked = parser.parse_args()
    # What is imported and read once a session is not the card's: a labeler has read it before.
    milliseconds(nbl.demo_analyzer(), 0)
    with tempfile.TemporaryDirectory() as folder:
        analyzer = nbl.load(
            folder_with_large_units(Path(folder), asked.spikes, asked.minutes), gain_to_uV=0.763
        )
        milliseconds(analyzer, 1)
        rows = [(f"{asked.spikes:,} spikes", 0), (f"{asked.spikes:,} spikes, again", 0)]
        for name, unit in [*rows, ("2,000 spikes", 2), ("2,000 spikes", 3)]:
            found = milliseconds(analyzer, unit)
            parts = ", ".join(f"{part} {ms:.0f}" for part, ms in found.items())
            print(f"{name}: {sum(found.values()):.0f} ms ({parts})")
        tracemalloc.start()
        milliseconds(analyzer, 0)
        print(
            f"most memory on top, {asked.spikes:,} spikes: {tracemalloc.get_traced_memory()[1] / 2**20:.0f} MiB"
        )
        tracemalloc.stop()


if __name__ == "__main__":
    main()
