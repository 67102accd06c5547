"""What is saved is what was there, whole or slim, in both formats, and nothing else is touched."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.array_kinds import BULKY
from nb_autolabel.errors import AlreadyExistsError, ForeignTargetError, UnknownFormatError

from .test_reader_layout import WRITE, write_binary
from .test_reader_twins import assert_same_analyzer, assert_same_value

FORMATS: Any = ["zarr", "binary_folder"]


def size_of(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def assert_only(folder: Path, *names: str) -> None:
    assert sorted(p.name for p in folder.iterdir()) == sorted(names)


def test_zarr_is_added_to_the_name_where_it_lacks(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    assert analyzer.save_as("zarr", tmp_path / "one").folder == str(tmp_path / "one.zarr")
    assert analyzer.save_as("zarr", tmp_path / "two.zarr").folder == str(tmp_path / "two.zarr")
    assert analyzer.save_as("zarr", tmp_path / "v1.5").folder == str(tmp_path / "v1.5.zarr")
    assert analyzer.save_as("binary_folder", tmp_path / "three").folder == str(tmp_path / "three")
    assert_only(tmp_path, "small", "one.zarr", "two.zarr", "v1.5.zarr", "three")


def test_folders_on_the_way_are_made(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    saved = analyzer.save_as("binary_folder", tmp_path / "new" / "deep" / "saved")

    assert saved.get_num_units() == 6


def test_a_relative_folder_lies_where_the_kernel_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    analyzer = nbl.load(write_binary(tmp_path / "small"))
    monkeypatch.chdir(tmp_path)

    saved = analyzer.save_as("zarr", "here.zarr")
    monkeypatch.chdir("/")

    assert saved.get_templates().shape == (6, 10, 4)


@pytest.mark.parametrize("format", FORMATS)
def test_an_existing_folder_is_refused_and_left_alone(format: Any, tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))
    (tmp_path / "mine.zarr").mkdir()
    (tmp_path / "mine.zarr" / "thesis.txt").write_text("years of work")

    with pytest.raises(AlreadyExistsError, match=r"mine\.zarr exists.*overwrite=True"):
        analyzer.save_as(format, tmp_path / "mine.zarr")
    with pytest.raises(FileExistsError):
        analyzer.save_as(format, tmp_path / "mine.zarr", slim=True)

    assert (tmp_path / "mine.zarr" / "thesis.txt").read_text() == "years of work"
    assert_only(tmp_path, "small", "mine.zarr")


@pytest.mark.parametrize("format", FORMATS)
def test_overwriting_replaces_the_whole_old_one(format: Any, tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))
    target = tmp_path / "saved.zarr"
    analyzer.save_as(format, target)
    left_over = target / "extensions" / "left_over"
    left_over.mkdir()
    (left_over / (".zgroup" if format == "zarr" else "params.json")).write_text("{}")

    saved = analyzer.select_units(["u2"]).save_as(format, target, overwrite=True)

    assert saved.unit_ids.tolist() == ["u2"]
    assert not left_over.exists()
    assert_only(tmp_path, "small", "saved.zarr")


def test_an_empty_folder_holds_nothing_and_is_replaced_without_litter(tmp_path: Path):
    analyzer = nbl.load(write_binary(tmp_path / "small"))
    (tmp_path / "saved").mkdir()

    assert analyzer.save_as("binary_folder", tmp_path / "saved", overwrite=True).get_num_units() == 6
    assert_only(tmp_path, "small", "saved")


@pytest.mark.parametrize("format", FORMATS)
def test_an_analyzer_is_not_saved_over_itself(format: Any, tmp_path: Path):
    """Units that are not selected would be gone, and what is open would read other units."""
    folder = WRITE[format](tmp_path / "small.zarr")
    analyzer = nbl.load(folder)

    with pytest.raises(ForeignTargetError, match=r"small\.zarr is left alone.*is read from"):
        analyzer.select_units(["u6", "u2"]).save_as(format, folder, overwrite=True)

    assert_same_analyzer(nbl.load(write_binary(tmp_path / "twin")), analyzer)
    assert_only(tmp_path, "small.zarr", "twin")


def test_a_system_that_cannot_swap_two_names_replaces_them_in_two_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("nb_autolabel.analyzer.atomic_write._exchange", lambda one, other: False)

    analyzer = nbl.load(write_binary(tmp_path / "small"))
    (tmp_path / "empty").mkdir()
    write_binary(tmp_path / "old")

    for name in ("empty", "old"):
        analyzer.select_units(["u1"]).save_as("binary_folder", tmp_path / name, overwrite=True)
        assert nbl.load(tmp_path / name).get_num_units() == 1
    assert_only(tmp_path, "empty", "old", "small")


@pytest.mark.parametrize("format", FORMATS)
def test_slim_leaves_out_what_is_stored_per_spike_and_is_far_smaller(format: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    np.save(
        folder / "extensions/waveforms/waveforms.npy", np.random.default_rng(1).normal(size=(24, 5000, 2))
    )
    analyzer = nbl.load(folder)

    whole = analyzer.save_as(format, tmp_path / "whole.zarr")
    slim = analyzer.save_as(format, tmp_path / "slim.zarr", slim=True)

    gone = {"waveforms", "principal_components", "spike_amplitudes", "spike_locations"}
    assert set(whole.extension_names) - set(slim.extension_names) == gone
    assert gone | {"amplitude_scalings"} == set(BULKY)
    assert size_of(tmp_path / "slim.zarr") < size_of(tmp_path / "whole.zarr") / 10
    np.testing.assert_array_equal(slim.spikes, analyzer.spikes)
    np.testing.assert_array_equal(slim.get_templates(), analyzer.get_templates())
    assert_same_value(analyzer.get_metrics_extension_data(), slim.get_metrics_extension_data(), "metrics")


@pytest.mark.parametrize("format", FORMATS)
def test_a_progress_bar_appears_for_large_copies_only(
    format: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    analyzer = nbl.load(write_binary(tmp_path / "small"))

    analyzer.save_as(format, tmp_path / "quiet")
    assert capsys.readouterr().err == ""

    monkeypatch.setattr("nb_autolabel.analyzer.saving.BAR_FROM", 100)
    analyzer.save_as(format, tmp_path / "bar")
    shown = capsys.readouterr().err
    assert "saving" in shown
    assert "100%" in shown

    analyzer.save_as(format, tmp_path / "none", progress_bar=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("wrong", ["csv", "memory", "", None])
def test_a_format_that_cannot_be_written_is_told(wrong: Any, tmp_path: Path):
    with pytest.raises(UnknownFormatError, match=r"cannot be written\. Use 'zarr' or 'binary_folder'"):
        nbl.demo_analyzer().save_as(wrong, tmp_path / "saved")
    with pytest.raises(UnknownFormatError, match="save_as needs a folder"):
        nbl.demo_analyzer().save_as("zarr")
    assert_only(tmp_path)


def test_files_are_as_readable_as_other_files_of_the_user(tmp_path: Path):
    if not hasattr(os, "umask"):
        pytest.skip("this system has no umask")
    (tmp_path / "mine").mkdir()
    nbl.load(write_binary(tmp_path / "small")).save_as("zarr", tmp_path / "saved")

    assert (tmp_path / "saved.zarr").stat().st_mode == (tmp_path / "mine").stat().st_mode
