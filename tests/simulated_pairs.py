"""Units of which it is known whether two are one cell: simulated spike trains in a folder as Kilosort writes it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

RATE = 30000
#: s of recording.
DURATION = 600.0
#: Refractory period of the simulated cells, in samples.
REFRACTORY = int(0.002 * RATE)
#: Pairs of units and what they are.
CASES = {
    "split by drift": (0, 1),
    "split by amplitude": (2, 3),
    "two cells": (4, 5),
    "counted twice": (6, 7),
    "few spikes": (4, 8),
    "far apart": (4, 9),
    "other shape": (4, 10),
    "took over smaller": (0, 11),
}


def fired(random: np.random.Generator, rate: float, start: float = 0.0, end: float = DURATION) -> np.ndarray:
    """Return samples of a cell that fires at random, but never within its refractory period."""
    mean = RATE / rate - REFRACTORY
    gaps = REFRACTORY + random.exponential(mean, int(2 * rate * (end - start)) + 50)
    times = (start * RATE + np.cumsum(gaps)).astype(np.int64)
    return times[times < end * RATE]


def trains_and_amplitudes(seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return samples and amplitudes of the spikes of each unit."""
    random = np.random.default_rng(seed)

    def sizes(times: np.ndarray, mean: float, spread: float = 0.08) -> np.ndarray:
        return mean * (1 + spread * random.normal(size=len(times)))

    drifting = fired(random, 8)
    # The cell's amplitude falls as it moves away; its template is another one from minute 5 on.
    falling = sizes(drifting, 1.0) * (12 - 6 * drifting / (DURATION * RATE))
    early = drifting < DURATION / 2 * RATE
    bursting = fired(random, 20)
    wide = sizes(bursting, 10, 0.25)
    large = wide > np.median(wide)
    one, other = fired(random, 12), fired(random, 9)
    doubled = fired(random, 6)
    again = doubled[random.random(len(doubled)) < 0.7]
    again = np.unique(again + random.integers(-6, 7, len(again)))
    few = np.sort(random.choice(fired(random, 5), 12, replace=False))
    far, shaped = fired(random, 8), fired(random, 8)
    smaller = fired(random, 8, DURATION / 2, DURATION)
    return [
        (drifting[early], falling[early]),
        (drifting[~early], falling[~early]),
        (bursting[large], wide[large]),
        (bursting[~large], wide[~large]),
        (one, sizes(one, 11)),
        (other, sizes(other, 10)),
        (doubled, sizes(doubled, 8)),
        (again, sizes(again, 7)),
        (few, sizes(few, 9)),
        (far, sizes(far, 9)),
        (shaped, sizes(shaped, 9)),
        (smaller, sizes(smaller, 3)),
    ]


def _templates(n_channels: int) -> np.ndarray:
    """Return templates, shape (n_units, 61, n_channels)."""
    at = (np.arange(61) - 20) / 5.0
    usual = -np.exp(-(at**2)) + 0.35 * np.exp(-(((at - 2.5) / 1.5) ** 2))
    wide = -np.exp(-((at / 3) ** 2)) + 0.8 * np.exp(-(((at + 2) / 1.2) ** 2))
    middles = [2.0, 2.4, 2.0, 2.1, 3.0, 3.2, 4.0, 4.3, 2.0, 18.0, 3.0, 2.4]
    shapes = [wide if unit == 10 else usual for unit in range(len(middles))]
    where = np.arange(n_channels)
    spread = [np.exp(-np.abs(where - middle) / 1.5) for middle in middles]
    return np.array([shape[:, None] * each[None] for shape, each in zip(shapes, spread, strict=True)])


def make_pairs_folder(folder: Path, seed: int = 0) -> Path:
    """Write the simulated units as a Kilosort folder of 20 channels, 20 µm apart."""
    folder.mkdir(parents=True, exist_ok=True)
    n_channels = 20
    units = trains_and_amplitudes(seed)
    times = np.concatenate([train for train, _ in units])
    clusters = np.repeat(np.arange(len(units)), [len(train) for train, _ in units]).astype(np.int32)
    sizes = np.concatenate([size for _, size in units])
    order = np.argsort(times, kind="stable")
    arrays = {
        "spike_times": times[order],
        "spike_clusters": clusters[order],
        "spike_templates": clusters[order],
        "amplitudes": sizes[order].astype(np.float32)[:, np.newaxis],
        "templates": _templates(n_channels).astype(np.float32),
        "templates_ind": np.tile(np.arange(n_channels), (len(units), 1)),
        "whitening_mat_inv": np.eye(n_channels),
        "channel_map": np.arange(n_channels, dtype=np.int32)[:, np.newaxis],
        "channel_positions": np.stack([np.zeros(n_channels), 20.0 * np.arange(n_channels)], axis=1),
    }
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    (folder / "params.py").write_text(
        f"dat_path = 'recording.bin'\nn_channels_dat = {n_channels}\ndtype = 'int16'\noffset = 0\n"
        f"sample_rate = {RATE}.0\nhp_filtered = False\n",
        encoding="utf-8",
    )
    return folder
