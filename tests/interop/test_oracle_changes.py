"""What SpikeInterface does to an analyzer that is open here is recognised; what it adds spoils nothing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError, SourceChangedError

from .test_oracle_selection import pickles_allowed  # noqa: F401

si = pytest.importorskip("spikeinterface", reason="needs a live SortingAnalyzer")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface and zarr 2 warn of their own future
    pytest.mark.usefixtures("pickles_allowed"),
]


@pytest.fixture(scope="module")
def simulated() -> Any:
    return si.generate_ground_truth_recording(durations=[10.0], num_units=5, num_channels=4, seed=0)


def save(simulated: Any, folder: Path, format: str, unit_ids: Any = None, **options: Any) -> str:
    recording, sorting = simulated
    if unit_ids is not None:
        sorting = sorting.select_units(unit_ids)
    path = str(folder / ("a.zarr" if format == "zarr" else "a"))
    made = si.create_sorting_analyzer(sorting, recording, format=format, folder=path, sparse=False, **options)
    made.compute(["random_spikes", "waveforms", "templates", "noise_levels"], progress_bar=False)
    made.compute("quality_metrics", metric_names=["num_spikes"])
    return path


FORMATS = pytest.mark.parametrize("format", ["zarr", "binary_folder"])


@FORMATS
def test_an_analyzer_that_spikeinterface_overwrites_is_a_change(format: str, simulated: Any, tmp_path: Path):
    """The new one has as many units, in another order."""
    path = save(simulated, tmp_path, format)
    analyzer = nbl.load(path)
    extension = analyzer.get_extension("waveforms")

    save(simulated, tmp_path, format, simulated[1].unit_ids[::-1], overwrite=True)

    for read in (analyzer.get_templates, extension.get_data, analyzer.get_metrics_extension_data):
        with pytest.raises(SourceChangedError, match="load"):
            read()
    assert nbl.load(path).unit_ids.tolist() == analyzer.unit_ids.tolist()[::-1]


@FORMATS
def test_what_spikeinterface_adds_to_an_open_analyzer_spoils_nothing(
    format: str, simulated: Any, tmp_path: Path
):
    path = save(simulated, tmp_path, format)
    analyzer = nbl.load(path)
    expected = np.array(si.load(path).get_extension("templates").get_data())

    si.load(path).compute("correlograms")

    np.testing.assert_array_equal(analyzer.get_templates(), expected)
    assert analyzer.get_metrics_extension_data().shape == (5, 1)
    assert len(analyzer.spikes)


@FORMATS
def test_what_spikeinterface_computes_again_is_not_taken_for_the_old(
    format: str, simulated: Any, tmp_path: Path
):
    path = save(simulated, tmp_path, format)
    analyzer = nbl.load(path)
    extension = analyzer.get_extension("templates")

    # As many samples, at other times.
    si.load(path).compute("templates", ms_before=2.0, ms_after=1.0)

    with pytest.raises(SourceChangedError, match="written again"):
        extension.get_data()
    assert analyzer.get_metrics_extension_data().shape == (5, 1)


@FORMATS
def test_a_live_analyzer_whose_folder_is_gone_gives_its_data_or_an_error_and_never_zeros(
    format: str, simulated: Any, tmp_path: Path
):
    path = save(simulated, tmp_path, format)
    expected = np.array(si.load(path).get_extension("templates").get_data())
    for lazy in ({}, {"lazy": True}) if format == "zarr" else ({},):
        live = si.load(path, **lazy)
        live.get_extension("templates")
        analyzer = nbl.load(live)
        shutil.move(path, tmp_path / "elsewhere")
        try:
            templates = analyzer.get_templates()
        except SourceChangedError as error:
            assert path in str(error)
        else:
            np.testing.assert_array_equal(templates, expected)
        shutil.move(tmp_path / "elsewhere", path)


@FORMATS
def test_live_metrics_of_some_units_are_refused_as_the_saved_ones_are(
    format: str, simulated: Any, tmp_path: Path
):
    path = save(simulated, tmp_path, format)
    live = si.load(path)
    data = live.get_extension("quality_metrics").data
    data["metrics"] = data["metrics"].iloc[:-2]

    with pytest.raises(DamagedDataError, match="3 rows are not the analyzer's 5 units"):
        nbl.threshold_metrics_label_units(live, {"num_spikes": {"min": 1}})


@FORMATS
def test_a_sorting_in_which_no_unit_was_found_is_read(format: str, simulated: Any, tmp_path: Path):
    analyzer = nbl.load(save(simulated, tmp_path, format, []))

    assert analyzer.get_num_units() == len(analyzer.spikes) == 0
    assert nbl.bombcell_label_units(analyzer).shape == (0, 1)


def test_ids_of_bytes_that_spikeinterface_saves_are_read(simulated: Any, tmp_path: Path):
    recording, sorting = simulated
    names = np.array([b"u1", b"u2", b"u3", b"u4", b"u5"])
    path = save((recording, sorting.rename_units(names)), tmp_path, "zarr")

    for source in (path, si.load(path)):
        assert nbl.load(source).unit_ids.tolist() == ["u1", "u2", "u3", "u4", "u5"]
        assert nbl.load(source).get_metrics_extension_data().index.tolist() == ["u1", "u2", "u3", "u4", "u5"]
