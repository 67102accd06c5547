"""Only what is asked for is read: opening reads metadata, a template only its own chunks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.open_source import source_in
from nb_autolabel.analyzer.stores import FolderStore, ZipStore

from .test_reader_layout import write_binary, write_zarr


class Log:
    """Keys whose bytes were read or whose files were mapped."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    def of(self, start: str) -> list[str]:
        """Files of data (not of metadata) below a folder."""
        metadata = (".zmetadata", ".zgroup", ".zattrs", ".zarray", ".json")
        return sorted(k for k in self.keys if k.startswith(start) and not k.endswith(metadata))

    def clear(self) -> None:
        self.keys.clear()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[Log]:
    """Everything any store reads from now on."""
    kept = Log()
    for store, name in ((FolderStore, "_read_on"), (ZipStore, "_read")):
        original = getattr(store, name)

        def reading(self, *asked, original=original):
            # The key is the first text: before it stands the way that was gone so far.
            kept.keys.append(next(each for each in asked if isinstance(each, str)))
            return original(self, *asked)

        monkeypatch.setattr(store, name, reading)
    mapping = FolderStore.local_path

    def mapped(self, key):
        kept.keys.append(key)
        return mapping(self, key)

    monkeypatch.setattr(FolderStore, "local_path", mapped)
    return kept


def test_opening_a_zarr_store_reads_the_units_and_the_sparsity_and_no_other_chunk(
    log: Log, demo_folder: Path
):
    analyzer = nbl.load(demo_folder)
    assert "SortingAnalyzer" in repr(analyzer)

    assert set(log.of("")) == {"sorting/unit_ids/0", "sparsity_mask/0.0"}
    assert log.keys.count(".zmetadata") == 1


def test_opening_a_zip_reads_no_other_member(log: Log, demo_zip: Path):
    nbl.load(demo_zip)

    assert set(log.keys) == {".zgroup", ".zmetadata", "sorting/unit_ids/0", "sparsity_mask/0.0"}


def test_opening_a_binary_folder_maps_the_sparsity_and_no_other_array(log: Log, tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))
    assert "SortingAnalyzer" in repr(analyzer)

    assert log.of("") == ["sparsity_mask.npy"]


def test_asking_for_an_extension_reads_none_of_its_data(log: Log, demo_folder: Path):
    analyzer = nbl.load(demo_folder)
    log.clear()

    for name in analyzer.extension_names:
        extension = analyzer.get_extension(name)
        assert [extension.entry(key).shape for key in extension.data_names]
        assert repr(extension.data)

    assert log.of("extensions") == []


def test_metrics_read_the_tables_of_metrics_only(log: Log, demo_folder: Path):
    analyzer = nbl.load(demo_folder)
    log.clear()

    metrics = analyzer.get_metrics_extension_data()

    folders = {k.split("/")[1] for k in log.of("extensions")}
    assert folders == {"quality_metrics", "template_metrics"}
    assert {k.split("/")[2] for k in log.of("extensions")} == {"metrics"}
    assert len(metrics.columns) > 20
    assert log.of("sorting") == []


def test_metrics_are_read_once(log: Log, demo_folder: Path):
    analyzer = nbl.load(demo_folder)
    analyzer.get_metrics_extension_data()
    log.clear()

    analyzer.get_metrics_extension_data()

    assert log.of("") == []


def test_a_template_reads_its_own_chunk_only(log: Log, tmp_path: Path):
    analyzer = nbl.load(write_zarr(tmp_path / "small.zarr"))  # in chunks of four units
    log.clear()

    template = analyzer.get_templates(["u6"])

    assert log.of("") == ["extensions/templates/average/1.0.0"]
    log.clear()
    np.testing.assert_array_equal(template[0], analyzer.get_templates()[5])
    # The chunk that was decoded for the one unit is still there.
    assert log.of("") == ["extensions/templates/average/0.0.0"]


def test_rows_of_waveforms_read_their_own_chunks_only(log: Log, tmp_path: Path):
    extension = nbl.load(write_zarr(tmp_path / "small.zarr")).get_extension("waveforms")
    log.clear()

    rows = extension.get_data(rows=np.array([21, 1, 2]))

    assert log.of("") == ["extensions/waveforms/waveforms/0.0.0", "extensions/waveforms/waveforms/5.0.0"]
    np.testing.assert_array_equal(rows, extension.get_data()[[21, 1, 2]])


def test_what_is_saved_with_zarr_is_chunked_so_that_one_template_is_a_small_read(
    log: Log, demo_folder: Path, tmp_path: Path
):
    saved = nbl.load(demo_folder).save_as("zarr", tmp_path / "saved", slim=True)
    chunks = list((tmp_path / "saved.zarr/extensions/templates/average").glob("[0-9]*"))
    assert len(chunks) > 3
    log.clear()

    saved.get_templates(saved.unit_ids[:1])

    assert len(log.of("")) == 1


def test_selecting_units_reads_no_chunk_at_all(log: Log, demo_folder: Path):
    analyzer = nbl.load(demo_folder)
    log.clear()

    chosen = analyzer.select_units(analyzer.unit_ids[::3]).remove_units(analyzer.unit_ids[:4:3])
    assert "SortingAnalyzer" in repr(chosen)

    assert log.of("") == []


def test_a_selection_reads_only_the_chunks_of_its_units(log: Log, tmp_path: Path):
    chosen = nbl.load(write_zarr(tmp_path / "small.zarr")).select_units(["u2", "u1"])
    log.clear()

    chosen.get_templates()

    assert log.of("") == ["extensions/templates/average/0.0.0"]


def test_spikes_are_read_once_and_cannot_be_changed(log: Log, demo_folder: Path):
    analyzer = nbl.load(demo_folder)
    first = analyzer.spikes
    log.clear()

    assert analyzer.spikes is first
    assert log.of("") == []
    with pytest.raises(ValueError, match="read-only"):
        first["unit_index"][0] = 3


def test_the_log_of_these_tests_sees_reads(log: Log, demo_folder: Path):
    """So that none of them passes because nothing is counted."""
    store = FolderStore(demo_folder)
    source_in(store).spikes()

    assert "sorting/spikes/sample_index/0" in log.of("sorting")
