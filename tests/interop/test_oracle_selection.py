"""Selecting units gives what SpikeInterface's own ``select_units`` gives, array by array."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl

from ..conftest import REPO, shared

si = pytest.importorskip("spikeinterface", reason="compares with SpikeInterface in the same process")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface and zarr 2 warn of their own future
]

SAMPLES = [
    "formats/si0.101.2.zarr",
    "formats/si0.103.2_binary",
    "formats/si0.105.3.zarr",
    "formats/si0.105.3_two_segments_binary",
    "neuropixels_kilosort.zarr",
    "demo",
]
ORDERS = ["turned round", "at random", "one", "all"]


@lru_cache(maxsize=2)
def _pair(sample: str, folder: str) -> tuple[Any, nbl.Analyzer]:
    """The same analyzer opened by SpikeInterface and by us."""
    if sample == "demo":
        import zipfile

        with zipfile.ZipFile(REPO / "nb_autolabel" / "bundled" / "demo.zarr.zip") as archive:
            archive.extractall(f"{folder}/demo.zarr")
        path = f"{folder}/demo.zarr"
    else:
        path = str(shared(sample))
    return si.load(path), nbl.load(path)


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("demo"))


@pytest.fixture
def pickles_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """SpikeInterface unpickles the PCA models; the samples are our own."""
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True)


def units_in_order(unit_ids: Any, order: str) -> Any:
    rng = np.random.default_rng(11)
    return {
        "turned round": unit_ids[::-1],
        "at random": rng.permutation(unit_ids)[: max(2, len(unit_ids) // 3)],
        "one": unit_ids[[len(unit_ids) // 2]],
        "all": unit_ids,
    }[order]


def assert_equal(theirs: Any, ours: Any, what: object) -> None:
    if isinstance(theirs, pd.DataFrame):
        assert theirs.index.tolist() == ours.index.tolist(), what
        assert sorted(theirs.columns) == sorted(ours.columns), what
        for name in theirs.columns:
            # SpikeInterface changes some data types when it loads tables.
            expected = theirs[name].to_numpy(dtype=float, na_value=np.nan)
            np.testing.assert_array_equal(
                expected, ours[name].to_numpy(dtype=float), err_msg=f"{what} {name}"
            )
    else:
        theirs = np.asarray(theirs)
        assert theirs.shape == ours.shape, what
        np.testing.assert_array_equal(theirs, ours, err_msg=str(what))


def assert_same(theirs: Any, ours: nbl.Analyzer) -> None:
    """Compare a SpikeInterface analyzer with one of ours, everything that ours can read."""
    assert theirs.unit_ids.tolist() == ours.unit_ids.tolist()
    assert theirs.channel_ids.tolist() == ours.channel_ids.tolist()
    vector = theirs.sorting.to_spike_vector()
    for name in ("sample_index", "unit_index", "segment_index"):
        np.testing.assert_array_equal(vector[name], ours.spikes[name], err_msg=name)
    np.testing.assert_array_equal(theirs.sparsity.mask, ours.sparsity_mask)
    for key in ours.get_sorting_property_keys():
        np.testing.assert_array_equal(theirs.get_sorting_property(key), ours.get_sorting_property(key))
    saved = [] if theirs.format == "memory" else theirs.get_saved_extension_names()
    assert {*theirs.get_loaded_extension_names(), *saved} == set(ours.extension_names)
    compared = 0
    for name in ours.extension_names:
        extension = ours.get_extension(name)
        for key in extension.data_names:
            if extension.entry(key).kind != "dict":
                assert_equal(theirs.get_extension(name).data[key], extension.get_data(key), (name, key))
                compared += 1
    assert compared >= 10
    assert_equal(theirs.get_metrics_extension_data(), ours.get_metrics_extension_data(), "metrics")


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_a_selection_is_that_of_spikeinterface(sample: str, order: str, unpacked: str, pickles_allowed: None):
    theirs, ours = _pair(sample, unpacked)
    units = units_in_order(ours.unit_ids, order)

    assert_same(theirs.select_units(units), ours.select_units(units))


@pytest.mark.parametrize("sample", ["formats/si0.105.3_two_segments_binary", "neuropixels_kilosort.zarr"])
def test_removing_and_selecting_again_are_those_of_spikeinterface(
    sample: str, unpacked: str, pickles_allowed: None
):
    theirs, ours = _pair(sample, unpacked)
    units = ours.unit_ids

    assert_same(theirs.remove_units(units[1:3]), ours.remove_units(units[1:3]))
    first, second = units[::-2], units[::-2][1:3][::-1]
    assert_same(
        theirs.select_units(first).select_units(second), ours.select_units(first).select_units(second)
    )
