"""Simulate the small SortingAnalyzer that ships with the package as ``demo.zarr.zip``.

What it makes
    A five-minute recording on 96 contacts of a Neuropixels 2.0 shank (coloured noise, background "hash" of small
    neurons, slow drift of the tissue) and an imperfect spike sorting of it with 142 units. SpikeInterface computes
    all 14 extensions of its auto-labeling how-to from that recording. What is kept is made small: metrics and
    templates come from up to 400 spikes per unit, but only a few waveforms per unit stay, floats are rounded to steps
    that compress well (before the metrics are computed, so that the file agrees with itself), and recording,
    pickles and other object arrays are left out, so that any version of zarr opens the file.

How units are spoiled (sorting property ``ground_truth``)
    ``single``        one neuron; some are small, lack their small spikes, or fire in a part of the recording only
    ``merged``        two neurons in one unit; a few of these pairs sit > 100 um apart and fire one after the other
    ``contaminated``  one neuron plus the spikes of smaller neighbours
    ``axonal``        a triphasic spike: large positive peak, then a narrow trough
    ``noise``         random times, threshold crossings, artefacts on all channels, slow waves, overlapping spikes, ...
    ``few_spikes``    one neuron of which only 3-40 spikes were found

How to run it
    In an environment of its own (SpikeInterface needs zarr 2): ``pip install "spikeinterface[full]==0.105.3"``, then
    ``python scripts/make_demo_analyzer.py --seed 3 --out nb_autolabel/bundled/demo.zarr.zip``. It takes some
    minutes on two cores and 2 GB in the temporary folder; the same seed gives the same units and labels.
"""

import argparse
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import probeinterface
import scipy.fft
import spikeinterface.full as si
import zarr
from numcodecs import Blosc, Delta

FS, DURATION_S, GAIN_UV = 30000, 300, 0.5
N_SAMPLES = FS * DURATION_S
N_BEFORE, N_AFTER, N_DRIFT, DRIFT_UM = 60, 90, 10, 16.0
KINDS = {"single": 62, "merged": 14, "contaminated": 12, "axonal": 9, "noise": 37, "few_spikes": 8}
SINGLE_FLAWS = ["small"] * 8 + ["missing"] * 8 + ["partial"] * 5
NOISE_SORTS = (
    ["random"] * 10 + ["crossing"] * 6 + ["ringing"] * 5 + ["slow"] * 5 + ["overlap"] * 5 + ["rebound"] * 3 + ["glitch"] * 3
)
KEPT_WAVEFORMS = 6
BOMBCELL = {
    "noise": {
        "num_positive_peaks": {"less": 2},
        "num_negative_peaks": {"less": 1},
        "peak_to_trough_duration": {"greater": 0.0001, "less": 0.00115},
        "waveform_baseline_flatness": {"less": 0.5},
        "peak_after_to_trough_ratio": {"less": 0.8},
        "exp_decay": {"greater": 0.01, "less": 0.1},
    },
    "mua": {
        "amplitude_median": {"greater": 40, "abs": True},
        "snr": {"greater": 5},
        "amplitude_cutoff": {"less": 0.2},
        "num_spikes": {"greater": 300},
        "rp_contamination": {"less": 0.1},
        "presence_ratio": {"greater": 0.7},
        "drift_ptp": {"less": 100},
    },
    "non-somatic": {
        "peak_before_to_trough_ratio": {"less": 3},
        "peak_before_width": {"greater": 0.00015},
        "trough_width": {"greater": 0.0002},
        "peak_before_to_peak_after_ratio": {"less": 3},
        "main_peak_to_trough_ratio": {"less": 0.8},
    },
}


@dataclass
class Source:
    """Something that puts a waveform on the probe: bumps (height, centre, left and right sigma in ms) in space."""

    bumps: list[tuple[float, float, float, float]]
    amplitude: float
    position: np.ndarray
    decay_um: float
    delay_ms_per_um: float = 0.0
    widen_per_um: float = 0.002


@dataclass
class Train:
    """Spike times (samples) of one source, with the factor by which each spike scales the waveform."""

    times: np.ndarray
    factors: np.ndarray


def make_probe() -> probeinterface.Probe:
    """Return 96 contacts of a Neuropixels 2.0 shank: two columns 32 um apart, 15 um pitch, numbered as on the probe."""
    index = np.arange(96)
    probe = probeinterface.Probe(ndim=2, si_units="um", name="Neuropixels 2.0 (96 contacts of one shank)")
    probe.set_contacts(np.stack([32.0 * (index % 2), 15.0 * (index // 2)], 1), "square", {"width": 12})
    probe.set_planar_contour([[-19, 740], [-19, -20], [16, -195], [51, -20], [51, 740]])
    probe.set_contact_ids([f"e{i}" for i in index])
    probe.set_device_channel_indices(index)
    return probe


def somatic_bumps(rng: np.random.Generator, fast: bool) -> list[tuple[float, float, float, float]]:
    """Return a small foot, a sharp trough and a slower after-peak, of a narrow (fast) or a broad spike."""
    if fast:
        left, right, delay = rng.uniform(0.06, 0.08), rng.uniform(0.07, 0.1), rng.uniform(0.24, 0.36)
        after = (rng.uniform(0.3, 0.62), delay, 0.4 * delay, rng.uniform(0.2, 0.34))
    else:
        left, right, delay = rng.uniform(0.08, 0.11), rng.uniform(0.13, 0.18), rng.uniform(0.5, 0.8)
        after = (rng.uniform(0.12, 0.38), delay, 0.42 * delay, rng.uniform(0.32, 0.5))
    foot = (rng.uniform(0.0, 0.1), -rng.uniform(0.22, 0.3), 0.08, 0.06)
    return [foot, (-1.0, 0.0, left, right), after]


def axonal_bumps(rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Return a large narrow peak, a narrow trough and a faint after-peak."""
    before = (rng.uniform(0.55, 1.0), -rng.uniform(0.17, 0.21), rng.uniform(0.05, 0.06), 0.05)
    return [before, (-1.0, 0.0, 0.05, rng.uniform(0.055, 0.07)), (rng.uniform(0.06, 0.14), 0.32, 0.09, 0.25)]


def artefact_bumps(rng: np.random.Generator, sort: str) -> list[tuple[float, float, float, float]]:
    """Return the shape of a noise unit: ringing, slow, overlap, rebound or glitch."""
    if sort == "ringing":
        half, tau = rng.uniform(0.2, 0.4), rng.uniform(0.8, 2.0)
        centres = half * np.arange(-3, 7)
        envelope = np.exp(-np.abs(centres) / np.where(centres < 0, 0.4, 1.0) / tau)
        return [(-e * (-1.0) ** i, c, half / 2.4, half / 2.4) for i, e, c in zip(range(-3, 7), envelope, centres)]
    if sort == "slow":
        after = (rng.uniform(0.3, 0.75), rng.uniform(1.3, 1.7), 0.45, 0.4)
        return [(-1.0, 0.0, rng.uniform(0.3, 0.5), rng.uniform(0.3, 0.5)), after]
    if sort == "rebound":
        return [(-1.0, 0.0, 0.1, 0.13), (rng.uniform(1.0, 1.5), rng.uniform(0.35, 0.5), 0.14, 0.3)]
    if sort == "glitch":
        return [(-1.0, 0.0, 0.06, 0.06), (0.45, 0.2, 0.06, 0.1)]
    first, second, lag = somatic_bumps(rng, True), somatic_bumps(rng, rng.random() < 0.5), rng.uniform(0.55, 0.95)
    height = rng.uniform(0.6, 0.9)
    return first + [(height * h, c + lag, left, right) for h, c, left, right in second]


def render(source: Source, locations: np.ndarray, shift_um: float, rng_gain: np.ndarray) -> np.ndarray:
    """Return the waveform of a source on all channels.

    Parameters
    ----------
    source : Source
    locations : array [channels, 2]
        Contact positions in um.
    shift_um : float
        How far the tissue has moved along the shank.
    rng_gain : array [channels]
        Channel gains of a source that does not decay in space.

    Returns
    -------
    array [samples, channels], float32, in uV
    """
    x, y, z = source.position
    still = np.sqrt((locations[:, 0] - x) ** 2 + (locations[:, 1] - y) ** 2 + z**2)
    along = locations[:, 1] - y - shift_um
    distance = np.sqrt((locations[:, 0] - x) ** 2 + along**2 + z**2) - still.min()
    gain = rng_gain if np.isinf(source.decay_um) else np.exp(-distance / source.decay_um)
    t = np.arange(-N_BEFORE, N_AFTER)[:, None] * 1000 / FS - source.delay_ms_per_um * np.abs(along)
    t = t / (1 + source.widen_per_um * np.clip(distance, 0, 100))
    wave = sum(h * np.exp(-0.5 * ((t - c) / np.where(t < c, left, right)) ** 2) for h, c, left, right in source.bumps)
    return (source.amplitude * gain * wave).astype("float32")


def fire(rng: np.random.Generator, rate: float, fast: bool, state: np.ndarray, active=(0.0, 1.0)) -> Train:
    """Return a refractory spike train that follows the population state; broad-spiking cells also fire bursts."""
    dead_ms = rng.uniform(1.6, 2.4) if fast else rng.uniform(2.2, 3.2)
    peak = rate * state.max() / state.mean()
    n = int(peak * DURATION_S * 1.5 + 100)
    isi = dead_ms / 1000 + rng.gamma(2.0 if fast else 1.0, 1.0, n) * (1 / peak - dead_ms / 1000) / (2.0 if fast else 1.0)
    times = np.cumsum(isi)
    times = times[times < DURATION_S - 0.01]
    times = times[rng.random(times.size) < state[(times * 10).astype(int)] / state.max()]
    factors = 1 + rng.uniform(0.06, 0.13) * rng.standard_normal(times.size)
    if not fast:
        burst = rng.random(times.size) < rng.uniform(0.05, 0.25)
        times = np.concatenate([times, times[burst] + rng.uniform(0.0035, 0.008, burst.sum())])
        factors = np.concatenate([factors, factors[burst] * rng.uniform(0.78, 0.95, burst.sum())])
        order = np.argsort(times)
        times, factors = times[order], factors[order]
        keep = np.r_[True, np.diff(times) > dead_ms / 1000]
        times, factors = times[keep], factors[keep]
    keep = (times > active[0] * DURATION_S + 0.01) & (times < active[1] * DURATION_S - 0.01)
    return Train((times[keep] * FS).astype("int64"), np.clip(factors[keep], 0.3, 1.8).astype("float32"))


class Simulation:
    """Collects sources with their spikes (what is in the recording) and units (what the sorter says)."""

    def __init__(self, rng: np.random.Generator, locations: np.ndarray) -> None:
        self.rng, self.locations = rng, locations
        self.sources: list[Source] = []
        self.trains: list[Train] = []
        self.units: list[tuple[str, str, np.ndarray]] = []  # ground truth, sort of noise, spike times
        slow = np.convolve(rng.standard_normal(DURATION_S * 10 + 60), np.hanning(60), "same")[30:-30]
        self.state = np.exp(0.5 * slow / slow.std())

    def place(self, near: np.ndarray | None = None, spread_um: float = 15.0) -> np.ndarray:
        """Return a position beside the shank, anywhere or near a given one."""
        if near is None:
            return self.rng.uniform([-12, 15, 8], [44, 690, 30])
        return near + self.rng.normal(0, spread_um, 3) * [0.5, 1, 0]

    def neuron(self, rate: float, amplitude: float, position=None, axonal=False, fast=None, active=(0.0, 1.0)) -> Train:
        """Add a neuron to the recording and return its spikes."""
        rng = self.rng
        fast = bool(rng.random() < 0.3) if fast is None else fast
        bumps = axonal_bumps(rng) if axonal else somatic_bumps(rng, fast)
        decay = rng.uniform(20, 40) if (fast or axonal) else rng.uniform(24, 60)
        delay = rng.uniform(0.0008, 0.0022) if axonal else rng.uniform(0.0, 0.002)
        position = self.place() if position is None else position
        return self.add(Source(bumps, amplitude, position, decay, delay), fire(rng, rate, fast, self.state, active))

    def add(self, source: Source, train: Train) -> Train:
        """Add a source with its spikes to the recording."""
        self.sources.append(source)
        self.trains.append(train)
        return train

    def amplitude(self, low: float = 48.0, high: float = 350.0) -> float:
        """Draw a spike amplitude (uV) from a log-normal distribution."""
        return float(np.clip(self.rng.lognormal(np.log(95), 0.5), low, high))

    def rate(self, median: float = 3.6) -> float:
        """Draw a firing rate (Hz) from a log-normal distribution."""
        return float(np.clip(self.rng.lognormal(np.log(median), 0.6), 0.7, 14))

    def add_background(self, count: int = 70) -> None:
        """Add neurons that are too small or too far to be sorted."""
        for _ in range(count):
            self.neuron(self.rng.uniform(2, 8), self.rng.uniform(10, 26))

    def add_single(self, flaw: str) -> None:
        """Add one well isolated neuron with at most one flaw."""
        rng = self.rng
        amplitude = rng.uniform(26, 42) if flaw == "small" else self.amplitude()
        start = rng.uniform(0, 0.5)
        active = (start, start + rng.uniform(0.3, 0.5)) if flaw == "partial" else (0.0, 1.0)
        train = self.neuron(self.rate(6.0 if flaw in ("missing", "partial") else 3.6), amplitude, active=active)
        times = train.times
        if flaw == "missing":
            times = times[train.factors > np.quantile(train.factors, rng.uniform(0.3, 0.6))]
        stray = rng.integers(FS, N_SAMPLES - FS, int(times.size * rng.choice([0, 0, 0.01, 0.03])))
        self.units.append(("single", flaw, np.concatenate([times, stray])))

    def add_merged(self, far: bool) -> None:
        """Add two neurons as one unit: neighbours, or a pair far apart of which one takes over from the other."""
        rng, amplitude, position = self.rng, self.amplitude(60), self.place()
        if far:
            position = rng.uniform([0, 160, 10], [32, 540, 20])
            away = position + [rng.normal(0, 5), rng.choice([-1, 1]) * rng.uniform(120, 140), 0]
            parts = [self.neuron(6, amplitude + 60, position, active=(0, 0.6)), self.neuron(6, amplitude + 30, away, active=(0.6, 1))]
        else:
            second = amplitude * rng.uniform(0.55, 1)
            parts = [self.neuron(self.rate(5), a, self.place(position)) for a in (amplitude, second)]
        self.units.append(("merged", "far" if far else "", np.concatenate([p.times for p in parts])))

    def add_contaminated(self) -> None:
        """Add one neuron with the spikes of two or three smaller neighbours mixed in."""
        rng, amplitude, position = self.rng, self.amplitude(60), self.place()
        rate, share = self.rate(6), rng.uniform(0.1, 0.5)
        parts, n = [self.neuron(rate, amplitude, position).times], rng.integers(2, 4)
        for _ in range(n):
            small = self.neuron(rate * share / (1 - share) / n + 0.3, amplitude * rng.uniform(0.3, 0.6), self.place(position))
            parts.append(small.times)
        self.units.append(("contaminated", "", np.concatenate(parts)))

    def add_axonal(self, index: int) -> None:
        """Add an axon; every third is small or is mixed with random spikes."""
        rng = self.rng
        train = self.neuron(self.rate(6), 34.0 if index % 6 == 2 else self.amplitude(60, 160), axonal=True, fast=True)
        stray = rng.integers(FS, N_SAMPLES - FS, int(0.4 * train.times.size) if index % 3 == 0 else 0)
        self.units.append(("axonal", "", np.concatenate([train.times, stray])))

    def add_few_spikes(self) -> None:
        """Add a neuron of which a handful of spikes was found."""
        train = self.neuron(1.0, self.amplitude(32))
        count = min(int(self.rng.integers(3, 40)), train.times.size)
        self.units.append(("few_spikes", "", self.rng.choice(train.times, count, replace=False)))

    def add_noise(self, sort: str) -> None:
        """Add a unit that is no neuron; threshold crossings are filled in once the traces exist."""
        rng = self.rng
        times = np.sort(rng.integers(FS, N_SAMPLES - FS, int(rng.lognormal(np.log(450), 0.6)) + 60))
        if sort not in ("random", "crossing"):
            decay = {"ringing": np.inf, "slow": rng.uniform(150, 400), "glitch": 5.0}.get(sort, rng.uniform(25, 45))
            position = self.place() * ([1, 1, 0.2] if sort == "glitch" else [1, 1, 1])
            amplitude = rng.uniform(35, 110) if sort != "overlap" else self.amplitude()
            factors = np.clip(1 + 0.2 * rng.standard_normal(times.size), 0.4, 1.8).astype("float32")
            self.add(Source(artefact_bumps(rng, sort), amplitude, position, decay), Train(times, factors))
        self.units.append(("noise", sort, times))


def noise_chunk(rng: np.random.Generator, n: int, mixing: np.ndarray) -> np.ndarray:
    """Return coloured noise [n, channels] of unit variance before mixing: 300-6000 Hz, falling with frequency."""
    f = scipy.fft.rfftfreq(n, 1 / FS)
    response = (f / np.hypot(f, 300)) ** 3 / np.sqrt(1 + (f / 6000) ** 8) * (1 + (800 / np.maximum(f, 1)) ** 2) ** 0.25
    response /= np.sqrt(np.mean(response**2))
    white = rng.standard_normal((n, mixing.shape[0]), dtype="float32")
    coloured = scipy.fft.irfft(scipy.fft.rfft(white, axis=0, workers=2) * response[:, None].astype("float32"), n, axis=0, workers=2)
    return coloured.astype("float32") @ mixing.T


def write_traces(path: Path, sim: Simulation) -> None:
    """Write the recording as int16: noise plus all spikes, each with the template of its drift position."""
    rng, locations = sim.rng, sim.locations
    distance = np.linalg.norm(locations[:, None] - locations[None], axis=2)
    level = 6.3 * np.exp(0.18 * rng.standard_normal(96) + 0.15 * np.sin(locations[:, 1] / 130))
    covariance = (0.45 * np.exp(-distance / 60) + 0.55 * np.eye(96)) * level[:, None] * level[None]
    mixing = np.linalg.cholesky(covariance).astype("float32")
    gains = 1 + 0.12 * rng.standard_normal(96)
    shifts = DRIFT_UM * (np.linspace(0, 1, N_DRIFT) ** 0.7 + 0.1 * rng.standard_normal(N_DRIFT))
    templates = np.stack([[render(s, locations, d, gains) for d in shifts] for s in sim.sources]) / GAIN_UV
    times = np.concatenate([t.times for t in sim.trains])
    factors = np.concatenate([t.factors for t in sim.trains])
    source = np.repeat(np.arange(len(sim.trains)), [t.times.size for t in sim.trains])
    order = np.argsort(times, kind="stable")
    times, factors, source = times[order], factors[order], source[order]
    step, width = 5 * FS, N_BEFORE + N_AFTER
    tail = np.zeros((width, 96), "float32")
    with path.open("wb") as file:
        for start in range(0, N_SAMPLES, step):
            block = np.concatenate([noise_chunk(rng, step, mixing) / GAIN_UV, np.zeros((width, 96), "float32")])
            block[:width] += tail
            first, last = np.searchsorted(times - N_BEFORE, [start, start + step])
            for i in range(first, last):
                at = times[i] - N_BEFORE - start
                block[at : at + width] += factors[i] * templates[source[i], times[i] * N_DRIFT // N_SAMPLES]
            tail = block[step:].copy()
            np.round(block[:step]).astype("int16").tofile(file)


def threshold_crossings(rng: np.random.Generator, recording: si.BaseRecording, channel: int) -> np.ndarray:
    """Return times at which a channel dips below the usual detection threshold, but not as deep as a clear spike."""
    trace = recording.get_traces(channel_ids=recording.channel_ids[channel : channel + 1])[:, 0].astype("float32")
    sigma = np.median(np.abs(trace)) / 0.6745
    low = np.flatnonzero((trace[1:-1] < trace[:-2]) & (trace[1:-1] <= trace[2:]) & (trace[1:-1] < -4 * sigma)) + 1
    low = low[(trace[low] > -5.5 * sigma) & (low > FS) & (low < N_SAMPLES - FS)]
    return np.sort(rng.choice(low, min(low.size, int(rng.integers(300, 700))), replace=False))


def simulate(seed: int, folder: Path) -> tuple[si.BaseRecording, si.BaseSorting]:
    """Simulate the recording (written into ``folder``) and its imperfect sorting, with property ``ground_truth``."""
    rng = np.random.default_rng(seed)
    probe = make_probe()
    sim = Simulation(rng, probe.contact_positions)
    for i in range(KINDS["single"]):
        sim.add_single(SINGLE_FLAWS[i] if i < len(SINGLE_FLAWS) else "")
    for i in range(KINDS["merged"]):
        sim.add_merged(far=i < 3)
    for _ in range(KINDS["contaminated"]):
        sim.add_contaminated()
    for i in range(KINDS["axonal"]):
        sim.add_axonal(i)
    for _ in range(KINDS["few_spikes"]):
        sim.add_few_spikes()
    for sort in NOISE_SORTS:
        sim.add_noise(sort)
    sim.add_background()
    write_traces(folder / "traces.raw", sim)
    recording = si.read_binary(folder / "traces.raw", FS, "int16", 96, gain_to_uV=GAIN_UV, offset_to_uV=0.0, is_filtered=True)
    recording.set_probe(probe)
    order = rng.permutation(len(sim.units))
    trains, truth, sorts = {}, [], []
    for unit_id, index in enumerate(order):
        kind, sort, times = sim.units[index]
        times = threshold_crossings(rng, recording, int(rng.integers(96))) if sort == "crossing" else times
        trains[str(unit_id)] = np.unique(times)
        truth.append(kind)
        sorts.append(sort)
    sorting = si.NumpySorting.from_unit_dict([trains], FS)
    sorting.set_property("ground_truth", np.array(truth))
    sorting.set_property("flaw", np.array(sorts))
    return recording, sorting


def to_step(values: np.ndarray, step: float) -> np.ndarray:
    """Round to a multiple of a power of two: the low bits of the floats become zero, and compress to nothing."""
    return (np.round(values / step) * step).astype(values.dtype)


def compute(recording: si.BaseRecording, sorting: si.BaseSorting, seed: int) -> si.SortingAnalyzer:
    """Compute all 14 extensions; rounded inputs come before the metrics that are computed from them."""
    jobs = {"n_jobs": 2, "progress_bar": False}
    analyzer = si.create_sorting_analyzer(sorting, recording, format="memory", method="radius", radius_um=75, **jobs)
    analyzer.compute("random_spikes", max_spikes_per_unit=400, seed=seed)
    analyzer.compute("waveforms", ms_before=1.0, ms_after=2.0, **jobs)
    analyzer.compute("templates", operators=["average", "std"])
    round_data(analyzer, "templates", average=0.125, std=0.5)
    analyzer.compute("noise_levels", **jobs)
    locate = {"method": "grid_convolution", "method_kwargs": {"radius_um": 150.0}, "seed": seed}
    analyzer.compute({"spike_amplitudes": {}, "amplitude_scalings": {}, "spike_locations": locate}, **jobs)
    round_data(analyzer, "spike_amplitudes", amplitudes=1.0)
    round_data(analyzer, "amplitude_scalings", amplitude_scalings=1 / 128)
    locations = analyzer.get_extension("spike_locations").data["spike_locations"]
    for axis in locations.dtype.names:
        locations[axis] = to_step(locations[axis], 1.0)
    analyzer.compute("principal_components", n_components=3, mode="by_channel_local", **jobs)
    analyzer.compute(["correlograms", "isi_histograms", "template_similarity", "unit_locations"], **jobs)
    analyzer.compute("template_metrics", include_multi_channel_metrics=True)
    drift = {"interval_s": 30, "min_spikes_per_interval": 30}
    params = {"presence_ratio": {"bin_duration_s": 20}, "drift": drift}
    analyzer.compute("quality_metrics", metric_params=params, seed=seed, **jobs)
    return analyzer


def round_data(analyzer: si.SortingAnalyzer, extension: str, **steps: float) -> None:
    """Round arrays of an extension in place."""
    data = analyzer.get_extension(extension).data
    for name, step in steps.items():
        data[name] = to_step(data[name], step)


def keep_few_waveforms(analyzer: si.SortingAnalyzer, seed: int) -> None:
    """Keep a few waveforms and projections per unit, and drop what needs pickle or differs between runs."""
    rng = np.random.default_rng(seed)
    random_spikes = analyzer.get_extension("random_spikes")
    rows = random_spikes.data["random_spikes_indices"]
    units = analyzer.sorting.to_spike_vector()["unit_index"][rows]
    kept = [np.flatnonzero(units == u) for u in range(analyzer.get_num_units())]
    kept = np.sort(np.concatenate([rng.choice(k, min(k.size, KEPT_WAVEFORMS), replace=False) for k in kept]))
    random_spikes.data["random_spikes_indices"] = rows[kept]
    random_spikes.params["max_spikes_per_unit"] = KEPT_WAVEFORMS
    waveforms, pca = analyzer.get_extension("waveforms").data, analyzer.get_extension("principal_components").data
    waveforms["waveforms"] = to_step(waveforms["waveforms"][kept], 2.0)
    projection = to_step(pca["pca_projection"][kept], 1 / 16)
    pca.clear()
    pca["pca_projection"] = projection
    metrics = analyzer.get_extension("template_metrics").data
    metrics["main_channel_templates"] = to_step(metrics["main_channel_templates"], 0.125)
    analyzer.get_extension("template_similarity").data["similarity"] = to_step(
        analyzer.get_extension("template_similarity").data["similarity"], 1 / 256
    )
    for extension in analyzer.extensions.values():
        extension.data.pop("runtime_s", None)
        extension.run_info["runtime_s"] = None
        for frame in extension.data.values():
            if isinstance(frame, pd.DataFrame):
                for column in frame.select_dtypes("float"):
                    frame[column] = frame[column].astype("float32").astype("float64")


def copy_group(source: zarr.Group, target: zarr.Group) -> None:
    """Copy a zarr tree without object arrays: one chunk per array, each with the codec that packs it best."""
    target.attrs.put(source.attrs.asdict())
    for name, item in source.items():
        if isinstance(item, zarr.Group):
            copy_group(item, target.create_group(name))
        elif item.dtype.kind != "O":
            data = item[...]
            options = [([], Blosc("zstd", 9, shuffle)) for shuffle in (Blosc.NOSHUFFLE, Blosc.SHUFFLE, Blosc.BITSHUFFLE)]
            if data.dtype.kind == "i" and data.ndim == 1:
                options += [([Delta(data.dtype)], codec) for _, codec in options]
            best = min(options, key=lambda o: len(o[1].encode(o[0][0].encode(data) if o[0] else np.ascontiguousarray(data))))
            array = target.create_dataset(name, data=data, chunks=data.shape, filters=best[0] or None, compressor=best[1])
            array.attrs.put(item.attrs.asdict())


def write_zip(analyzer: si.SortingAnalyzer, out: Path, folder: Path) -> None:
    """Write the analyzer as one zip file, whose bytes depend on the content only."""
    analyzer.save_as(format="zarr", folder=folder / "full.zarr")
    store = zarr.DirectoryStore(str(folder / "demo.zarr"))
    copy_group(zarr.open_group(str(folder / "full.zarr"), mode="r"), zarr.group(store, overwrite=True))
    zarr.consolidate_metadata(store)
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(p for p in (folder / "demo.zarr").rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(path.relative_to(folder / "demo.zarr").as_posix(), (1980, 1, 1, 0, 0, 0))
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def bombcell(analyzer: si.SortingAnalyzer) -> pd.Series:
    """Return Bombcell's labels under the default table of the how-to."""
    return si.bombcell_label_units(analyzer, thresholds=BOMBCELL, split_non_somatic=True).iloc[:, 0]


def main() -> None:
    """Run the simulation, write the file, read it back and report."""
    parser = argparse.ArgumentParser(description="Simulate the demo SortingAnalyzer of the package.")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("demo.zarr.zip"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        analyzer = compute(*simulate(args.seed, folder), args.seed)
        before = bombcell(analyzer)
        keep_few_waveforms(analyzer, args.seed)
        write_zip(analyzer, args.out, folder)
        zipfile.ZipFile(args.out).extractall(folder / "check.zarr")
        analyzer = si.load(folder / "check.zarr")
        labels = bombcell(analyzer)
        if not (labels == before).all():
            raise RuntimeError("rounding changed the labels")
        kept = analyzer.select_units(analyzer.unit_ids[(labels != "noise").to_numpy()])
        print(pd.crosstab(analyzer.get_sorting_property("ground_truth"), labels.to_numpy(), margins=True))
        print(f"{len(analyzer.get_saved_extension_names())} extensions; without noise: {kept}")
    print(f"{args.out}: {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
