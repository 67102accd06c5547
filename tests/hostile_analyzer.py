"""An analyzer whose unit ids and metrics are spelled to break pages: code, tags, names that JavaScript objects have."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

import nb_autolabel as nbl
from tests import conftest

REPO = conftest.REPO
ALERT = "window.pwned=1"
UNITS = [
    "$at", "__proto__", "constructor", f"</script><script>{ALERT}</script>", f"<img src=x onerror='{ALERT}'>", "\"'`",
    f"${{{ALERT}}}", "$a$ $b$", "\u2028x", "tab\there", "x\ny", "12",
]  # fmt: skip
METRICS = [
    "$at", "$x$", "__proto__", "constructor", "toString", f"</script><script>{ALERT}</script>",
    f"<img src=x onerror={ALERT}>", f"'\"`${{{ALERT}}}",
]  # fmt: skip
LABELS = ["$at", f"</script><img src=x onerror={ALERT}>", "__proto__", "constructor", "$x_{$ $y$"]
NOTE = f"<script>{ALERT}</script>"


def write(folder: Path) -> Path:
    """Write it as a binary folder below `folder`, under a name that is hostile too; return its path."""
    demo = nbl.demo_analyzer()
    path = folder / f"<b>$x$ '{ALERT}' \U00020bb7.si"
    demo.select_units(demo.unit_ids[: len(UNITS)]).save_as(format="binary_folder", folder=path, slim=True)
    info = path / "sorting" / "numpysorting_info.json"
    info.write_text(json.dumps(json.loads(info.read_text()) | {"unit_ids": UNITS}))
    for file in (path / "extensions").glob("*/metrics.csv"):
        table = pd.read_csv(file, index_col=0).set_axis(UNITS)
        if file.parent.name == "quality_metrics":
            table = table.assign(**{name: np.linspace(0, 1, len(UNITS)) for name in METRICS})
        table.to_csv(file)
    for file in (path / "extensions").glob("*/*.csv"):
        if file.name != "metrics.csv":
            pd.read_csv(file, index_col=0).set_axis(UNITS).to_csv(file)
    return path


def labeler_of(path: Path, journal: Path | None):
    """Return a labeler with a limit on each hostile metric, and each hostile label given by hand with a note."""
    thresholds = {**{name: {"max": 0.7} for name in METRICS}, "snr": {"min": 4}}
    labeler = nbl.ThresholdLabeler(nbl.load(path), thresholds, journal=journal)
    for unit, label in zip(UNITS, LABELS, strict=False):
        labeler.override(unit, label, note=NOTE)
    return labeler
