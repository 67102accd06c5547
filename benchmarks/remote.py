"""Measure the first labels of an analyzer in a bucket: seconds, requests and bytes, behind a latency.

    python benchmarks/remote.py [STORE] [--latency 0.05] [--oracle PYTHON]

A local S3 server (moto's, of the test tools) answers every request after the latency. STORE is a ``.zarr`` folder; default:
the store of 142 units that `make benchmark` makes, or else the bundled analyzer. Each side runs in a process of its own;
imports are not counted. With --oracle, the Python of an environment with SpikeInterface and s3fs, the same is measured
there (with its own default limits, so that labels differ).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from tests.bucket_server import OF_CREDENTIALS, WITHOUT_CREDENTIALS, bucket_server  # noqa: E402

OURS = """
import json, sys, time
import s3fs
import nb_autolabel as nbl
import nb_autolabel.session.live_methods, pandas
address, options = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
analyzer = nbl.load(address, storage_options=options)
counts = nbl.LiveBombcell(analyzer, journal=None).counts
print(json.dumps([time.perf_counter() - start, sum(counts.values())]))
"""
THEIRS = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
import s3fs
import spikeinterface as si, spikeinterface.curation as sc
address, options = sys.argv[1], json.loads(sys.argv[2])
start = time.perf_counter()
given = {"storage_options": {**options, "anon": True}}
analyzer = si.load_sorting_analyzer(address, format="zarr", backend_options=given)
metrics = analyzer.get_metrics_extension_data()
labels = sc.bombcell_label_units(analyzer)["bombcell_label"]
print(json.dumps([time.perf_counter() - start, len(labels)]))
"""


def main() -> None:
    """Serve, run, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("store", nargs="?", type=Path, default=HERE / "data" / "store.zarr")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--oracle", help="Python of an environment with SpikeInterface and s3fs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as unpacked, bucket_server() as server:
        store = options.store
        if not store.is_dir():
            store = Path(unpacked)
            with zipfile.ZipFile(HERE.parent / "nb_autolabel" / "bundled" / "demo.zarr.zip") as archive:
                archive.extractall(store)
        size = server.put_folder("public", "session.zarr", store)
        print(f"{store.name if store == options.store else 'the bundled analyzer'}: {size / 1e6:.0f} MB")
        server.latency = options.latency
        sides = [("nb_autolabel", sys.executable, OURS)]
        if options.oracle:
            sides.append(("SpikeInterface", options.oracle, THEIRS))
        for name, python, code in sides:
            for _ in range(options.repeats):
                server.asked.clear()
                server.sent = 0
                seconds, units = run(python, code, server.options)
                print(
                    f"{name:15} {seconds:6.2f} s  {len(server.asked):4} requests  {server.sent / 1e6:7.2f} MB  {units} units"
                )


def run(python: str, code: str, options: dict[str, object]) -> tuple[float, int]:
    """Run one side; return its seconds and the number of units that got a label."""
    clean = {name: value for name, value in os.environ.items() if name not in OF_CREDENTIALS}
    done = subprocess.run(
        [python, "-c", code, "s3://public/session.zarr", json.dumps(options)],
        capture_output=True,
        text=True,
        check=False,
        env={**clean, **WITHOUT_CREDENTIALS},
    )
    if done.returncode:
        sys.exit(done.stderr)
    seconds, units = json.loads(done.stdout.splitlines()[-1])
    return seconds, units


if __name__ == "__main__":
    main()
