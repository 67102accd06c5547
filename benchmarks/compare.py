"""Time nb_autolabel and SpikeInterface side by side, in one run, and print the ratios.

    python benchmarks/compare.py [--store PREFIX] [--only NAME ...] [--repeats N]

Runs in the environment that has both (`make benchmark`). Each pair of measurements is taken in
turn, in fresh processes where the state of a process matters (opening, importing, memory); medians
are compared, so that a machine that is busy with other things slows both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

OURS, THEIRS = "nb_autolabel", "SpikeInterface"

#: name -> (what is measured, setup of ours, code of ours, setup of theirs, code of theirs)
CASES: dict[str, tuple[str, str, str, str, str]] = {
    "open zarr": (
        "open, all metrics, all templates",
        "import nb_autolabel as nbl; nbl.load; nbl.Analyzer; import pandas, numcodecs",
        "a = nbl.load(zarr); a.get_metrics_extension_data(); a.get_templates()",
        "import spikeinterface as si, spikeinterface.postprocessing, spikeinterface.metrics",
        "a = si.load(zarr); a.get_metrics_extension_data(); a.get_extension('templates').get_data()",
    ),
    "open binary": (
        "open, all metrics, all templates",
        "import nb_autolabel as nbl; nbl.load; nbl.Analyzer; import pandas",
        "a = nbl.load(binary); a.get_metrics_extension_data(); a.get_templates()",
        "import spikeinterface as si, spikeinterface.postprocessing, spikeinterface.metrics",
        "a = si.load(binary); a.get_metrics_extension_data(); a.get_extension('templates').get_data()",
    ),
    "select_units": (
        "keep every second unit of the zarr store",
        "import nb_autolabel as nbl; a = nbl.load(zarr)",
        "a.select_units(a.unit_ids[::2])",
        "import spikeinterface as si, spikeinterface.postprocessing, spikeinterface.metrics; a = si.load(zarr)",
        "a.select_units(a.unit_ids[::2])",
    ),
    "import": (
        "import everything that labels and plots",
        "",
        "import nb_autolabel as nbl; nbl.bombcell_label_units; nbl.plot_unit_labels",
        "",
        "import spikeinterface, spikeinterface.curation as sc, spikeinterface.widgets as sw; sw.plot_unit_labels",
    ),
}

TABLE = """
import numpy as np, pandas as pd, warnings
warnings.simplefilter("ignore")
import nb_autolabel as nbl
rng = np.random.default_rng(0)
ours_b = nbl.bombcell_get_default_thresholds()
table = pd.DataFrame({m: rng.normal(size=N) for s in ours_b.values() for m in s})
ours_t = {"snr": {"min": 0.0}, "drift_ptp": {"max": 1.0}, "exp_decay": {"min": -1.0, "max": 1.0}}
def other(entry):
    return {"greater": entry.get("min"), "less": entry.get("max")}
theirs_t = {m: other(e) for m, e in ours_t.items()}
theirs_b = {s: {m: other(e) for m, e in part.items()} for s, part in ours_b.items()}
theirs_b["mua"]["amplitude_median"]["abs"] = True
"""
for n in (142, 100_000):
    setup = TABLE.replace("=N)", f"={n})")
    CASES[f"bombcell {n}"] = (
        f"18 criteria on {n:,} units",
        setup,
        "nbl.bombcell_label_units(table, ours_b)",
        setup + "import spikeinterface.curation as sc",
        "sc.bombcell_label_units(external_metrics=table, thresholds=theirs_b)",
    )
    CASES[f"thresholds {n}"] = (
        f"3 criteria on {n:,} units",
        setup,
        "nbl.threshold_metrics_label_units(table, ours_t)",
        setup + "import spikeinterface.curation as sc",
        "sc.threshold_metrics_label_units(table, theirs_t)",
    )
CASES["histograms"] = (
    "draw the 18 histograms of the how-to",
    TABLE.replace("=N)", "=142)")
    + "import matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as plt\n"
    "a = nbl.demo_analyzer(); nbl.plot_metric_histograms(a, ours_b)",
    "nbl.plot_metric_histograms(a, ours_b, figsize=(15, 10)).figure.canvas.draw(); plt.close('all')",
    TABLE.replace("=N)", "=142)")
    + "import matplotlib; matplotlib.use('Agg'); import matplotlib.pyplot as plt\n"
    "import spikeinterface as si, spikeinterface.postprocessing, spikeinterface.metrics, spikeinterface.widgets as sw\n"
    "import tempfile, pathlib\n"
    "folder = pathlib.Path(tempfile.mkdtemp()) / 'demo.zarr'\n"
    "nbl.demo_analyzer().save_as('zarr', folder)\n"
    "a = si.load(folder); sw.plot_metric_histograms(a, theirs_b)",
    "sw.plot_metric_histograms(a, theirs_b, figsize=(15, 10)).figure.canvas.draw(); plt.close('all')",
)

#: Cases that are measured in a fresh process each; the others are repeated within one.
FRESH = ("open zarr", "open binary", "import")

RUN = """
import json, resource, sys, time, warnings
warnings.simplefilter("ignore")
zarr, binary, inner = sys.argv[1], sys.argv[2], int(sys.argv[3])
exec(sys.argv[4])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
times = []
code = compile(sys.argv[5], "case", "exec")
for _ in range(inner):
    start = time.perf_counter()
    exec(code)
    times.append(time.perf_counter() - start)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([sorted(times)[len(times) // 2], peak / 1024]))
"""


def measure(setup: str, code: str, store: str, inner: int) -> tuple[float, float]:
    """Run one side once in a fresh process: seconds (median of `inner`) and peak memory in MiB."""
    environment = {**os.environ, "NUMCODECS_ALLOW_UNSAFE_PICKLE_DECODE": "1", "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", RUN, f"{store}.zarr", f"{store}_binary", str(inner), setup, code],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    seconds, peak = json.loads(done.stdout.strip().splitlines()[-1])
    return seconds, peak


def main() -> None:
    """Measure the cases asked for and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--store", default=str(HERE / "data" / "store"), help="prefix of the .zarr and _binary stores"
    )
    parser.add_argument("--only", nargs="*", choices=list(CASES), help="cases to run")
    parser.add_argument("--repeats", type=int, default=5, help="pairs of measurements")
    options = parser.parse_args()
    if not Path(f"{options.store}.zarr").exists():
        Path(options.store).parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, str(HERE / "make_store.py"), options.store], check=True)
    print(f"| case | {OURS} | {THEIRS} | times faster | peak memory (MiB) |")
    print("|---|---|---|---|---|")
    for name in options.only or CASES:
        what, our_setup, our_code, their_setup, their_code = CASES[name]
        inner = 1 if name in FRESH else (3 if name in ("histograms", "select_units") else 30)
        ours, theirs = [], []
        for _ in range(options.repeats):
            ours.append(measure(our_setup, our_code, options.store, inner))
            theirs.append(measure(their_setup, their_code, options.store, inner))
        our_time = statistics.median(t for t, _ in ours)
        their_time = statistics.median(t for t, _ in theirs)
        ratio = statistics.median(t / o for (o, _), (t, _) in zip(ours, theirs, strict=True))
        our_peak = statistics.median(p for _, p in ours)
        their_peak = statistics.median(p for _, p in theirs)
        memory = f"{our_peak:.0f} against {their_peak:.0f}" if name.startswith("open") else ""
        print(
            f"| {name}: {what} | {our_time * 1e3:.3g} ms | {their_time * 1e3:.3g} ms | {ratio:.1f} | {memory} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
