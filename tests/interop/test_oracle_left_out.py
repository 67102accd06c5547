"""Properties and annotations of a live SortingAnalyzer stay in a copy, or are named; its own folder is safe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import ForeignTargetError

si = pytest.importorskip("spikeinterface", reason="needs a live SortingAnalyzer")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),  # SpikeInterface and zarr 2 warn of their own future
]

FORMATS: Any = ["zarr", "binary_folder"]
GROUPS = ["good", None, "mua", float("nan")]


@pytest.fixture
def live() -> Any:
    """A small analyzer with properties as SpikeInterface's read_phy leaves them."""
    recording, sorting = si.generate_ground_truth_recording(
        durations=[5.0], num_units=4, num_channels=4, seed=0
    )
    sorting.set_property("phy_group", np.array(GROUPS, dtype=object))
    sorting.set_property("KSLabel", np.array(["good", "mua", "mua", "good"], dtype=object))
    sorting.set_property("depth", np.array([10, None, 30, 40], dtype=object))
    sorting.annotate(sorter="by hand", tags=["a", 1], drift=np.float64(2.5))
    analyzer = si.create_sorting_analyzer(sorting, recording, format="memory", sparse=False)
    analyzer.compute(["random_spikes", "templates", "noise_levels"], progress_bar=False)
    return analyzer


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("through", ["live", "folder"])
def test_text_with_blanks_is_kept_and_spikeinterface_reads_it(
    through: str, format: Any, live: Any, tmp_path: Path, recwarn: pytest.WarningsRecorder
):
    if through == "folder":
        live.save_as(format="binary_folder", folder=tmp_path / "theirs")
    analyzer = nbl.load(live if through == "live" else tmp_path / "theirs")

    saved = analyzer.select_units(analyzer.unit_ids[[2, 0, 1]]).save_as(format, tmp_path / "ours")

    assert not [one for one in recwarn if "is saved without" in str(one.message)]
    back = si.load(saved.folder)
    for got in (saved.get_sorting_property, back.get_sorting_property):
        assert got("phy_group").tolist() == ["mua", "good", ""]
        assert got("KSLabel").tolist() == ["mua", "good", "mua"]
        np.testing.assert_array_equal(got("depth"), [30.0, 10.0, np.nan])
    assert analyzer._header.annotations["tags"] == ["a", 1]
    for key, value in {"sorter": "by hand", "tags": ["a", 1], "drift": 2.5}.items():
        assert saved._header.annotations[key] == value
        assert back.sorting.get_annotation(key) == value


@pytest.mark.parametrize("format", FORMATS)
def test_other_objects_are_named_once(format: Any, live: Any, tmp_path: Path):
    live.sorting.set_property("mixed", np.array(["a", 3, {}, None], dtype=object))
    live.sorting.annotate(mine=object(), nested={"deep": [object()]})

    with pytest.warns(UserWarning, match="is saved without") as caught:
        nbl.load(live).save_as(format, tmp_path / "ours")

    (said,) = [str(one.message) for one in caught if "is saved without" in str(one.message)]
    for name in ("property 'mixed'", "annotation 'mine'", "annotation 'nested'"):
        assert name in said
    assert "phy_group" not in said


@pytest.mark.parametrize("kind", ["zarr", "binary_folder"])
@pytest.mark.parametrize("part", ["", "extensions/copy"])
def test_the_folder_of_a_live_analyzer_is_its_source(kind: Any, part: str, live: Any, tmp_path: Path):
    theirs = live.save_as(format=kind, folder=tmp_path / "theirs.zarr")
    before = sorted(str(p) for p in tmp_path.rglob("*"))
    analyzer = nbl.load(theirs)

    for chosen in (analyzer, analyzer.select_units(analyzer.unit_ids[:2])):
        with pytest.raises(ForeignTargetError, match="is read from"):
            chosen.save_as("binary_folder", tmp_path / "theirs.zarr" / part, overwrite=True)

    assert sorted(str(p) for p in tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["zarr", "binary_folder"])
def test_what_spikeinterface_saved_is_an_analyzer_and_its_recordings_and_sortings_are_not(
    kind: Any, live: Any, tmp_path: Path
):
    analyzer = nbl.load(live)
    live.compute(["waveforms", "principal_components", "quality_metrics"], progress_bar=False)
    live.save_as(format=kind, folder=tmp_path / "theirs.zarr")

    analyzer.save_as("zarr", tmp_path / "theirs.zarr", overwrite=True)

    for name, made in (("recording.zarr", live.recording), ("sorting.zarr", live.sorting)):
        made.save(folder=tmp_path / name, format="zarr")
        files = sorted(str(p) for p in (tmp_path / name).rglob("*"))
        with pytest.raises(ForeignTargetError, match="not an analyzer"):
            analyzer.save_as("zarr", tmp_path / name, overwrite=True)
        assert sorted(str(p) for p in (tmp_path / name).rglob("*")) == files
