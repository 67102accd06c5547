"""All methods on mice they have not seen, with intervals over recordings; sizes and times.

    python benchmarks/methods.py LABELLED_UNITS

The bundled pair, UnitRefine's recipe, Bombcell with its default
thresholds and with thresholds fitted on the other mice; each mouse is left out in turn. Nothing is written; the
card has the same table. ``benchmarks/recompute.py`` computes it without this package.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
import warnings
from pathlib import Path

import numpy as np

import nb_autolabel as nbl

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scripts"))


def main() -> None:
    """Measure and print tables."""
    from bundled_card import comparison, per_recording
    from held_out import evaluate
    from train_bundled import read, training_data

    from nb_autolabel.classifiers.store import bundled_files

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    data, features = read(parser.parse_args().labelled_units)
    found = evaluate(training_data(data, features), data.mouse.to_numpy().astype(str))
    print(comparison(found), per_recording(found), sep="\n\n")
    size = sum(file.stat().st_size for file in bundled_files())
    print(f"\nSize of the bundled files (training units included): {size / 1e6:.2f} MB")
    table = data[features]
    nbl.unitrefine_label_units(table.head(10))
    for many in (142, 1000, 10_000):
        some = table.iloc[np.arange(many) % len(table)].reset_index(drop=True)
        times = []
        for _ in range(5):
            start = time.perf_counter()
            nbl.unitrefine_label_units(some)
            times.append(time.perf_counter() - start)
        print(f"{many} units labeled by the bundled pair: {1000 * statistics.median(times):.0f} ms")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
