"""Small cohorts for tests: bent copies of the bundled recording's metrics, and slim copies of it on the disk."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl


def dask():
    """Skip where Dask is not installed: the extra nb_autolabel[cohort]."""
    return pytest.importorskip("dask", reason="Dask is not installed (nb_autolabel[cohort])")


def metrics_of(seed, units=142):
    """Metrics of a recording like the bundled one: its units drawn again, each value a little changed."""
    rng = np.random.default_rng(seed)
    table = nbl.demo_analyzer().get_metrics_extension_data()
    drawn = table.iloc[rng.integers(0, len(table), units)].reset_index(drop=True)
    for name in drawn.columns:
        if drawn[name].dtype.kind == "f":
            drawn[name] = drawn[name] * np.exp(rng.normal(0, 0.02, units))
    return drawn.rename_axis("unit_id")


def table_of(seeds, units=142):
    """One table of metrics of several recordings, named "r0", "r1", ..."""
    parts = [
        metrics_of(seed, units).reset_index().assign(recording=f"r{at}") for at, seed in enumerate(seeds)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def study_made(tmp_path_factory):
    """Three analyzers in folders of mice and days, each with some of the bundled units."""
    top = tmp_path_factory.mktemp("cohort") / "study"
    demo = nbl.demo_analyzer()
    for at, place in enumerate(["m1/day1", "m1/day2", "m2/day1"]):
        chosen = demo.select_units(demo.unit_ids[12 * at : 12 * at + 12])
        layout = "binary_folder" if at == 1 else "zarr"
        chosen.save_as(layout, top / place / f"sorted{'' if at == 1 else '.zarr'}", slim=True)
    return top


@pytest.fixture
def study(study_made, tmp_path):
    """A copy of them to write into."""
    return Path(shutil.copytree(study_made, tmp_path / "study"))
