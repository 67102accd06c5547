"""The tab of recordings in labelers of a cohort: what the kernel sends of it."""

import base64
import gzip
import json
import re

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from tests.unit.cohorts import metrics_of

NAMES = ["r10", "r2", "r1", "r3", "r4", "r5", "r6", "r7"]
LIMITS = {"snr": {"min": 5}, "firing_rate": {"min": 0.1}}


def table():
    """Eight recordings of two mice, one of them with low signal-to-noise ratios."""
    parts = []
    for at, name in enumerate(NAMES):
        part = metrics_of(at, units=60 + at).reset_index()
        if name == "r2":
            part["snr"] *= 0.3
        parts.append(part.assign(recording=name, mouse=f"m{1 + at % 2}"))
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="module")
def cohort():
    return nbl.Cohort(table())


MAKERS = {
    "bombcell": lambda units: nbl.BombcellLabeler(units, journal=None),
    "threshold": lambda units: nbl.ThresholdLabeler(units, LIMITS, journal=None),
    "unitrefine": lambda units: nbl.UnitRefineLabeler(units, journal=None),
}


@pytest.fixture(params=list(MAKERS))
def make(request):
    made = []

    def labeler(units):
        made.append(MAKERS[request.param](units))
        return made[-1]

    yield labeler
    for each in made:
        each.close()


@pytest.fixture
def labeler(cohort):
    made = MAKERS["bombcell"](cohort)
    yield made
    made.close()


def counts_by_recording(view, codes, labels):
    """Units of each label in each recording, as the browser counts them."""
    of = np.frombuffer(view._recording_of, dtype="<i4")
    return {
        label: np.bincount(of[codes == code], minlength=len(view._names)).tolist()
        for code, label in enumerate(labels)
    }


def test_a_labeler_of_a_cohort_begins_with_recordings_whatever_the_method(make, cohort):
    tabs = make(cohort).parts["_tabs"]
    assert tabs.titles[0] == "Recordings"
    assert tabs.children[0]._kind == "recordings"


def test_a_labeler_of_one_recording_has_no_such_tab(make):
    labeler = make(nbl.demo_analyzer())
    assert "recordings" not in labeler.parts
    assert "Recordings" not in labeler.parts["_tabs"].titles


def test_counts_at_the_defaults_are_those_of_the_table_of_sessions(make, cohort):
    labeler = make(cohort)
    view, sessions = labeler.view("recordings"), cohort.sessions_for(labeler)
    assert view._names == list(sessions.index)
    for label in labeler.trace.names:
        assert view._default_counts[label] == sessions[label].tolist()
    assert view._stands_out == sessions["stands_out"].tolist()


def test_units_are_of_the_recordings_that_their_ids_name(labeler):
    view = labeler.view("recordings")
    names = [view._names[at] for at in np.frombuffer(view._recording_of, dtype="<i4")]
    assert names == [unit.split("/")[0] for unit in labeler.analyzer.unit_ids.tolist()]


def test_what_the_browser_counts_is_the_table_of_sessions_also_after_a_limit_moved(labeler, cohort):
    labeler.set_limit("mua/snr", min=9)
    view, sessions = labeler.view("recordings"), cohort.sessions_for(labeler)
    counted = counts_by_recording(view, labeler.trace.codes, labeler.trace.names)
    assert counted == {label: sessions[label].tolist() for label in labeler.trace.names}
    assert view._default_counts != counted


def test_the_recording_that_was_bent_stands_out_with_the_reason(labeler):
    view = labeler.view("recordings")
    said = dict(zip(view._names, view._stands_out, strict=True))
    assert "snr" in said["r2"]


def test_another_preset_brings_other_defaults(labeler, cohort):
    view = labeler.view("recordings")
    before = dict(view._default_counts)
    labeler.live.set_option("label_non_somatic", False)
    assert set(before) - set(view._default_counts) == {"non_soma"}
    sessions = cohort.sessions_for(labeler)
    assert view._default_counts == {label: sessions[label].tolist() for label in labeler.trace.names}


def test_recordings_that_could_not_be_read_are_rows_with_the_problem(tmp_path):
    """Their place shifts those of the others."""
    demo = nbl.demo_analyzer()
    demo.select_units(demo.unit_ids[:6]).save_as("zarr", tmp_path / "good.zarr", slim=True)
    places = pd.DataFrame(
        {
            "path": [str(tmp_path / "gone.zarr"), str(tmp_path / "good.zarr")],
            "day": pd.to_datetime(["2024-03-01", None]),
            "depth": [1.5, np.nan],
        }
    )
    labeler = nbl.BombcellLabeler(
        nbl.Cohort(places, scheduler="one", cache=False, progress=False), journal=None
    )
    view = labeler.view("recordings")
    assert np.frombuffer(view._recording_of, dtype="<i4").tolist() == [1] * 6
    assert [bool(text) for text in view._problems] == [True, False]
    assert view._columns == [
        {"title": "day", "values": ["2024-03-01", None]},
        {"title": "depth", "values": [1.5, None]},
    ]
    labeler.close()


def test_a_metric_that_most_recordings_lack_is_not_said_of_each():
    frame = table().drop(columns="snr")
    frame.loc[frame["recording"] == "r1", "num_spikes"] = np.nan
    labeler = nbl.BombcellLabeler(nbl.Cohort(frame), journal=None)
    view = labeler.view("recordings")
    said = dict(zip(view._names, view._lacking, strict=True))
    assert {name for name, text in said.items() if text} == {"r1"}
    labeler.close()


def test_a_saved_page_has_the_view_as_its_first_tab(labeler, tmp_path):
    page = labeler.save_html(tmp_path / "page.html").read_text(encoding="utf-8")
    packed = re.search(r"id='nbl-state'>([^<]*)<", page)[1]
    state = json.loads(gzip.decompress(base64.b64decode(packed)))
    assert state["tabs"][0] == ["recordings", "Recordings"]
    assert state["views"]["recordings"]["state"]["_names"] == NAMES
