"""Simulate the small SortingAnalyzer that ships with the package as ``demo.zarr.zip``.

What it makes: a five-minute recording on 96 contacts of a Neuropixels 2.0 shank (coloured noise, a "hash" of
small neurons, neurons in three layers, tissue that drifts slowly and twice jumps) and an imperfect spike sorting of
it with 142 units. SpikeInterface computes the 14 extensions of its auto-labeling how-to. Metrics and templates come
from up to 400 spikes per unit; then only a few waveforms per unit stay. Floats are rounded to steps that compress
well, before metrics are computed from them, so the file agrees with itself. Recording, pickles and other object
arrays are left out, so any version of zarr opens it.

How units are made (sorting property ``ground_truth``), which is the whole truth about them; no metric and no label of
a method goes into it:

- ``single``: one neuron; some are small or distant, lack their smaller spikes, or fire only part of the time
- ``merged``: two to four rather small neurons in one unit; three pairs are > 100 um apart and take turns, as if they
  drifted
- ``contaminated``: one neuron plus the spikes of smaller neighbours
- ``axonal``: a triphasic spike, with a large positive peak before a narrow trough; some small or contaminated
- ``noise``: residues of other units' spikes, threshold crossings (in some units very few), artefacts on all channels,
  slow waves, overlapping spikes, ringing
- ``few_spikes``: one neuron of which only 3 to 59 spikes were found; a curator calls such a unit multi-unit, however
  clean it is, and so does the truth when labels are compared with it

In a sorting by a program some spikes are found a sample or two off, and some twice, in two units; so here.
At the end stands how far the metrics of each class lie within those of units that curators labeled, see
``demo_beside_real.py``.

How to run it, in an environment of its own (SpikeInterface needs zarr 2):
``pip install "spikeinterface[full]==0.105.3"``, then
``python scripts/make_demo_analyzer.py --seed 3 --out nb_autolabel/bundled/demo.zarr.zip``.
It takes four minutes on two free cores, 3 GB of memory and 2 GB of temporary files. The same seed gives the same units.
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
from demo_beside_real import as_text, beside_real
from numcodecs import Blosc, Delta, blosc

FS, DURATION_S, N_CHANNELS, GAIN_UV = 30000, 300, 96, 0.5
N_SAMPLES = FS * DURATION_S
N_BEFORE, N_AFTER, N_DRIFT, DRIFT_UM, JUMP_UM = 60, 90, 20, 22.0, 10.0
KEPT_WAVEFORMS = 6
UNITS = {  # ground truth: {flaw or sort: number of units}
    "single": {"": 43, "small": 3, "missing": 5, "partial": 4, "distant": 3},
    "merged": {"": 15, "far": 3},
    "contaminated": {"": 17},
    "axonal": {"": 5, "small": 1, "contaminated": 3},
    "few_spikes": {"": 8},
    "noise": {"residue": 12, "crossing": 3, "few": 5, "artefact": 5, "overlap": 2, "slow": 3, "ringing": 2},
}
ALL_FOUND = ("far", "crossing", "few", "residue", "artefact")  # flaws and sorts of which no spike is missed
LAYERS_UM = (130.0, 340.0, 560.0)
MISSED = [  # fraction of a unit's spikes that the sorter missed, by flaw; round two sharpens the edge
    {"missing": (0.25, 0.6), "small": (0.0, 0.12), "ringing": (0.0, 0.2), "": (0.0, 0.01)},
    {"missing": (0.02, 0.04), "": (0.0, 0.002)},
]
STEPS = {  # (extension, array): rounding step
    ("templates", "average"): 0.125,
    ("templates", "std"): 0.5,
    ("spike_amplitudes", "amplitudes"): 1.0,
    ("amplitude_scalings", "amplitude_scalings"): 1 / 512,
    ("spike_locations", "spike_locations"): 2.0,
    ("waveforms", "waveforms"): 2.0,
    ("principal_components", "pca_projection"): 1 / 16,
    ("template_metrics", "main_channel_templates"): 0.125,
    ("template_similarity", "similarity"): 1 / 256,
}
Bumps = list[tuple[float, float, float, float]]  # height, centre, left and right sigma (ms)


@dataclass(eq=False)
class Source:
    """What puts a waveform on the probe: its shape, its place, and its spikes.

    ``decay_um`` 0 means one channel, infinite all channels; ``factors`` scale the waveform of each spike.
    """

    bumps: Bumps
    amplitude: float
    position: np.ndarray
    decay_um: float
    delay_ms_per_um: float
    times: np.ndarray
    factors: np.ndarray


def make_probe() -> probeinterface.Probe:
    """Return 96 contacts of a Neuropixels 2.0 shank: two columns 32 um apart, 15 um pitch."""
    index = np.arange(N_CHANNELS)
    probe = probeinterface.Probe(ndim=2, si_units="um", name="Neuropixels 2.0, 96 contacts of one shank")
    probe.set_contacts(np.stack([32.0 * (index % 2), 15.0 * (index // 2)], axis=1), "square", {"width": 12})
    probe.set_planar_contour([[-19, 740], [-19, -20], [16, -195], [51, -20], [51, 740]])
    probe.set_contact_ids([f"e{i}" for i in index])
    probe.set_device_channel_indices(index)
    return probe


def make_bumps(rng: np.random.Generator, sort: str) -> Bumps:
    """Return the waveform of a fast, broad or axonal spike or of an artefact, made of skewed Gaussians."""
    u = rng.uniform
    match sort:
        case "fast":
            delay, foot = u(0.24, 0.36), (u(0, 0.07), -u(0.22, 0.3), 0.08, 0.06)
            trough, after = (-1.0, 0.0, u(0.06, 0.08), u(0.07, 0.1)), (u(0.3, 0.62), delay, 0.4 * delay)
            bumps = [foot, trough, (*after, u(0.14, 0.26))]
        case "broad":
            delay, foot = u(0.48, 0.8), (u(0, 0.07), -u(0.22, 0.3), 0.08, 0.06)
            trough, after = (-1.0, 0.0, u(0.05, 0.068), u(0.065, 0.1)), (u(0.2, 0.42), delay, 0.42 * delay)
            bumps = [foot, trough, (*after, u(0.2, 0.36))]
        case "axonal":
            before = (u(0.55, 1.0), -u(0.17, 0.21), u(0.05, 0.06), 0.05)
            bumps = [before, (-1.0, 0.0, 0.05, u(0.055, 0.07)), (u(0.06, 0.14), 0.32, 0.09, 0.25)]
        case "ringing":
            half, tau, i = u(0.2, 0.4), u(0.8, 2.0), np.arange(-3, 7)
            heights = -((-1.0) ** i) * np.exp(-half * np.abs(i) / tau / np.where(i < 0, 0.4, 1.0))
            bumps = [(h, half * k, half / 2.4, half / 2.4) for h, k in zip(heights, i, strict=True)]
        case "slow":
            bumps = [(-1.0, 0.0, u(0.15, 0.45), u(0.2, 0.45)), (u(0.3, 0.75), u(0.9, 1.7), 0.45, 0.4)]
        case "artefact":
            bumps = [(-1.0, 0.0, 0.06, 0.06), (u(0.3, 0.8), u(0.2, 0.5), 0.06, u(0.1, 0.4))]
        case _:  # overlap of two spikes
            lag, height = u(0.55, 0.95), u(0.6, 0.9)
            second = make_bumps(rng, rng.choice(["fast", "broad"]))
            bumps = make_bumps(rng, "fast") + [(height * h, c + lag, a, b) for h, c, a, b in second]
    return bumps


def render(source: Source, locations: np.ndarray, shift_um: float, gains: np.ndarray) -> np.ndarray:
    """Return the waveform of a source on all channels.

    Parameters
    ----------
    source : Source
    locations : array [channels, 2]
        Contact positions in um.
    shift_um : float
        How far the tissue has moved along the shank; artefacts do not move.
    gains : array [channels]
        Channel gains of an artefact.

    Returns
    -------
    array [samples, channels] in uV
    """
    t = np.arange(-N_BEFORE, N_AFTER)[:, None] * 1000 / FS
    across, along = (locations - source.position[:2]).T
    if source.decay_um in (0, np.inf):
        nearest = np.hypot(across, along) == np.hypot(across, along).min()
        gain = gains * (nearest | (source.decay_um > 0))
    else:
        still = np.sqrt(across**2 + along**2 + source.position[2] ** 2)
        along = along - shift_um
        distance = np.sqrt(across**2 + along**2 + source.position[2] ** 2) - still.min()
        gain = np.exp(-distance / source.decay_um)
        t = (t - source.delay_ms_per_um * np.abs(along)) / (1 + 0.002 * np.clip(distance, 0, 100))
    wave = sum(h * np.exp(-0.5 * ((t - c) / np.where(t < c, a, b)) ** 2) for h, c, a, b in source.bumps)
    return (source.amplitude * gain * wave).astype("float32")


def fire(
    rng: np.random.Generator, rate: float, fast: bool, state: np.ndarray, active: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return times and amplitude factors of spikes: refractory, bursting, with shared ups and downs."""
    dead, shape, peak = rng.uniform(0.002, 0.0035), 2.0 if fast else 1.0, rate * state.max() / state.mean()
    times = np.cumsum(dead + rng.gamma(shape, (1 / peak - dead) / shape, int(peak * DURATION_S * 1.5) + 100))
    times = times[times < DURATION_S - 0.01]
    times = times[rng.random(times.size) < state[(times * 10).astype(int)] / state.max()]
    swell = np.exp(0.5 * np.interp(times, np.linspace(0, DURATION_S, 24), rng.standard_normal(24)))
    factors = 1 + rng.uniform(0.1, 0.2) * swell * rng.standard_normal(times.size)
    if not fast:
        burst = rng.random(times.size) < rng.uniform(0.05, 0.25)
        times = np.concatenate([times, times[burst] + rng.uniform(0.004, 0.008, burst.sum())])
        factors = np.concatenate([factors, factors[burst] * rng.uniform(0.78, 0.95, burst.sum())])
        order = np.argsort(times)
        times, factors = times[order], factors[order]
    keep = np.r_[True, np.diff(times) > dead]
    keep &= (times > active[0] * DURATION_S + 0.01) & (times < active[1] * DURATION_S - 0.01)
    return (times[keep] * FS).astype("int64"), np.clip(factors[keep], 0.3, 1.8).astype("float32")


class Simulation:
    """Collects sources (what is in the recording) and units (what the sorter reports)."""

    def __init__(self, rng: np.random.Generator, locations: np.ndarray) -> None:
        self.rng, self.locations = rng, locations
        self.sources: list[Source] = []
        self.events: np.ndarray | None = None
        self.units: list[tuple[str, str, np.ndarray]] = []  # ground truth, flaw or sort, spike times
        slow = np.convolve(rng.standard_normal(DURATION_S * 10 + 60), np.hanning(60), "same")[30:-30]
        self.state = np.exp(0.5 * slow / slow.std())

    def place(self, near: np.ndarray | None = None) -> np.ndarray:
        """Return a position beside the shank, anywhere or near a given one."""
        if near is not None:
            return near + self.rng.normal(0, [7, 15, 0])
        position = self.rng.uniform([-12, 15, 8], [44, 690, 28])
        if self.rng.random() < 0.8:
            position[1] = self.rng.normal(self.rng.choice(LAYERS_UM), 32)
        return position

    def lognormal(self, median: float, low: float, high: float) -> float:
        """Draw an amplitude (uV) or a rate (Hz)."""
        return float(np.clip(self.rng.lognormal(np.log(median), 0.55), low, high))

    def neuron(
        self,
        rate: float,
        amplitude: float,
        position: np.ndarray | None = None,
        sort: str = "",
        active: tuple[float, float] = (0.0, 1.0),
    ) -> Source:
        """Add a neuron to the recording."""
        rng = self.rng
        sort = sort or ("fast" if rng.random() < 0.3 else "broad")
        decay, delay = rng.uniform(*((17, 38) if sort == "broad" else (14, 28))), rng.uniform(0.0008, 0.003)
        position = self.place() if position is None else position
        spikes = fire(rng, rate, sort != "broad", self.state, active)
        self.sources.append(Source(make_bumps(rng, sort), amplitude, position, decay, delay, *spikes))
        return self.sources[-1]

    def number(self, median: float) -> int:
        """Draw a number of spikes."""
        return int(np.clip(self.rng.lognormal(np.log(median), 0.9), 12, 3000))

    def in_stretches(self, times: np.ndarray) -> np.ndarray:
        """Keep what happens in some stretches of the recording, or everything."""
        if self.rng.random() < 0.4:
            return times
        active = self.rng.random(15) < self.rng.uniform(0.2, 0.9)
        active[self.rng.integers(15)] = True
        kept = times[active[times * 15 // N_SAMPLES]]
        return kept if kept.size > 11 else times

    def found_twice(self, position: np.ndarray, parts: list[Source]) -> list[np.ndarray]:
        """Return some spikes of each of four neighbours, which the sorter reports in their unit too."""
        others = [s for s in self.sources if 0 < s.decay_um < 50 and s.times.size and s not in parts]
        others.sort(key=lambda s: float(np.linalg.norm(s.position[:2] - position[:2])))
        sizes = [int(self.rng.uniform(0.01, 0.07) * s.times.size) for s in others[:4]]
        return [self.rng.choice(s.times, n, replace=False) for s, n in zip(others, sizes, strict=False)]

    def add_unit(self, truth: str, flaw: str) -> None:
        """Add a unit of the given ground truth and flaw, with the neurons or artefacts behind it."""
        rng, position, amplitude = self.rng, self.place(), self.lognormal(135, 98, 420)
        rate, stray = self.lognormal(3.2, 1.6, 12), float(rng.choice([0, 0, 0.01, 0.03]))
        if truth == "noise":
            self.units.append((truth, flaw, self.artefact(flaw)))
            return
        if truth == "single":
            start, length = (rng.uniform(0, 0.5), rng.uniform(0.5, 0.9)) if flaw == "partial" else (0.0, 1.0)
            position[2] = rng.uniform(75, 110) if flaw == "distant" else position[2]
            amplitude = {"small": rng.uniform(50, 70), "distant": rng.uniform(70, 110)}.get(flaw, amplitude)
            rate += 4 * (flaw == "missing")
            parts = [self.neuron(rate, amplitude, position, active=(start, min(start + length, 1)))]
        elif truth == "axonal":
            stray = 0.4 if flaw == "contaminated" else 0.0
            parts = [self.neuron(rate, 34.0 if flaw == "small" else min(amplitude, 160), position, "axonal")]
        elif truth == "merged" and flaw == "far":
            position = rng.uniform([0, 160, 10], [32, 540, 20])
            away = position + np.array([rng.normal(0, 5), rng.choice([-1, 1]) * rng.uniform(120, 140), 0])
            parts = [self.neuron(4, amplitude + 60, position, active=(0, 0.6))]
            parts += [self.neuron(4, amplitude + 30, away, active=(0.6, 1))]
        elif truth == "merged":
            amplitudes = self.lognormal(92, 60, 200) * rng.uniform(0.7, 1, rng.integers(2, 5))
            total = self.lognormal(1.7, 1.0, 5)
            parts = [self.neuron(total / amplitudes.size + 0.1, a, self.place(position)) for a in amplitudes]
        elif truth == "contaminated":
            amplitude, rate = self.lognormal(85, 55, 220), 0.4 * rate + 0.3
            share, n = rng.uniform(0.15, 0.5), int(rng.integers(2, 5))
            parts, added = [self.neuron(rate, amplitude, position)], rate * share / (1 - share) / n + 0.2
            for _ in range(n):
                parts.append(self.neuron(added, amplitude * rng.uniform(0.35, 0.7), self.place(position)))
        else:
            parts, stray = [self.neuron(1.0, rng.uniform(50, 120), position)], 0.0
            count = min(int(rng.integers(3, 60)), parts[0].times.size)
            parts[0].times, parts[0].factors = parts[0].times[-count:], parts[0].factors[-count:]
        off = (
            1.0 if truth in ("single", "axonal") else 1.3
        )  # samples from where the spike is to where it is found
        times = np.concatenate([p.times for p in parts])
        times = times + np.rint(off * rng.standard_normal(times.size)).astype("int64")
        if truth in ("merged", "contaminated"):
            times = np.concatenate([times, *self.found_twice(position, parts)])
        times = np.r_[times, rng.integers(FS, N_SAMPLES - FS, int(stray * times.size))]
        self.units.append((truth, flaw, times))

    def artefact(self, sort: str) -> np.ndarray:
        """Return the times of a noise unit, and add what is to be seen at these times to the recording."""
        rng = self.rng
        if sort in ("few", "crossing"):  # these are found once the traces exist
            return np.empty(0, "int64")
        if sort == "residue":
            return self.residue()
        if sort == "artefact":
            kept = self.common_events()
            kept = kept[rng.random(kept.size) < rng.uniform(0.6, 0.95)]
            return kept + rng.choice([-1, 0, 0, 0, 0, 1], kept.size)
        times = self.in_stretches(np.unique(rng.integers(FS, N_SAMPLES - FS, self.number(160) + 20)))
        decay = {"ringing": np.inf, "slow": rng.uniform(60, 400)}.get(sort, rng.uniform(18, 32))
        amplitude = self.lognormal(95, 50, 350) if sort == "overlap" else rng.uniform(35, 110)
        factors = np.clip(1 + 0.2 * rng.standard_normal(times.size), 0.4, 1.8).astype("float32")
        bumps, position = make_bumps(rng, sort), self.place()
        self.sources.append(Source(bumps, amplitude, position, decay, 0.001, times, factors))
        return times

    def residue(self) -> np.ndarray:
        """Return moments close to spikes of several neurons, of which the sorter took away too much or too little."""
        rng = self.rng
        large = [s for s in self.sources if s.amplitude > 50 and 0 < s.decay_um < 50 and s.times.size > 200]
        here = large[rng.integers(len(large))].position
        near = sorted(large, key=lambda s: abs(float(s.position[1] - here[1])))[: rng.integers(3, 8)]
        times = [rng.choice(s.times, rng.integers(15, 110), replace=False) for s in near]
        kept = self.in_stretches(np.concatenate(times))
        kept = kept + rng.integers(-16, 17, kept.size)
        return kept[(kept > FS) & (kept < N_SAMPLES - FS)]

    def common_events(self) -> np.ndarray:
        """Return the moments at which all channels jump, in bursts; every unit of artefacts has most of them."""
        rng = self.rng
        if self.events is None:
            starts = rng.integers(FS, N_SAMPLES - 2 * FS, 40)
            self.events = np.unique(np.concatenate([start + rng.integers(0, FS, 9) for start in starts]))
            factors = np.clip(1 + 0.4 * rng.standard_normal(self.events.size), 0.3, 2.5).astype("float32")
            bumps = make_bumps(rng, "artefact")
            self.sources.append(Source(bumps, 55.0, self.place(), np.inf, 0.0, self.events, factors))
        return self.events


def make_noise(rng: np.random.Generator, n: int, mixing: np.ndarray) -> np.ndarray:
    """Return noise [n, channels] of 300-6000 Hz, strong at low frequencies, correlated by ``mixing``."""
    f = scipy.fft.rfftfreq(n, 1 / FS)[:, None]
    response = (f / np.hypot(f, 300)) ** 3 / np.sqrt(1 + (f / 6000) ** 8)
    response *= (1 + (800 / np.maximum(f, 1)) ** 2) ** 0.25
    response = (response / np.sqrt(np.mean(response**2))).astype("float32")
    white = rng.standard_normal((n, mixing.shape[0]), dtype="float32")
    spectrum = scipy.fft.rfft(white, axis=0, workers=2) * response
    return scipy.fft.irfft(spectrum, n, axis=0, workers=2) @ mixing.T


def write_traces(path: Path, sim: Simulation) -> None:
    """Write the recording as int16: noise plus every spike, with the waveform that fits the drift then."""
    rng, y = sim.rng, sim.locations[:, 1]
    distance = np.linalg.norm(sim.locations[:, None] - sim.locations[None], axis=2)
    level = 11.0 * np.exp(0.18 * rng.standard_normal(N_CHANNELS) + 0.15 * np.sin(y / 130))
    covariance = (0.45 * np.exp(-distance / 60) + 0.55 * np.eye(N_CHANNELS)) * level[:, None] * level[None]
    mixing = np.linalg.cholesky(covariance).astype("float32")
    gains = 1 + 0.06 * rng.standard_normal(N_CHANNELS)
    shifts = DRIFT_UM * (np.linspace(0, 1, N_DRIFT) ** 0.7 + 0.1 * rng.standard_normal(N_DRIFT))
    shifts[[6, 7]] -= JUMP_UM
    shifts[[14, 15]] += JUMP_UM
    depths = np.array([s.position[1] for s in sim.sources])
    moved = shifts * (1 + 0.25 * np.sin(depths / 160))[:, None]  # not all depths move alike
    pairs = zip(sim.sources, moved, strict=True)
    waves = np.stack([[render(s, sim.locations, um, gains) for um in shift] for s, shift in pairs]) / GAIN_UV
    times = np.concatenate([s.times for s in sim.sources])
    order = np.argsort(times, kind="stable")
    times, factors = times[order], np.concatenate([s.factors for s in sim.sources])[order]
    source = np.repeat(np.arange(len(sim.sources)), [s.times.size for s in sim.sources])[order]
    step, width = 5 * FS, N_BEFORE + N_AFTER
    tail = np.zeros((width, N_CHANNELS), "float32")
    with path.open("wb") as file:
        for start in range(0, N_SAMPLES, step):
            block = np.pad(make_noise(rng, step, mixing) / GAIN_UV, ((0, width), (0, 0)))
            block[:width] += tail
            for i in range(*np.searchsorted(times - N_BEFORE, [start, start + step])):
                at = times[i] - N_BEFORE - start
                block[at : at + width] += factors[i] * waves[source[i], times[i] * N_DRIFT // N_SAMPLES]
            tail = block[step:]
            np.round(block[:step]).astype("int16").tofile(file)


def threshold_crossings(rng: np.random.Generator, recording: si.BaseRecording, number: int) -> np.ndarray:
    """Return times at which the mean of some channels dips below a detection threshold, though not far below."""
    places = recording.get_channel_locations()
    near = np.linalg.norm(places - places[rng.integers(N_CHANNELS)], axis=1) < rng.uniform(33, 60)
    trace = recording.get_traces(channel_ids=recording.channel_ids[near]).astype("float32").mean(axis=1)
    trace /= np.median(np.abs(trace)) / 0.6745
    middle = trace[1:-1]
    dips = (middle < trace[:-2]) & (middle <= trace[2:]) & (middle < -3.5) & (middle > -6)
    low = np.flatnonzero(dips) + 1
    low = low[(low > FS) & (low < N_SAMPLES - FS)]
    return rng.choice(low, min(low.size, number), replace=False)


def simulated_units(seed: int) -> Simulation:
    """Return the simulation with all units, before the small neurons around them and the traces are made."""
    sim = Simulation(np.random.default_rng(seed), make_probe().contact_positions)
    for truth, flaw, count in [(t, f, n) for t, flaws in UNITS.items() for f, n in flaws.items()]:
        for _ in range(count):
            sim.add_unit(truth, flaw)
    return sim


def sorts_of(seed: int, trains: dict[str, np.ndarray]) -> dict[str, tuple[str, str]]:
    """Return ground truth and flaw or sort of units that were made from a seed, which the file does not hold.

    Parameters
    ----------
    seed : int
    trains : dict of str to ndarray of int
        Spike times of units in samples, by unit id.

    Returns
    -------
    dict of str to (str, str)
        Units of which nearly all spikes are those of a simulated unit. The sorts "few" and "crossing" of noise are not
        told: their spikes are found in the traces.
    """
    units = [unit for unit in simulated_units(seed).units if unit[2].size]
    found = {}
    for name, times in trains.items():
        shares = [float(np.isin(times, own).mean()) if times.size else 0.0 for _, _, own in units]
        best = int(np.argmax(shares))
        if shares[best] > 0.9:
            found[name] = units[best][:2]
    return found


def simulate(seed: int, folder: Path) -> tuple[si.BaseRecording, si.BaseSorting]:
    """Simulate the recording (written into ``folder``) and its sorting, which knows ground_truth and flaw."""
    sim, probe = simulated_units(seed), make_probe()
    rng = sim.rng
    for _ in range(420):  # too small or too far to be sorted
        sim.neuron(rng.uniform(1, 8), min(8 + rng.exponential(18), 70))
    write_traces(folder / "traces.raw", sim)
    scaling = {"gain_to_uV": GAIN_UV, "offset_to_uV": 0.0, "is_filtered": True}
    recording = si.read_binary(folder / "traces.raw", FS, "int16", N_CHANNELS, **scaling)
    recording.set_probe(probe)
    trains, units = {}, [sim.units[i] for i in rng.permutation(len(sim.units))]
    for i, (_, flaw, times) in enumerate(units):
        if flaw in ("crossing", "few"):
            number = sim.number({"crossing": 350, "few": 40}[flaw])
            found = sim.in_stretches(threshold_crossings(rng, recording, number))
        else:
            found = times
        trains[str(i)] = np.unique(found)
    sorting = si.NumpySorting.from_unit_dict([trains], FS)
    sorting.set_property("ground_truth", np.array([u[0] for u in units]))
    sorting.set_property("flaw", np.array([u[1] for u in units]))
    return recording, sorting


def start_analyzer(recording: si.BaseRecording, sorting: si.BaseSorting, seed: int) -> si.SortingAnalyzer:
    """Return an analyzer with rounded templates and the spike amplitudes relative to them."""
    sparsity = {"method": "radius", "radius_um": 75}
    analyzer = si.create_sorting_analyzer(sorting, recording, sparsity_kwargs=sparsity, seed=seed)
    analyzer.compute("random_spikes", max_spikes_per_unit=400, seed=seed)
    analyzer.compute("waveforms", ms_before=1.0, ms_after=2.0)
    analyzer.compute("templates", operators=["average", "std"])
    round_data(analyzer, "templates")
    # without a recording SpikeInterface derives main channels from templates, whatever the file says: agree
    peaks = np.abs(analyzer.get_extension("templates").data["average"]).max(axis=1)
    analyzer.set_sorting_property("main_channel_id", analyzer.channel_ids[peaks.argmax(axis=1)])
    analyzer._main_channel_indices = None
    analyzer.compute("noise_levels", random_slices_kwargs={"seed": seed})
    analyzer.compute("amplitude_scalings", handle_collisions=False)
    return analyzer


def miss_spikes(
    analyzer: si.SortingAnalyzer, missed: dict[str, tuple[float, float]], seed: int
) -> si.BaseSorting:
    """Return the sorting without each unit's smallest and implausibly large spikes, as after detection."""
    rng, sorting = np.random.default_rng(seed), analyzer.sorting
    scalings = analyzer.get_extension("amplitude_scalings").get_data(outputs="by_unit", concatenated=True)
    truth, flaws = sorting.get_property("ground_truth"), sorting.get_property("flaw")
    trains = {unit_id: sorting.get_unit_spike_train(unit_id) for unit_id in sorting.unit_ids}
    for i, (unit_id, scale) in enumerate(scalings.items()):
        if truth[i] != "few_spikes" and flaws[i] not in ALL_FOUND:
            lowest = np.quantile(scale, rng.uniform(*missed.get(flaws[i], missed[""])))
            trains[unit_id] = trains[unit_id][(scale >= lowest) & (scale < 2.2)]
    fewer = si.NumpySorting.from_unit_dict([trains], FS)
    fewer.set_property("ground_truth", truth)
    fewer.set_property("flaw", flaws)
    return fewer


def compute(recording: si.BaseRecording, sorting: si.BaseSorting, seed: int) -> si.SortingAnalyzer:
    """Compute all 14 extensions; arrays are rounded before metrics are computed from them."""
    si.set_global_job_kwargs(n_jobs=2, progress_bar=False)
    for missed in MISSED:
        sorting = miss_spikes(start_analyzer(recording, sorting, seed), missed, seed)
    sorting.delete_property("flaw")
    analyzer = start_analyzer(recording, sorting, seed)
    locate = {"method": "grid_convolution", "method_kwargs": {"radius_um": 150.0}, "seed": seed}
    analyzer.compute({"spike_amplitudes": {}, "spike_locations": locate})
    round_data(analyzer, "spike_amplitudes", "amplitude_scalings", "spike_locations")
    # one process: SpikeInterface would start a pool for each unit, which is slower and can hang after a fork
    analyzer.compute("principal_components", n_components=3, mode="by_channel_local", n_jobs=1)
    analyzer.compute(["correlograms", "isi_histograms", "template_similarity", "unit_locations"])
    analyzer.compute("template_metrics", include_multi_channel_metrics=True)
    drift = {"interval_s": 30, "min_spikes_per_interval": 30}
    params = {"presence_ratio": {"bin_duration_s": 20}, "drift": drift}
    # sd_ratio finds its noise level cached, from seeded chunks
    si.get_noise_levels(recording, return_in_uV=True, method="std", random_slices_kwargs={"seed": seed})
    analyzer.compute("quality_metrics", metric_params=params, seed=seed)
    return analyzer


def round_data(analyzer: si.SortingAnalyzer, *extensions: str) -> None:
    """Round to the middle of steps that are powers of two: low bits become zero, no value but zero does."""
    for (extension, name), step in STEPS.items():
        if extension in extensions:
            data = analyzer.get_extension(extension).data
            values = data[name].view("float32") if data[name].dtype.names else data[name]
            rounded = np.where(values == 0, 0, (np.floor(values / step) + 0.5) * step).astype(values.dtype)
            data[name] = rounded.view(data[name].dtype)


def shrink(analyzer: si.SortingAnalyzer, seed: int) -> None:
    """Keep a few waveforms and projections per unit; drop what needs pickle or differs between runs."""
    rng, random_spikes = np.random.default_rng(seed), analyzer.get_extension("random_spikes")
    units = analyzer.sorting.to_spike_vector()["unit_index"][random_spikes.data["random_spikes_indices"]]
    rows = [np.flatnonzero(units == u) for u in range(analyzer.get_num_units())]
    kept = np.sort(np.concatenate([rng.permutation(r)[:KEPT_WAVEFORMS] for r in rows]))
    random_spikes.params["max_spikes_per_unit"] = KEPT_WAVEFORMS
    for extension in ("random_spikes", "waveforms", "principal_components"):
        data = analyzer.get_extension(extension).data
        few = {name: data[name][kept] for name in data if not name.startswith("pca_model")}
        data.clear()
        data.update(few)
    round_data(analyzer, "waveforms", "principal_components", "template_metrics", "template_similarity")
    for extension in analyzer.extensions.values():
        extension.data.pop("runtime_s", None)
        extension.run_info["runtime_s"] = None
        for frame in extension.data.values():
            if isinstance(frame, pd.DataFrame):
                columns = list(frame.select_dtypes("float"))
                frame[columns] = frame[columns].astype("float32").astype("float64")


def copy_group(source: zarr.Group, target: zarr.Group) -> None:
    """Copy a zarr tree without object arrays: one chunk per array, with the shuffle that packs it best."""
    target.attrs.put(source.attrs.asdict())
    for name, item in source.items():
        if isinstance(item, zarr.Group):
            copy_group(item, target.create_group(name))
        elif item.dtype.kind != "O":
            data, filters = item[...], [Delta(item.dtype)] if name == "sample_index" else None
            codecs = [Blosc("zstd", 9, kind) for kind in (0, Blosc.SHUFFLE, Blosc.BITSHUFFLE)]
            best = min(codecs, key=lambda codec: len(codec.encode(data)))
            options = {"chunks": data.shape, "filters": filters, "compressor": best}
            target.create_dataset(name, data=data, **options).attrs.put(item.attrs.asdict())


def write_zip(analyzer: si.SortingAnalyzer, out: Path, folder: Path) -> None:
    """Write the analyzer as one zip file, with ``folder`` for temporary files."""
    blosc.use_threads = False  # the same bytes every time
    analyzer.save_as(format="zarr", folder=folder / "full.zarr")
    store = zarr.DirectoryStore(str(folder / "demo.zarr"))
    copy_group(zarr.open_group(str(folder / "full.zarr"), mode="r"), zarr.group(store))
    zarr.consolidate_metadata(store)
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(p for p in (folder / "demo.zarr").rglob("*") if p.is_file()):
            info = zipfile.ZipInfo(path.relative_to(folder / "demo.zarr").as_posix(), (1980, 1, 1, 0, 0, 0))
            archive.writestr(info, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def bombcell(analyzer: si.SortingAnalyzer) -> pd.Series:
    """Return Bombcell's labels under the default table of the how-to, with the amplitude as a magnitude."""
    table = si.bombcell_get_default_thresholds()  # of 0.105; the how-to's table differs in the mua section
    for metric in ("sliding_rp_violation", "isolation_distance", "l_ratio"):
        del table["mua"][metric]
    table["mua"]["rp_contamination"] = {"greater": None, "less": 0.1}
    table["mua"]["amplitude_median"] = {"greater": 40, "less": None, "abs": True}
    return si.bombcell_label_units(analyzer, thresholds=table, split_non_somatic=True).iloc[:, 0]


def main() -> None:
    """Simulate, compute, write the file, read it back and report."""
    parser = argparse.ArgumentParser(description="Simulate the demo SortingAnalyzer of the package.")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--out", type=Path, default=Path("demo.zarr.zip"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        analyzer = compute(*simulate(args.seed, folder), args.seed)
        before = bombcell(analyzer)
        shrink(analyzer, args.seed)
        write_zip(analyzer, args.out, folder)
        zipfile.ZipFile(args.out).extractall(folder / "check.zarr")
        analyzer = si.load(folder / "check.zarr")
        labels = bombcell(analyzer).to_numpy()
        if not (labels == before.to_numpy()).all():
            raise RuntimeError("rounding changed the labels")
        truth = pd.Series(analyzer.get_sorting_property("ground_truth"), name="ground_truth")
        print(pd.crosstab(truth, pd.Series(labels, name="Bombcell"), margins=True))
        print(analyzer.select_units(analyzer.unit_ids[labels != "noise"]))
        print(as_text(beside_real(analyzer.get_metrics_extension_data(), truth.to_numpy())))
        print(f"{len(analyzer.get_saved_extension_names())} extensions, {args.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()
