"""The same analyzer in both formats is read as the same data, array by array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl

from ..conftest import FORMATS, REAL, shared

TWINS = [(n, n.replace(".zarr", "_binary")) for n in [*FORMATS, *REAL] if n.endswith(".zarr")]


def assert_same_value(one: object, other: object, what: object, exact: bool = True) -> None:
    """Compare two pieces of extension data; table columns may stand in another order."""
    if isinstance(one, pd.DataFrame):
        assert isinstance(other, pd.DataFrame), what
        assert one.index.tolist() == other.index.tolist(), what
        assert sorted(one.columns) == sorted(other.columns), what
        for name in one.columns:
            a, b = one[name].to_numpy(), other[name].to_numpy()
            if exact:
                np.testing.assert_array_equal(a.astype(float), b.astype(float), err_msg=f"{what} {name}")
            else:
                np.testing.assert_allclose(
                    a.astype(float), b.astype(float), rtol=1e-6, err_msg=f"{what} {name}"
                )
    elif isinstance(one, np.ndarray):
        assert isinstance(other, np.ndarray), what
        assert one.dtype == other.dtype, what
        np.testing.assert_array_equal(one, other, err_msg=str(what))
    else:
        assert one == other, what


def assert_same_analyzer(
    one: nbl.Analyzer, other: nbl.Analyzer, *, dicts: bool = True, exact: bool = True
) -> None:
    """Compare everything two analyzers give, but where they lie and how."""
    np.testing.assert_array_equal(one.unit_ids, other.unit_ids)
    assert one.unit_ids.dtype.kind == other.unit_ids.dtype.kind
    np.testing.assert_array_equal(one.channel_ids, other.channel_ids)
    assert one.sampling_frequency == other.sampling_frequency
    assert one.get_num_segments() == other.get_num_segments()
    assert one.get_total_duration() == other.get_total_duration()
    np.testing.assert_array_equal(one.get_channel_locations(), other.get_channel_locations())
    assert (one.sparsity_mask is None) == (other.sparsity_mask is None)
    if one.sparsity_mask is not None:
        np.testing.assert_array_equal(one.sparsity_mask, other.sparsity_mask)
    np.testing.assert_array_equal(one.spikes, other.spikes)
    assert sorted(one.extension_names) == sorted(other.extension_names)
    for name in one.extension_names:
        a, b = one.get_extension(name), other.get_extension(name)
        assert a.params == b.params, name
        keys = sorted(k for k in a.data_names if dicts or a.entry(k).kind != "dict")
        assert keys == sorted(k for k in b.data_names if dicts or b.entry(k).kind != "dict"), name
        for key in keys:
            assert_same_value(a.get_data(key), b.get_data(key), (name, key), exact)


@pytest.mark.parametrize(("zarr", "binary"), TWINS)
def test_a_zarr_store_gives_what_its_binary_twin_gives(zarr: str, binary: str):
    # SpikeInterface 0.101 writes 32-bit metrics as short decimal text, so that the last digit differs.
    assert_same_analyzer(nbl.load(shared(zarr)), nbl.load(shared(binary)), exact="0.101" not in zarr)


@pytest.mark.parametrize(("zarr", "binary"), TWINS)
def test_sorting_properties_and_settings_are_the_same_in_both_formats(zarr: str, binary: str):
    one, other = nbl.load(shared(zarr)), nbl.load(shared(binary))

    assert one.settings == other.settings
    keys = one.get_sorting_property_keys()
    assert keys
    # Text that SpikeInterface pickled into the binary folder is left as bytes there.
    assert set(keys) >= set(other.get_sorting_property_keys())
    for key in other.get_sorting_property_keys():
        np.testing.assert_array_equal(one.get_sorting_property(key), other.get_sorting_property(key))


def _flip(file: Path) -> None:
    array = np.load(file, mmap_mode="r+")
    array.view("u1").flat[0] ^= 1
    array.flush()


@pytest.mark.parametrize("file", ["extensions/templates/std.npy", "sparsity_mask.npy", "sorting/spikes.npy"])
def test_the_comparison_itself_notices_one_changed_bit(file: str, tmp_path: Path):
    """So that the tests above cannot pass by comparing nothing."""
    one = nbl.demo_analyzer()
    folder = tmp_path / "changed"
    assert_same_analyzer(one, one.save_as("binary_folder", folder, slim=False), dicts=False)

    _flip(folder / file)

    with pytest.raises(AssertionError):
        assert_same_analyzer(one, nbl.load(folder), dicts=False)
