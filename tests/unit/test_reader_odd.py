"""What is odd but legal is read: ids of bytes, names with a slash, byte order marks, no units, one unit, no spikes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, UnknownUnitError

from .test_hostile_json import BINARY, ZARR, outcomes
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import (
    INFO,
    N_SAMPLES,
    SETTINGS,
    UNITS,
    WRITE,
    extensions,
    metrics,
    write_binary,
    write_zarr,
)

IDS = [
    "sorting/unit_ids",
    "extensions/quality_metrics/metrics/index",
    "extensions/template_metrics/metrics/index",
]


def ids_of_bytes(folder: Path, ids: Any) -> Path:
    for path in IDS:
        put_array(folder, path, np.array(ids, "S"))
    consolidate(folder)
    return folder


def test_ids_of_bytes_are_read_as_text(tmp_path: Path):
    """SpikeInterface saves a sorting whose ids are of bytes as zarr; as a binary folder it cannot."""
    names = [unit.encode() for unit in UNITS]
    analyzer = nbl.load(ids_of_bytes(write_zarr(tmp_path / "small.zarr"), names))

    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    assert analyzer.get_metrics_extension_data()["snr"].to_dict() == dict(
        zip(UNITS, metrics()["snr"], strict=True)
    )
    np.testing.assert_array_equal(analyzer.get_templates(["u3"])[0], extensions()["templates"]["average"][2])
    np.testing.assert_array_equal(analyzer.get_templates([b"u3"]), analyzer.get_templates(["u3"]))
    assert analyzer.save_as("zarr", tmp_path / "saved").unit_ids.tolist() == UNITS.tolist()
    assert nbl.threshold_metrics_label_units(analyzer, {"snr": {"min": 2.0}}).index.tolist() == UNITS.tolist()


def test_ids_of_bytes_that_are_no_text_are_one_clear_sentence(tmp_path: Path):
    folder = ids_of_bytes(write_zarr(tmp_path / "small.zarr"), [b"\xff%d" % i for i in range(6)])

    with pytest.raises(DamagedDataError, match=r"sorting/unit_ids cannot be read: 'utf-8'"):
        nbl.load(folder)


@pytest.mark.parametrize("unit", [True, np.True_, 1.5, float("nan"), None, b"\xff", ["u1"]])
def test_what_is_no_id_is_never_taken_for_one(unit: Any, tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    for path in IDS:
        put_array(folder, path, np.arange(6))
    consolidate(folder)

    with pytest.raises(UnknownUnitError, match="no unit"):
        nbl.load(folder).get_templates([unit])


@pytest.mark.parametrize("format", WRITE)
def test_metrics_with_odd_names_are_columns_like_others(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    odd = {"unit_id": np.arange(6) * 10.0, "signal/noise": np.arange(6) + 0.5}
    if format == "zarr":
        # zarr makes a group "signal" of the second
        for name, values in odd.items():
            put_array(folder, f"extensions/quality_metrics/metrics/{name}", values)
        (folder / "extensions/quality_metrics/metrics/signal/.zgroup").write_text('{"zarr_format": 2}')
        consolidate(folder)
    else:
        metrics().assign(**odd).to_csv(folder / "extensions/quality_metrics/metrics.csv")
    analyzer = nbl.load(folder)

    table = analyzer.get_metrics_extension_data()

    for name, values in odd.items():
        assert table[name].tolist() == values.tolist()
    assert table["snr"].tolist() == metrics()["snr"].tolist()
    labels = nbl.threshold_metrics_label_units(
        analyzer, {"signal/noise": {"min": 2.0}, "unit_id": {"max": 40}}
    )
    assert labels.index.tolist() == UNITS.tolist()
    assert labels.iloc[:, 0].tolist() == ["noise", "noise", "good", "good", "good", "noise"]


def test_the_same_without_consolidated_metadata(tmp_path: Path):
    folder = write_zarr(tmp_path / "small.zarr")
    put_array(folder, "extensions/quality_metrics/metrics/signal/noise", np.arange(6.0))
    (folder / "extensions/quality_metrics/metrics/signal/.zgroup").write_text('{"zarr_format": 2}')
    (folder / ".zmetadata").unlink()

    assert nbl.load(folder).get_metrics_extension_data()["signal/noise"].tolist() == list(range(6))


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("format", WRITE)
def test_json_with_a_byte_order_mark_is_read(format: str, encoding: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    files = [".zmetadata", *ZARR] if format == "zarr" else BINARY
    for file in files:
        path = folder / file
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    assert set(outcomes(folder).values()) == {"fine"}
    if format == "zarr":
        (folder / ".zmetadata").unlink()
        assert set(outcomes(folder).values()) == {"fine"}


def test_a_table_with_a_byte_order_mark_is_read(tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    for table in folder.rglob("*.csv"):
        table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes())

    assert nbl.load(folder).get_metrics_extension_data()["snr"].tolist() == metrics()["snr"].tolist()


# ---------------------------------------------------------------- nothing, and one


def cut_to(folder: Path, format: str, count: int, *, n_spikes: int) -> Path:
    """Leave so many units; where there are none, indices are of floats, as SpikeInterface writes them."""
    WRITE[format](folder)
    ids = UNITS[:count] if count else np.zeros(0)
    per_unit = {
        "templates": ("average", "std"),
        "template_similarity": ("similarity",),
        "unit_locations": ("unit_locations",),
    }
    per_spike = {"spike_amplitudes": ("amplitudes",), "spike_locations": ("spike_locations",)}
    random = {"waveforms": ("waveforms",), "principal_components": ("pca_projection",)}
    arrays: dict[str, Any] = {"sparsity_mask": np.ones((count, 4), bool)}
    for name, keys in {**per_unit, **per_spike, **random}.items():
        rows = count if name in per_unit else n_spikes if name in per_spike else 0
        for key in keys:
            values = extensions()[name][key][:rows]
            arrays[f"extensions/{name}/{key}"] = (
                values[:, :count] if name == "template_similarity" else values
            )
    arrays["extensions/random_spikes/random_spikes_indices"] = np.zeros(0, int)
    arrays["extensions/correlograms/ccgs"] = extensions()["correlograms"]["ccgs"][:count, :count]
    arrays["sorting/properties/depth"] = np.zeros(count)
    arrays["sorting/properties/main_channel_id"] = np.array(["c0"] * count, "<U2")
    vector = np.zeros(n_spikes, [("sample_index", "<i8"), ("unit_index", "<i8"), ("segment_index", "<i8")])
    vector["sample_index"] = np.arange(n_spikes)
    tables = {"quality_metrics": metrics(), "template_metrics": extensions()["template_metrics"]["metrics"]}
    if format == "binary_folder":
        for path, values in arrays.items():
            np.save(folder / f"{path}.npy", values)
        np.save(folder / "sorting/spikes.npy", vector)
        file = folder / "sorting/numpysorting_info.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), "unit_ids": UNITS[:count].tolist()}))
        for name, table in tables.items():
            table.iloc[:count].to_csv(folder / f"extensions/{name}/metrics.csv")
        return folder
    arrays["sorting/unit_ids"] = ids
    for name in ("sample_index", "unit_index"):
        arrays[f"sorting/spikes/{name}"] = np.ascontiguousarray(vector[name])
    arrays["sorting/spikes/segment_slices"] = np.array([[0, n_spikes], [0, 0]])
    for name, table in tables.items():
        arrays[f"extensions/{name}/metrics/index"] = ids
        arrays |= {f"extensions/{name}/metrics/{c}": table[c].to_numpy()[:count] for c in table}
    for path, values in arrays.items():
        for chunk in (folder / path).glob("[0-9]*"):
            chunk.unlink()
        put_array(folder, path, values)
    consolidate(folder)
    return folder


@pytest.mark.parametrize("format", WRITE)
@pytest.mark.parametrize(("count", "n_spikes"), [(0, 0), (1, 0), (1, 1), (6, 0)])
def test_an_analyzer_without_units_or_spikes_is_read_and_saved(
    count: int, n_spikes: int, format: Any, tmp_path: Path
):
    analyzer = nbl.load(cut_to(tmp_path / "small.zarr", format, count, n_spikes=n_spikes))

    for one in (
        analyzer,
        analyzer.save_as("zarr", tmp_path / "z"),
        analyzer.save_as("binary_folder", tmp_path / "b"),
    ):
        assert one.unit_ids.tolist() == UNITS[:count].tolist()
        assert one.spikes.shape == (n_spikes,)
        assert sum(one.count_num_spikes_per_unit().values()) == n_spikes
        assert one.get_templates().shape == (count, N_SAMPLES, 4)
        assert one.main_channel_indices.shape == (count,)
        assert one.get_extension("correlograms").get_data("ccgs").shape == (count, count, 5)
        table = one.get_metrics_extension_data()
        assert table.index.tolist() == UNITS[:count].tolist()
        assert sorted(table.columns) == ["half_width", "num_spikes", "rp_contamination", "snr"]
        assert "SortingAnalyzer" in one._repr_html_()
        for name in one.extension_names:
            for key in one.get_extension(name).data_names:
                one.get_extension(name).get_data(key)
        assert one.settings == SETTINGS
    assert INFO["object"] == "SortingAnalyzer"


@pytest.mark.parametrize("format", WRITE)
@pytest.mark.parametrize("count", [0, 1])
def test_histograms_of_no_unit_and_of_one_are_drawn(count: int, format: str, tmp_path: Path):
    analyzer = nbl.load(cut_to(tmp_path / "small.zarr", format, count, n_spikes=0))

    plot = nbl.plot_metric_histograms(analyzer, {"snr": {"min": 1.0}, "num_spikes": {"min": 1}})

    assert len(plot.axes) == 2


@pytest.mark.parametrize("format", WRITE)
def test_a_table_of_some_units_only_is_refused_with_the_way_out(format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    if format == "zarr":
        put_array(folder, "extensions/template_metrics/metrics/index", UNITS[:4])
        put_array(folder, "extensions/template_metrics/metrics/half_width", np.arange(4.0))
        consolidate(folder)
    else:
        table = extensions()["template_metrics"]["metrics"].iloc[:4]
        table.to_csv(folder / "extensions/template_metrics/metrics.csv")

    with pytest.raises(DamagedDataError, match=r"4 rows are not the analyzer's 6 units.*[Cc]ompute"):
        nbl.load(folder).get_metrics_extension_data()
