"""A small folder as Kilosort 4 writes it, made of the bundled analyzer, to try how such folders are opened and labeled."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import numpy.typing as npt

from .analyzer import Analyzer
from .atomic_write import target_path
from .demo import demo_analyzer, new_folder

#: µV a bit of a Neuropixels 2.0 probe.
GAIN = 0.763
#: Samples of a template of Kilosort 4, and the place of its trough among them.
_SAMPLES, _TROUGH = 61, 20


def demo_kilosort_folder(folder: str | os.PathLike[str]) -> Path:
    """Write the bundled recording as a folder of Kilosort 4, as it is before anybody has opened phy.

    Templates are whitened by a scale, amplitudes are norms in Kilosort's units, and ``params.py`` names a recording
    that is not there, as where a folder was copied without it. One bit is 0.763 µV.

    Parameters
    ----------
    folder : str or os.PathLike
        Made, with the folders above it; must not exist yet.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    AlreadyExistsError
        If something is there already.
    WriteError
        If the system refuses.

    Examples
    --------
    >>> analyzer = load(demo_kilosort_folder("kilosort4"), gain_to_uV=0.763)
    """
    target = target_path(folder)
    with new_folder(target) as partial:
        analyzer = demo_analyzer()
        for name, values in _arrays(analyzer).items():
            np.save(partial / f"{name}.npy", values)
        (partial / "params.py").write_text(_params(analyzer), encoding="utf-8")
        for name, column in _tables(analyzer).items():
            lines = [f"cluster_id\t{'KSLabel' if name == 'group' else name}"]
            lines += [f"{cluster}\t{value}" for cluster, value in enumerate(column)]
            (partial / f"cluster_{name}.tsv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    return target


def _arrays(analyzer: Analyzer) -> dict[str, npt.NDArray[np.generic]]:
    spikes = analyzer.spikes
    trough = int(np.argmin(np.abs(analyzer.template_times_ms)))
    stored = analyzer.get_templates()[:, trough - _TROUGH : trough - _TROUGH + _SAMPLES]
    in_bits = np.asarray(stored, dtype=np.float32) / GAIN
    scale = float(np.sqrt(np.mean(np.square(in_bits))))
    n_channels = analyzer.get_num_channels()
    flat = in_bits.reshape(len(in_bits), -1)
    norms = np.linalg.norm(flat, axis=1, keepdims=True)
    amplitudes = np.abs(np.asarray(analyzer.get_extension("spike_amplitudes").get_data(), dtype=np.float32))
    locations = analyzer.get_extension("spike_locations").get_data()
    places = np.stack([locations["x"], locations["y"]], axis=1).astype(np.float32)
    clusters = spikes["unit_index"].astype(np.int32)
    return {
        "spike_times": spikes["sample_index"].astype(np.int64),
        "spike_clusters": clusters,
        "spike_templates": clusters,
        "amplitudes": amplitudes / np.float32(GAIN * scale),
        "templates": in_bits / np.float32(scale),
        "templates_ind": np.tile(np.arange(n_channels), (len(in_bits), 1)),
        "whitening_mat": np.eye(n_channels) / scale,
        "whitening_mat_inv": np.eye(n_channels) * scale,
        "whitening_mat_dat": np.eye(n_channels) / scale,
        "similar_templates": ((flat / norms) @ (flat / norms).T).astype(np.float32),
        "spike_positions": places,
        "channel_map": np.arange(n_channels, dtype=np.int32),
        "channel_positions": analyzer.get_channel_locations(),
        "channel_shanks": np.zeros(n_channels),
    }


def _params(analyzer: Analyzer) -> str:
    return (
        "dat_path = 'recording.bin'\n"
        f"n_channels_dat = {analyzer.get_num_channels()}\n"
        "dtype = 'int16'\noffset = 0\n"
        f"sample_rate = {analyzer.sampling_frequency:.1f}\n"
        "hp_filtered = False\n"
    )


def _tables(analyzer: Analyzer) -> dict[str, list[str]]:
    metrics = analyzer.get_metrics_extension_data()
    share = 100 * metrics["rp_contamination"].fillna(1.0).clip(0, 1).to_numpy()
    labels = ["good" if each < 10 else "mua" for each in share]
    return {"KSLabel": labels, "group": labels, "ContamPct": [f"{each:.1f}" for each in share]}
