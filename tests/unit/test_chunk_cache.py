"""Decoded chunks are kept within bounds, so that each is decoded once; a chunk that was written again is read again."""

from __future__ import annotations

import json
import os
import pickle
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.chunk_cache import ChunkCache
from nb_autolabel.analyzer.stores import FolderStore, ZipStore
from nb_autolabel.analyzer.zarr_array import ZarrArray

from .forking import exit_code_of_fork
from .test_reader_arrays import consolidate, put_array
from .test_reader_changes import zipped
from .test_reader_layout import LZ4, WRITE, extensions, write_binary, write_zarr

AVERAGE = "extensions/templates/average"


def chunk(value: float, count: int = 10) -> Any:
    return np.full(count, value)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often each chunk of any array was decoded."""
    counted: Counter[str] = Counter()
    original = ZarrArray.decoded

    def decoding(self: ZarrArray, place: tuple[int, ...], data: bytes | None) -> Any:
        counted[f"{self.path}/{place}"] += 1
        return original(self, place, data)

    monkeypatch.setattr(ZarrArray, "decoded", decoding)
    return counted


# ---------------------------------------------------------------- the cache by itself


def test_what_was_used_last_is_kept_within_the_bound():
    cache = ChunkCache(most=3 * (80 + 500))
    for key in "abc":
        cache.put(key, 1, chunk(0))
    assert cache.get("a", 1) is not None

    cache.put("d", 1, chunk(0))

    assert [key for key in "abcd" if cache.get(key, 1) is not None] == ["a", "c", "d"]
    assert cache.nbytes <= cache.most


def test_a_chunk_larger_than_the_cache_is_not_kept_and_drops_no_other():
    cache = ChunkCache(most=2000)
    cache.put("a", 1, chunk(0))

    cache.put("b", 1, chunk(0, 1000))

    assert cache.get("b", 1) is None
    assert cache.get("a", 1) is not None


def test_a_chunk_of_another_state_of_its_file_is_dropped():
    cache = ChunkCache()
    cache.put("a", (7, 80, 1), chunk(1))

    assert cache.get("a", (7, 80, 2)) is None
    assert cache.nbytes == 0


def test_a_chunk_that_is_kept_again_counts_once():
    cache = ChunkCache()
    for value in range(100):
        cache.put("a", value, chunk(value))

    assert cache.nbytes == 80 + 500
    assert cache.get("a", 99)[0] == 99  # type: ignore[index]


def test_what_is_kept_cannot_be_changed():
    cache = ChunkCache()
    cache.put("a", 1, chunk(1))

    with pytest.raises(ValueError, match="read-only"):
        cache.get("a", 1)[0] = 2  # type: ignore[index]


def test_the_count_of_bytes_is_right_after_many_random_uses_by_threads():
    cache = ChunkCache(most=20_000)

    def use(seed: int) -> None:
        rng = np.random.default_rng(seed)
        for _ in range(300):
            key, stamp = str(rng.integers(40)), int(rng.integers(2))
            found = cache.get(key, stamp)
            assert found is None or (found == int(key) * 2 + stamp).all()
            cache.put(key, stamp, chunk(int(key) * 2 + stamp, int(rng.integers(1, 300))))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(8)))

    assert 0 < cache.nbytes <= cache.most
    cache.clear()
    assert cache.nbytes == 0


def test_a_copy_for_another_process_starts_empty():
    cache = ChunkCache(most=5000)
    cache.put("a", 1, chunk(1))

    other = pickle.loads(pickle.dumps(cache))

    assert (other.most, other.nbytes, other.get("a", 1)) == (5000, 0, None)


# ---------------------------------------------------------------- what is decoded


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_units_read_one_after_the_other_decode_each_chunk_once(
    kind: str, decoded: Counter[str], tmp_path: Path
):
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder if kind == "folder" else zipped(folder, tmp_path / "small.zarr.zip"))
    expected = extensions()["templates"]["average"]

    for _ in range(3):
        for at, unit in enumerate(analyzer.unit_ids):
            np.testing.assert_array_equal(analyzer.get_templates([unit])[0], expected[at])
    np.testing.assert_array_equal(analyzer.get_templates(), expected)

    assert {k: n for k, n in decoded.items() if k.startswith(AVERAGE)} == {
        f"{AVERAGE}/(0, 0, 0)": 1,
        f"{AVERAGE}/(1, 0, 0)": 1,
    }


@pytest.mark.filterwarnings("ignore")  # of metrics that the small analyzer has not
@pytest.mark.parametrize("selected", [False, True])
def test_a_page_of_all_units_decodes_each_chunk_once_and_reads_each_file_of_arrays_once(
    selected: bool, decoded: Counter[str], tmp_path: Path
):
    """Amplitudes in chunks of seven spikes: every unit has spikes in nearly all of them."""
    folder = write_zarr(tmp_path / "small.zarr")
    for file in (folder / "extensions/spike_amplitudes/amplitudes").glob("[0-9]*"):
        file.unlink()
    amplitudes = extensions()["spike_amplitudes"]["amplitudes"]
    put_array(folder, "extensions/spike_amplitudes/amplitudes", amplitudes, chunks=[7], compressor=LZ4)
    consolidate(folder)
    analyzer = nbl.load(folder)
    analyzer = analyzer.select_units(["u6", "u1", "u3"]) if selected else analyzer
    labeler = nbl.ThresholdLabeler(analyzer, {"snr": {"min": 1}}, journal=None)

    labeler.save_html(tmp_path / "page.html")
    labeler.close()

    # The unit ids are looked at again when something is written.
    repeated = {key: n for key, n in decoded.items() if n > 1 and not key.startswith("sorting/unit_ids")}
    assert repeated == {}
    assert sum(key.startswith("extensions/spike_amplitudes") for key in decoded) == 9


@pytest.mark.filterwarnings("ignore")  # of metrics that the small analyzer has not
def test_a_page_of_all_units_reads_tables_and_arrays_of_a_binary_folder_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    folder = write_binary(tmp_path / "small")
    values = {name: [3] * 6 for name in ("trough_index", "peak_before_index", "peak_after_index")}
    pd.DataFrame(values, index=["u1", "u2", "u3", "u4", "u5", "u6"]).to_csv(
        folder / "extensions/template_metrics/peaks_data.csv"
    )
    read: Counter[str] = Counter()
    original = FolderStore._read_on
    monkeypatch.setattr(
        FolderStore,
        "_read_on",
        lambda self, way, key, limit: read.update([key]) or original(self, way, key, limit),
    )
    rows: Counter[str] = Counter()
    whole = FolderStore.open

    def opening(self: FolderStore, key: str) -> Any:
        rows.update([key])
        return whole(self, key)

    monkeypatch.setattr(FolderStore, "open", opening)
    labeler = nbl.ThresholdLabeler(nbl.load(folder), {"snr": {"min": 1}}, journal=None)

    labeler.save_html(tmp_path / "page.html")
    labeler.close()

    assert {key: n for key, n in read.items() if key.endswith(".csv") and n > 1} == {}
    assert read["extensions/template_metrics/peaks_data.csv"] == 1
    # Looking at the header, then reading.
    assert rows["sorting/spikes.npy"] == 2


def test_an_array_larger_than_the_cache_leaves_what_others_keep(decoded: Counter[str], tmp_path: Path):
    analyzer = nbl.load(write_zarr(tmp_path / "small.zarr"))
    store: Any = analyzer.source.store
    store.chunk_cache.most = 2000  # one chunk of templates (4 x 10 x 4 doubles) fits, not two
    analyzer.get_templates(["u1"])

    for _ in range(2):
        analyzer.get_templates()
        analyzer.get_extension("waveforms").get_data()
    analyzer.get_templates(["u1"])

    assert store.chunk_cache.nbytes <= 2000
    assert decoded[f"{AVERAGE}/(0, 0, 0)"] == 3


# ---------------------------------------------------------------- never stale


@pytest.mark.parametrize("how", ["in place", "renamed into place"])
def test_a_chunk_that_is_written_again_is_read_again(how: str, tmp_path: Path):
    """No other file changes."""
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    old = analyzer.get_templates(["u1"])[0]

    new = LZ4.encode(np.ascontiguousarray(extensions()["templates"]["average"][:4] + 1))
    file = folder / AVERAGE / "0.0.0"
    if how == "in place":
        file.write_bytes(new)
    else:
        file.with_name("new").write_bytes(new)
        file.with_name("new").replace(file)

    np.testing.assert_array_equal(analyzer.get_templates(["u1"])[0], old + 1)


def test_a_file_that_is_written_while_it_is_read_is_not_kept(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder)
    store: Any = analyzer.source.store
    original = store._read_on

    def reading(way: Any, key: str, limit: int | None) -> bytes:
        data = original(way, key, limit)
        if key.startswith(AVERAGE):
            os.utime(folder / key, ns=(1, 1))
        return data

    store._read_on = reading
    analyzer.get_templates(["u1"])

    assert store.chunk_cache.nbytes == 0


def test_zeros_for_a_chunk_that_is_missing_are_not_kept(tmp_path: Path):
    """Whether they stand for the fill value is decided at each read."""
    folder = tmp_path / "store"
    put_array(folder, "values", np.ones((4, 2)), chunks=[2, 2], described={"fill_value": 0.0})
    (folder / "values" / "1.0").unlink()
    store = FolderStore(folder)
    array = ZarrArray(store, "values", json.loads((folder / "values/.zarray").read_text()))

    assert array.read(np.array([2]), cached=True).tolist() == [[0.0, 0.0]]

    assert store.chunk_cache.nbytes == 0


def test_ids_that_tell_whose_data_these_are_never_come_from_the_cache(tmp_path: Path):
    """They are read to see whether the store is still what was opened."""
    analyzer = nbl.load(write_zarr(tmp_path / "small.zarr"))
    store: Any = analyzer.source.store
    _ = analyzer.spikes, analyzer.get_metrics_extension_data(), analyzer.get_sorting_property("depth")

    assert store.chunk_cache.nbytes == 0


# ---------------------------------------------------------------- threads and processes


@pytest.mark.parametrize("kind", [FolderStore, ZipStore])
def test_threads_that_read_units_at_once_get_their_own_templates(kind: type, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    analyzer = nbl.load(folder if kind is FolderStore else zipped(folder, tmp_path / "small.zarr.zip"))
    expected = extensions()["templates"]["average"]
    store: Any = analyzer.source.store
    store.chunk_cache.most = 2000

    def read(turn: int) -> bool:
        return bool(np.array_equal(analyzer.get_templates([f"u{turn % 6 + 1}"])[0], expected[turn % 6]))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(300)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_forked_process_does_not_wait_for_the_lock_of_the_cache(tmp_path: Path):
    analyzer = nbl.load(write_zarr(tmp_path / "small.zarr"))
    analyzer.get_templates(["u1"])
    cache: Any = analyzer.source.store.chunk_cache  # type: ignore[attr-defined]
    assert exit_code_of_fork(lambda: analyzer.get_templates(["u1"]), cache._lock) == 0


@pytest.mark.parametrize("format", WRITE)
def test_an_analyzer_that_is_sent_takes_no_decoded_chunk_along(format: str, tmp_path: Path):
    analyzer = nbl.load(WRITE[format](tmp_path / "small.zarr"))
    before = len(pickle.dumps(analyzer))
    for name in ("templates", "waveforms", "correlograms"):
        analyzer.get_extension(name).get_data(rows=np.arange(3))

    assert len(pickle.dumps(analyzer)) < before + 1000
