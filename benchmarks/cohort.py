"""Time many simulated recordings: opening them first and again, memory, and labeling, against SpikeInterface in a loop.

    python benchmarks/cohort.py [--recordings 100] [--units 500] [--folder FOLDER] [--oracle PYTHON] [--page]

Each recording is a slim zarr analyzer on 96 channels with the bundled recording's units, drawn again with other metrics;
five are made and copied. Opening is timed in fresh processes, imports included; the files are in the system's cache for
both sides. With --oracle, the Python of an environment with SpikeInterface, its loop (load, label, write a CSV file) is
timed beside the command line of this package: by turns, the fastest of --repeat runs of each. Both are started as commands,
imports included on both sides; the loop is also given without its imports. Beside the seconds stand those of the processors,
which say more where other programs run at the same time.

With --page, the size of a saved page with templates and of the summary is printed, of units of which no two are alike: to
the metrics and templates of the copies noise is added, so that they compress no better than real ones.

Measured on 2 cores (100 recordings of 500 units; by turns in one run, the fastest of five):

    label first  0.69 s    label from the cache  0.50 s    SpikeInterface's loop  15.9 s    that is 23 and 32 times
    page with templates of 90 samples  18.8 MB    summary with templates  19.8 MB
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import nb_autolabel as nbl
from nb_autolabel.analyzer.entry import Entry, StoredExtension
from nb_autolabel.analyzer.header import Header
from nb_autolabel.analyzer.source import SPIKE_DTYPE, Source

DIFFERENT = 5
KEPT = ("templates", "quality_metrics", "template_metrics")

LOOP = """
import sys, time, warnings
from pathlib import Path
start = time.perf_counter()
warnings.simplefilter("ignore")
import spikeinterface as si, spikeinterface.postprocessing, spikeinterface.metrics
import spikeinterface.curation as sc
out = Path(sys.argv[2]); out.mkdir()
imported = time.perf_counter() - start
limits = sc.bombcell_get_default_thresholds()
for path in sorted(Path(sys.argv[1]).glob("*/sorted.zarr")):
    analyzer = si.load(path)
    labels = sc.bombcell_label_units(analyzer, thresholds=limits)
    labels.to_csv(out / f"{path.parent.name}.csv")
print(imported)
"""
OPEN = """
import json, resource, sys, time
start = time.perf_counter()
import nb_autolabel as nbl
cohort = nbl.Cohort(sys.argv[1], progress=False, cache=sys.argv[2])
opened = time.perf_counter() - start
cohort.analyzer.main_channel_templates
cohort.labels
labeled = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([opened, labeled, peak, len(cohort.labels)]))
"""


class Drawn(Source):
    """Units of the bundled recording drawn with replacement, and metrics that vary."""

    format, location = "memory", None

    def __init__(self, seed: int, units: int) -> None:
        rng = np.random.default_rng(seed)
        self.parent = nbl.demo_analyzer().source
        self.rows = rng.integers(0, len(self.parent.header.unit_ids), units)
        self.seed = seed

    @property
    def header(self) -> Header:
        """That of the bundled recording with other units."""
        header = self.parent.header
        mask = None if header.sparsity_mask is None else header.sparsity_mask[self.rows]
        return replace(header, unit_ids=np.arange(len(self.rows)), sparsity_mask=mask)

    def spikes(self) -> Any:
        """About 200 spikes a unit."""
        rng = np.random.default_rng(self.seed)
        made = np.zeros(200 * len(self.rows), dtype=SPIKE_DTYPE)
        made["sample_index"] = np.sort(rng.integers(0, 8_000_000, len(made)))
        made["unit_index"] = rng.integers(0, len(self.rows), len(made))
        return made

    def property_names(self) -> list[str]:
        """None."""
        return []

    def read_property(self, name: str) -> Any:
        """None."""
        raise KeyError(name)

    def extension_names(self) -> list[str]:
        """Names of what labeling needs."""
        return list(KEPT)

    def extension(self, name: str) -> StoredExtension:
        """Rows of the bundled recording's."""
        stored = self.parent.extension(name)
        entries = {}
        for key, entry in stored.entries.items():
            if entry.kind == "array":
                entries[key] = Entry.of(entry.read(self.rows))
            elif entry.kind == "frame":
                frame = entry.read(None).iloc[self.rows].set_axis(np.arange(len(self.rows)))
                noise = np.random.default_rng(self.seed).normal(1, 0.03, frame.shape)
                # Numbers of spikes and peaks stay whole: SpikeInterface reads them as such whatever is stored.
                counts = [name for name in frame if frame[name].dtype.kind in "iu"]
                frame = (frame.astype(float) * noise).assign(**frame[counts])
                entries[key] = Entry("frame", lambda rows, frame=frame: frame)
        return replace(stored, entries=entries)


def make(folder: Path, recordings: int, units: int) -> Path:
    """Write the recordings, once."""
    study = folder / f"drawn_{recordings}_{units}"
    if study.is_dir() and len(list(study.glob("*/sorted.zarr"))) == recordings:
        return study
    shutil.rmtree(study, ignore_errors=True)
    for at in range(recordings):
        target = study / f"r{at:03d}" / "sorted.zarr"
        if at < DIFFERENT:
            nbl.Analyzer(Drawn(at, units)).save_as("zarr", target, slim=True, progress_bar=False)
        else:
            shutil.copytree(study / f"r{at % DIFFERENT:03d}" / "sorted.zarr", target)
    return study


def opened(study: Path, cache: Path) -> list[float]:
    """Open in a fresh process: seconds until open, seconds until labeled, peak memory in MB, units."""
    done = subprocess.run(
        [sys.executable, "-c", OPEN, str(study), str(cache)], check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Took:
    """Seconds of a command, and those of the processors."""

    wall: float
    processor: float
    said: str

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.processor:.2f} s of the processors)"

    def times(self, other: Took) -> str:
        """Say how many times as long as another command it took."""
        return (
            f"{self.wall / other.wall:.1f} times ({self.processor / other.processor:.1f} by the processors)"
        )


def timed(command: list[str], environment: dict[str, str] | None = None) -> Took:
    """Run a command."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(wall, processor, done.stdout)


def compare(study: Path, cache: Path, scratch: Path, oracle: str | None, repeat: int) -> None:
    """Label all from the command line, first and from the cache, and with SpikeInterface's loop; print the ratios."""
    # The thresholds, and what becomes of missing values, are those of the loop.
    same = ["--preset", "spikeinterface-0.105", "--missing-criteria", "ignore"]
    label = [sys.executable, "-m", "nb_autolabel", "label", f"{study}/**", "--allow-missing", *same]
    environment = {**os.environ, "NUMCODECS_ALLOW_UNSAFE_PICKLE_DECODE": "1"}
    environment.pop("PYTHONPATH", None)
    # An installed package has its bytecode; the first of the turns writes it for a checkout.
    own = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    took: dict[str, list[Took]] = {"first": [], "again": [], "loop": []}
    for turn in range(repeat):
        for name, kept in (("first", ""), ("again", str(cache))):
            took[name].append(timed([*label, "--cache", kept, "--out", str(scratch / f"{name}{turn}")], own))
        if oracle:
            loop = [oracle, "-c", LOOP, str(study), str(scratch / f"loop{turn}")]
            took["loop"].append(timed(loop, environment))
    best = {name: min(each, key=lambda one: one.wall) for name, each in took.items() if each}
    print(f"label from the command line: {best['first']}; from the cache: {best['again']}")
    if oracle:
        check_labels(scratch / "first0", scratch / "loop0")
        theirs = best["loop"]
        print(f"SpikeInterface's loop as a command: {theirs}, of which imports {float(theirs.said):.2f} s")
        print(
            f"the loop takes {theirs.times(best['first'])} as long; {theirs.times(best['again'])} from the cache"
        )
    page = timed([*label, "--cache", str(cache), "--summary", str(scratch / "summary.html")])
    megabytes = (scratch / "summary.html").stat().st_size / 1e6
    print(f"the same with a summary page: {page}, {megabytes:.1f} MB")


def check_labels(ours: Path, theirs: Path) -> None:
    """Print whether the labels of all units are the same as SpikeInterface's."""
    import pandas as pd

    different = total = 0
    for file in sorted(theirs.glob("*.csv")):
        one = pd.read_csv(ours / file.name, index_col=0)["label"].str.lower()
        other = pd.read_csv(file, index_col=0).iloc[:, 0].str.lower()
        different += int((one.to_numpy() != other.to_numpy()).sum())
        total += len(one)
    print(f"labels that differ from SpikeInterface's: {different} of {total}")


def pages(study: Path, scratch: Path) -> None:
    """Print the sizes of pages with templates, of units of which no two are alike."""
    from nb_autolabel.cohort import opened as opening

    real = opening._read

    def varied(*arguments: Any) -> list[Any]:
        found = []
        for at, reading in enumerate(real(*arguments)):
            rng = np.random.default_rng(at)
            frame = reading.metrics * np.exp(rng.normal(0, 0.03, reading.metrics.shape))
            size = np.exp(rng.normal(0, 0.2, (len(frame), 1)))
            templates = reading.templates * size + rng.normal(0, 1, reading.templates.shape)
            found.append(replace(reading, held=frame, templates=templates.astype(np.float32)))
        return found

    opening._read = varied
    cohort = nbl.Cohort(str(study), progress=False, cache=False)
    opening._read = real
    labeler = nbl.BombcellLabeler(cohort, journal=None)
    for name, write in (
        ("page with templates", labeler.save_html),
        ("summary with templates", cohort.report),
    ):
        start = time.perf_counter()
        size = write(scratch / f"{name}.html").stat().st_size / 1e6
        print(f"{name}: {size:.1f} MB, written in {time.perf_counter() - start:.1f} s")


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--recordings", type=int, default=100)
    parser.add_argument("--units", type=int, default=500)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "nb_autolabel_cohort")
    parser.add_argument("--oracle", help="Python with SpikeInterface")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--page", action="store_true", help="also the sizes of pages with templates")
    options = parser.parse_args()
    study = make(options.folder, options.recordings, options.units)
    size = sum(file.stat().st_size for file in study.rglob("*") if file.is_file()) / 1e6
    print(f"{options.recordings} recordings of {options.units} units, {size:.0f} MB; {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch) / "cache"
        for what in ("first", "again"):
            seconds, labeled, peak, units = opened(study, cache)
            print(
                f"open {what}: {seconds:.2f} s; labeled: {labeled:.2f} s; peak memory {peak:.0f} MB; {units:.0f} units"
            )
        kept = sum(file.stat().st_size for file in cache.iterdir()) / 1e6
        print(f"cache: {kept:.1f} MB")
        compare(study, cache, Path(scratch), options.oracle, options.repeat)
        if options.page:
            pages(study, Path(scratch))


if __name__ == "__main__":
    main()
