"""What was read is kept: opening again reads only what changed, and nothing in the folder can do harm."""

import shutil
import warnings

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cohort import running
from nb_autolabel.cohort.cache import Cache
from nb_autolabel.cohort.fingerprint import fingerprint_of
from nb_autolabel.cohort.opened import CACHE
from nb_autolabel.cohort.reading import read_recording

from .cohorts import dask, study, study_made

__all__ = ["study", "study_made"]
pytest.importorskip("pyarrow", reason="pyarrow is not installed (nb_autolabel[cohort])")


@pytest.fixture
def reads(monkeypatch):
    """Paths of the recordings that are really read."""
    seen = []
    real = running.read_recording

    def counted(path, *more):
        seen.append(str(path))
        return real(path, *more)

    monkeypatch.setattr(running, "read_recording", counted)
    return seen


def opened(study, **more):
    return nbl.Cohort(study, **{"scheduler": "one", "progress": False, **more})


def same(one, other):
    assert one.names == other.names
    for a, b in zip(one.readings, other.readings, strict=True):
        assert a.metrics.index.tolist() == b.metrics.index.tolist()
        pd.testing.assert_frame_equal(a.metrics.reset_index(drop=True), b.metrics.reset_index(drop=True))
        np.testing.assert_array_equal(a.templates, b.templates)
        np.testing.assert_array_equal(a.times_ms, b.times_ms)
        for name in ("format", "settings", "version", "voltage", "voltage_reason", "renamed", "notes"):
            assert getattr(a, name) == getattr(b, name)
        np.testing.assert_equal(a.sampling_frequency, b.sampling_frequency)
        assert {k: v.tolist() for k, v in a.texts.items()} == {k: v.tolist() for k, v in b.texts.items()}


def test_a_second_opening_reads_nothing_and_has_the_same(study, reads):
    first = opened(study)
    assert len(reads) == 3
    second = opened(study)
    assert len(reads) == 3
    same(first, second)
    assert first.labels.equals(second.labels)
    assert len(list((study / CACHE).glob("*.parquet"))) == 3


def test_a_kilosort_folder_and_tables_come_back_with_their_words(tmp_path, reads):
    nbl.demo_kilosort_folder(tmp_path / "data" / "ks")
    table = nbl.demo_analyzer().get_metrics_extension_data().rename_axis("unit_id")
    table.assign(curator="good").to_csv(tmp_path / "data" / "units.csv")
    table.rename(columns={"snr": "signalToNoiseRatio", "num_positive_peaks": "nPeaks"}).to_csv(
        tmp_path / "data" / "bc.csv"
    )
    sources = [tmp_path / "data" / name for name in ("ks", "units.csv", "bc.csv")]
    first = opened(sources)
    many = len(reads)
    assert not len(first.problems)
    same(first, opened(sources))
    assert len(reads) == many
    assert set(first.readings[1].texts["curator"]) == {"good"}
    assert first.readings[2].renamed


@pytest.mark.parametrize("what", ["in place", "replaced", "metadata"])
@pytest.mark.parametrize("layout", ["zarr", "binary_folder"])
def test_only_a_recording_that_was_computed_again_is_read_again(study, reads, layout, what):
    opened(study)
    del reads[:]
    place = study / ("m1/day1/sorted.zarr" if layout == "zarr" else "m1/day2/sorted")
    metrics = place / "extensions" / "quality_metrics"
    target = metrics / "metrics.csv" if layout == "binary_folder" else metrics / "metrics" / "snr" / "0"
    if what == "in place":
        content = target.read_bytes()
        target.write_bytes(content + b"\n" if layout == "binary_folder" else content)
    elif what == "replaced":
        shutil.copy(target, target.with_suffix(".new"))
        target.with_suffix(".new").replace(target)
    else:
        top = place / (".zmetadata" if layout == "zarr" else "spikeinterface_info.json")
        top.write_bytes(top.read_bytes() + b" ")
    opened(study)
    assert reads == [str(place)]


def test_what_is_not_read_of_a_recording_does_not_matter(study, reads):
    opened(study)
    del reads[:]
    (study / "m1/day1/notes.txt").write_text("a good day")
    (study / "m1/day2/sorted/extensions/anything").mkdir()
    opened(study)
    assert reads == []


def test_a_broken_recording_is_tried_again_every_time(study, reads):
    shutil.rmtree(study / "m1/day1/sorted.zarr/sorting/unit_ids")
    opened([study / "m1/day1/sorted.zarr", study / "m1/day2"])
    broken = str(study / "m1/day1/sorted.zarr")
    del reads[:]
    cohort = opened([broken, study / "m1/day2"])
    assert str(study / "m1/day2/sorted") not in reads
    assert len(cohort.problems) == 1


@pytest.mark.parametrize("scheduler", ["one", "threads"])
def test_a_run_that_was_killed_goes_on_where_it_stood(study, monkeypatch, scheduler):
    """What stops a process between two recordings is stood for by an exception that nothing catches."""
    if scheduler == "threads":
        dask()
    real, done = running.read_recording, []

    def killed(path, *more):
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(path)
        return real(path, *more)

    import contextlib

    monkeypatch.setattr(running, "read_recording", killed)
    if scheduler == "threads":
        import dask as library

        with contextlib.suppress(KeyboardInterrupt), library.config.set(num_workers=1):
            opened(study, scheduler=scheduler)
    else:
        with pytest.raises(KeyboardInterrupt):
            opened(study)
    again = []
    monkeypatch.setattr(
        running, "read_recording", lambda path, *more: again.append(path) or real(path, *more)
    )
    assert opened(study).names == ["m1/day1", "m1/day2", "m2/day1"]
    assert len(done) == 2
    assert len(again) == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PAR1",
        b"PAR1" + b"\0" * 100 + b"PAR1",
        b"\x80\x04cos\nsystem\n",
        "truncated",
        "other",
        "no metadata",
    ],
)
def test_a_damaged_or_foreign_file_of_the_cache_is_read_anew_and_replaced(study, reads, content):
    first = opened(study)
    files = sorted((study / CACHE).glob("*.parquet"))
    if content == "truncated":
        files[0].write_bytes(files[0].read_bytes()[:-50])
    elif content == "other":
        shutil.copy(files[1], files[0])
    elif content == "no metadata":
        pd.DataFrame({"unit_id": [1], "metric snr": ["a"]}).to_parquet(files[0])
    else:
        files[0].write_bytes(content)
    del reads[:]
    same(first, opened(study))
    assert len(reads) == 1
    opened(study)
    assert len(reads) == 1


def test_a_link_in_place_of_a_file_of_the_cache_is_not_followed(study, tmp_path, reads):
    first = opened(study)
    file = min((study / CACHE).glob("*.parquet"))
    thesis = tmp_path / "thesis.txt"
    thesis.write_text("mine")
    file.unlink()
    file.symlink_to(thesis)
    del reads[:]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        same(first, opened(study))
    assert len(reads) == 1
    assert thesis.read_text() == "mine"


def test_the_cache_can_be_deleted_moved_or_forbidden(study, tmp_path, reads):
    first = opened(study)
    shutil.rmtree(study / CACHE)
    same(first, opened(study))
    opened(study, cache=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 3
    shutil.rmtree(study / CACHE)
    opened(study, cache=False)
    assert not (study / CACHE).exists()


def test_where_nothing_can_be_kept_it_is_said_once_and_everything_else_works(study, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.warns(UserWarning, match="not kept in") as caught:
        cohort = opened(study, cache=tmp_path / "file")
    assert len(caught) == 1
    assert len(cohort.names) == 3
    assert (tmp_path / "file").read_text() == "mine"


def test_a_reading_is_kept_with_the_state_from_before_it_was_read(study, tmp_path):
    """Else a recording that is written while it is read would be taken for what it is now."""
    place = str(study / "m1/day1/sorted.zarr")
    cache = Cache(tmp_path / "kept")
    before = fingerprint_of(place)
    cache.put(place, before, read_recording(place))
    assert cache.get(place, before) is not None
    (study / "m1/day1/sorted.zarr/.zmetadata").touch()
    assert fingerprint_of(place) != before
    assert cache.get(place, fingerprint_of(place)) is None
    assert cache.get(place, "") is None


def test_no_half_written_file_is_left(study):
    opened(study)
    assert all(file.suffix == ".parquet" for file in (study / CACHE).iterdir())
