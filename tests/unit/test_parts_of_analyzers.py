"""Nothing is written among the parts of a saved analyzer, and what somebody put there is not taken for one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.own_folders import ANALYZER
from nb_autolabel.cli import main
from nb_autolabel.errors import ForeignTargetError
from tests.conftest import stable

from ..conftest import SAMPLES, shared
from .foreign import FILES, LABELS, NAMES, Writers, state
from .test_reader_layout import write_binary, write_zarr


@pytest.fixture(scope="module")
def labeler() -> Iterator[nbl.BombcellLabeler]:
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    yield made
    made.close()


@pytest.fixture(scope="module")
def writers(labeler: Any, tmp_path_factory: pytest.TempPathFactory) -> Writers:
    return Writers(labeler, write_binary(tmp_path_factory.mktemp("source") / "source"))


@pytest.mark.parametrize("writer", [name for name in NAMES if name != "nwb"])
@pytest.mark.parametrize("layout", ["zarr", "binary"])
@pytest.mark.parametrize("place", ["sorting", "extensions", "extensions/quality_metrics", "linked"])
def test_no_file_or_folder_is_put_among_the_parts_of_an_analyzer(
    writer: str, layout: str, place: str, writers: Writers, tmp_path: Path
):
    """SpikeInterface would read a new table in an extension's folder as data of the extension."""
    analyzer = (write_zarr if layout == "zarr" else write_binary)(tmp_path / "session.zarr")
    (tmp_path / "linked").symlink_to(analyzer / "extensions" / "templates", target_is_directory=True)
    folder = tmp_path / "linked" if place == "linked" else analyzer / place
    before = state(tmp_path)

    with pytest.raises(ForeignTargetError, match="part of the analyzer"):
        getattr(writers, writer)(folder / NAMES[writer], True)

    assert state(tmp_path) == before


def test_tables_and_settings_of_an_analyzer_are_no_tables_and_thresholds_of_ours(
    writers: Writers, tmp_path: Path
):
    """Its metrics are a CSV table, and empty parameters are empty JSON; both stay, also from the command line."""
    analyzer = write_binary(tmp_path / "session")
    (analyzer / "sorting" / "si_folder.json").write_bytes(b"")
    before = state(tmp_path)

    for write, place in (
        (writers.csv, "extensions/quality_metrics/metrics.csv"),
        (writers.thresholds, "extensions/unit_locations/params.json"),
        (writers.thresholds, "sorting/si_folder.json"),
        (writers.curation, "settings.json"),
    ):
        with pytest.raises(ForeignTargetError, match="part of the analyzer"):
            write(analyzer / place, True)
    table = str(analyzer / "extensions" / "quality_metrics" / "metrics.csv")
    limits = tmp_path / "limits.json"
    limits.write_text('{"snr": {"min": 3}}')
    method = ["--method", "thresholds", "--thresholds", str(limits)]
    assert main(["label", str(analyzer), *method, "--out", table, "--overwrite"]) == 1
    limits.unlink()

    assert state(tmp_path) == before


@pytest.mark.parametrize("layout", ["zarr", "binary"])
def test_a_file_beside_the_parts_at_the_top_of_an_analyzers_folder_may_be_written(
    layout: str, tmp_path: Path
):
    """As the GUI of SpikeInterface keeps its curation there."""
    analyzer = (write_zarr if layout == "zarr" else write_binary)(tmp_path / "session.zarr")
    (analyzer / "gui").mkdir()

    for place in ("labels.csv", "gui/labels.csv"):
        nbl.export_labels(LABELS, analyzer / place)
        nbl.export_labels(LABELS, analyzer / place, overwrite=True)

    assert nbl.load(analyzer).get_num_units() == 6


@pytest.mark.parametrize(
    ("layout", "where"),
    [
        ("binary", "extensions/my_results.csv"),
        ("binary", "extensions/thesis/figures.npy"),
        ("binary", "sorting/spikes_by_hand.npy"),
        ("binary", "sorting/properties/notes.json"),
        ("binary", "sorting/old/spikes.npy"),
        ("binary", "extensions/.git/config.json"),
        ("zarr", "extensions/diary/2024"),
        ("zarr", "sorting/1"),
        ("zarr", "extensions/thesis/1.2"),
    ],
)
def test_an_analyzer_with_files_of_somebody_under_usual_names_is_not_replaced(
    layout: str, where: str, writers: Writers, tmp_path: Path
):
    target = (write_zarr if layout == "zarr" else write_binary)(tmp_path / "clean.zarr")
    (target / where).parent.mkdir(exist_ok=True, parents=True)
    (target / where).write_text("years of work")
    before = state(tmp_path)

    with pytest.raises(
        ForeignTargetError, match="no part of an analyzer: " + where.split("/", maxsplit=1)[0]
    ):
        writers.zarr(target, True)

    assert state(tmp_path) == before


@pytest.mark.parametrize("name", SAMPLES)
def test_every_version_of_spikeinterface_writes_nothing_that_counts_as_foreign(name: str):
    assert ANALYZER.foreign(shared(name)) == ""


@pytest.mark.parametrize(
    "content",
    [
        {"dependencies": {}, "scripts": {}},
        {"xaxis": {"min": 3, "max": 9, "title": "time (s)"}},
        {"plot": {"x": {"min": [0, 1], "max": [2, 3]}}},
        {"min": {"min": 3}, "of": "another tool"},
        {"snr": {"min": 5}, "notes": {"text": "years of work"}},
    ],
    ids=stable,
)
def test_json_of_other_tools_that_looks_like_thresholds_stays(content: Any, writers: Writers, tmp_path: Path):
    target = tmp_path / FILES["thresholds"]
    target.write_text(json.dumps(content))
    before = state(tmp_path)

    with pytest.raises(ForeignTargetError, match="not thresholds"):
        writers.thresholds(target, True)

    assert state(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"snr": {"min": 5}},
        {"snr": {"greater": 5, "less": None, "abs": False, "nan": "fail"}},
        {"noise": {"snr": {"greater": 5}}, "mua": {}},
    ],
    ids=stable,
)
def test_thresholds_in_any_dialect_are_replaced_when_asked(content: Any, writers: Writers, tmp_path: Path):
    target = tmp_path / FILES["thresholds"]
    target.write_text(json.dumps(content))

    writers.thresholds(target, True)

    assert nbl.import_labels(target)["mua"]["snr"]["greater"] == 5
