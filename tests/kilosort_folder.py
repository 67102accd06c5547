"""Making a folder as Kilosort writes it and phy curates it, from random spike trains and templates."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

RATE = 30000.0
PARAMS = """dat_path = r'C:\\somewhere\\recording.bin'
n_channels_dat = 12
dtype = 'int16'
offset = 0
sample_rate = 30000.0
hp_filtered = False
"""


@dataclass
class Made:
    """A folder and what was put into it."""

    folder: Path
    times: np.ndarray
    clusters: np.ndarray
    templates_of_spikes: np.ndarray
    whitened: np.ndarray
    inverse: np.ndarray
    positions: np.ndarray

    @property
    def templates(self) -> np.ndarray:
        """Kilosort's templates in the units of the data, (n_templates, n_samples, n_channels)."""
        return self.whitened @ self.inverse

    def save(self, **arrays: np.ndarray) -> None:
        """Replace arrays by name."""
        for name, values in arrays.items():
            np.save(self.folder / f"{name}.npy", values)


def make_kilosort_folder(
    folder: Path, *, curated: bool = False, n_spikes: int = 3000, n_templates: int = 6, seed: int = 0
) -> Made:
    """Write a folder of 10 channels on two shanks.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    curated : bool
        As phy leaves it: templates 1 and 2 are merged to cluster 10, and template 3 is split into 11 and 12; a person
        has grouped the clusters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    n_channels, n_samples = 10, 61
    times = np.sort(random.integers(0, 60 * int(RATE), n_spikes)).astype(np.int64)
    spike_templates = random.integers(0, n_templates, n_spikes).astype(np.int32)
    clusters = spike_templates.copy()
    if curated:
        clusters[np.isin(clusters, (1, 2))] = 10
        third = np.flatnonzero(clusters == 3)
        clusters[third[::2]], clusters[third[1::2]] = 11, 12
    shape = -np.exp(-(((np.arange(n_samples) - 20) / 5.0) ** 2))
    spread = np.exp(
        -np.abs(np.arange(n_channels)[None] - random.integers(0, n_channels, n_templates)[:, None])
    )
    whitened = (shape[None, :, None] * spread[:, None, :]).astype(np.float32)
    inverse = np.eye(n_channels) * 20 + random.normal(size=(n_channels, n_channels))
    positions = np.stack([np.arange(n_channels) // 5 * 250.0, np.arange(n_channels) % 5 * 20.0], axis=1)
    made = Made(folder, times, clusters, spike_templates, whitened, inverse, positions)
    made.save(
        spike_times=times,
        spike_clusters=clusters,
        spike_templates=spike_templates,
        amplitudes=random.uniform(5, 20, n_spikes).astype(np.float32)[:, np.newaxis],
        templates=whitened,
        templates_ind=np.tile(np.arange(n_channels), (n_templates, 1)),
        whitening_mat_inv=inverse,
        whitening_mat=np.linalg.inv(inverse),
        channel_map=np.array([0, 1, 2, 3, 4, 6, 7, 8, 9, 11], np.int32)[:, np.newaxis],
        channel_positions=positions,
        channel_shanks=np.arange(n_channels) // 5,
        spike_positions=random.normal(40, 5, (n_spikes, 2)).astype(np.float32),
        similar_templates=np.corrcoef(whitened.reshape(n_templates, -1)).astype(np.float32),
    )
    (folder / "params.py").write_text(PARAMS, encoding="utf-8")
    kilosorts = ["good" if template % 2 else "mua" for template in range(n_templates)]
    table(folder, "KSLabel", dict(enumerate(kilosorts)))
    table(folder, "ContamPct", {template: f"{10.5 * template:.1f}" for template in range(n_templates)})
    table(folder, "Amplitude", {template: f"{30 + template:.1f}" for template in range(n_templates)})
    (folder / "cluster_group.tsv").write_bytes((folder / "cluster_KSLabel.tsv").read_bytes())
    if curated:
        table(folder, "group", {0: "noise", 4: "mua", 5: "good", 10: "good", 11: "unsorted"})
    return made


def table(folder: Path, name: str, values: dict[int, str]) -> None:
    """Write ``cluster_<name>.tsv``."""
    lines = [f"cluster_id\t{name}", *(f"{cluster}\t{value}" for cluster, value in values.items())]
    (folder / f"cluster_{name}.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8")
