"""How long SpikeInterface takes to label again and redraw its three figures after a threshold changed.

    python benchmarks/redraw.py STORE

Runs in the environment with SpikeInterface; `drag.py` calls it. Prints seconds, as JSON.
"""

from __future__ import annotations

import io
import json
import sys
import time
import warnings

import matplotlib as mpl

mpl.use("agg")
warnings.simplefilter("ignore")


def main(store: str) -> None:
    """Time three rounds of labels and figures, drawn to PNG as a notebook shows them."""
    import matplotlib.pyplot as plt
    import spikeinterface as si
    import spikeinterface.curation as sc
    import spikeinterface.metrics
    import spikeinterface.postprocessing
    import spikeinterface.widgets as sw

    analyzer = si.load(store)
    thresholds = sc.bombcell_get_default_thresholds()
    times = []
    for limit in (5, 6, 7, 8):
        thresholds["mua"]["snr"]["greater"] = limit
        start = time.perf_counter()
        labels = sc.bombcell_label_units(analyzer, thresholds)["bombcell_label"]
        sw.plot_metric_histograms(analyzer, thresholds, figsize=(15, 10))
        sw.plot_unit_labels(analyzer, labels, ylims=(-300, 100))
        sw.plot_bombcell_labels_upset(analyzer, unit_labels=labels, thresholds=thresholds)
        for number in plt.get_fignums():
            plt.figure(number).savefig(io.BytesIO(), format="png")
        plt.close("all")
        times.append(time.perf_counter() - start)
    print(json.dumps(times[1:]))


if __name__ == "__main__":
    main(sys.argv[1])
