"""A saved page says which recording it is of, and when it was recorded and labeled."""

import datetime as dt

import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.page_heading import heading, recording_day, recording_name

NOW = dt.datetime(2024, 5, 31, 14, 5)


class _Described:
    """As much of an analyzer as a heading asks for."""

    def __init__(self, folder, annotations=None, attributes=None):
        self.folder = folder
        self.source = self
        self.origin = self
        self.location = folder
        self.header = self
        self.annotations = annotations or {}
        self.recording_attributes = attributes or {}

    def get_num_units(self):
        return 7


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("/home/anna/mouse3_g0/analyzer.zarr", "mouse3_g0/analyzer.zarr"),
        ("/home/anna/mouse3.zarr", "mouse3.zarr"),
        ("/data/mouse3/kilosort4", "mouse3/kilosort4"),
        ("C:\\data\\mouse3\\sorting_analyzer", "mouse3/sorting_analyzer"),
        ("https://host/data/mouse%203/analyzer.zarr?key=1", "mouse 3/analyzer.zarr"),
        ("s3://bucket/session.zarr", "session.zarr"),
        ("analyzer", "analyzer"),
        (None, "7 units"),
    ],
)
def test_a_recording_is_named_by_its_folder_and_never_by_a_whole_path(folder, name):
    assert recording_name(_Described(folder)) == name


@pytest.mark.parametrize(
    ("described", "day"),
    [
        (_Described("/x/2024-05-01_mouse3/analyzer.zarr"), "2024-05-01"),
        (_Described("/x/mouse3_20240501_g0.zarr"), "2024-05-01"),
        (
            _Described("/x/a.zarr", annotations={"session_start_time": "2023-12-24T10:00:00+01:00"}),
            "2023-12-24",
        ),
        (_Described("/x/a.zarr", attributes={"annotations": {"date": "2022.01.02"}}), "2022-01-02"),
        (_Described("/x/20249901.zarr"), ""),
        (_Described("/x/1202405011.zarr"), ""),
        (_Described("/x/a.zarr", annotations={"date": 20240501}), ""),
        (_Described(None), ""),
    ],
)
def test_the_day_is_the_written_one_or_that_in_the_name_and_else_none(described, day):
    assert recording_day(described) == day


def test_title_and_heading_of_a_page_name_recording_and_day(tmp_path):
    found = heading("Bombcell", _Described("/x/2024-05-01_mouse3.zarr"), NOW)
    assert found.title == "Bombcell: 2024-05-01_mouse3.zarr, recorded 2024-05-01"
    assert heading("Bombcell", _Described("/x/m.zarr"), NOW).title == "Bombcell: m.zarr, labels of 2024-05-31"
    assert heading("Bombcell", _Described("/x/m.zarr"), NOW).saved == "2024-05-31 14:05"
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    text = labeler.save_html(tmp_path / "labels.html").read_text(encoding="utf-8")
    assert "<title>Bombcell: demo.zarr.zip, labels of 20" in text
    assert "width=device-width, initial-scale=1" in text
    selected = nbl.demo_analyzer().select_units(["1", "2"])
    assert recording_name(selected) == "demo.zarr.zip"
    labeler.close()
