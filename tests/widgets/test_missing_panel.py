"""The button in the tab "Missing": in the background, with progress, cancelled, refused; the labeler follows."""

from __future__ import annotations

import asyncio
import threading
from types import SimpleNamespace

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import MissingDependencyError
from nb_autolabel.widgets.page import own_state

from ..kilosort_folder import make_kilosort_folder
from ..unit.test_computing_live import NOISE, with_metrics


class Made:
    """A computation that gives columns at once, or waits between its two steps until it is let go."""

    version = "0.105.3"

    def __init__(self, analyzer, columns, *, error=None, waits=False):
        self.analyzer, self.columns, self.error = analyzer, columns, error
        self.begun, self.go = threading.Event(), threading.Event()
        if not waits:
            self.go.set()
        self.failed = {}
        self.plan = SimpleNamespace(
            computations=tuple(columns),
            steps=["first", "second"],
            columns=frozenset(columns),
            left_out_in_words=lambda: "Not computed: snr needs a recording.",
        )

    def __call__(self, on_step):
        on_step("first", 1, 3)
        self.begun.set()
        assert self.go.wait(30)
        on_step("second", 2, 3)
        if self.error:
            raise self.error
        on_step("", 3, 3)
        return with_metrics(self.analyzer, **self.columns)


@pytest.fixture
def kilosort(tmp_path):
    return nbl.load(make_kilosort_folder(tmp_path / "ks").folder)


@pytest.fixture
def labeler(kilosort):
    made = nbl.BombcellLabeler(kilosort, journal=None)
    yield made
    made.close()


def prepare(monkeypatch, labeler, run):
    monkeypatch.setattr(labeler.live, "prepare_missing", lambda recording=None: run)
    return run


def ask(panel, **content):
    """Send a message as the browser does, and return the answer."""
    answers = []
    panel.send = lambda content, buffers=None: answers.append(content)
    panel._on_message(panel, {"request": 1, **content}, [])
    return answers[0]


def wait(panel):
    background = panel.background
    if background is not None:
        assert background.join(30)


def test_the_panel_says_what_is_missing(labeler):
    panel = labeler.view("gaps")
    assert "snr" in panel._computing["lacking"]
    assert not panel._computing["running"]


def test_nothing_is_offered_where_nothing_is_missing_or_there_is_only_a_table():
    demo = nbl.BombcellLabeler(nbl.demo_analyzer(), journal=None)
    assert demo.view("gaps")._computing["lacking"] == ""
    table = nbl.demo_analyzer().get_metrics_extension_data()[["snr", "num_spikes"]]
    assert nbl.BombcellLabeler(table, journal=None).view("gaps")._computing["lacking"] == ""


def test_a_click_computes_in_the_background_and_every_view_follows(labeler, monkeypatch):
    prepare(monkeypatch, labeler, Made(labeler.analyzer, NOISE))
    panel, engine = labeler.view("gaps"), labeler.engine
    labeler.set_limit("noise/num_negative_peaks", max=4)
    at = list(engine._keys).index("noise/num_positive_peaks")
    assert engine._missing[at]
    revision = engine._revision
    seen = []
    panel.observe(lambda change: seen.append(change["new"]), names="_computing")
    assert ask(panel, do="compute") == {"request": 1}
    wait(panel)
    assert [(now["done"], now["total"]) for now in seen if now["running"]][-1] == (2, 3)
    assert seen[-1]["said"].startswith("2 metrics were computed with SpikeInterface 0.105.3.")
    assert "Not computed: snr" in seen[-1]["said"]
    assert not seen[-1]["running"]
    assert not engine._missing[at]
    assert engine._revision > revision
    assert "peak_to_trough_duration" in engine.metric_names
    assert engine._axes[at] is not None
    assert labeler.labels["label"].tolist()[2] == "noise"
    assert labeler.thresholds["noise"]["num_negative_peaks"]["max"] == 4
    shown = [fields.criterion for _, fields, _ in labeler.view("histograms").shown()]
    assert "noise/num_positive_peaks" in shown
    assert labeler.undo()


def test_the_labels_follow_in_the_loop_it_was_started_in(labeler, monkeypatch):
    prepare(monkeypatch, labeler, Made(labeler.analyzer, NOISE))
    panel = labeler.view("gaps")
    where = []
    labeler.live.observe(lambda change: where.append(threading.current_thread()), names="analyzer")

    async def clicked():
        panel.ask("compute")
        while panel.background is not None:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(clicked(), 30))
    assert where == [threading.main_thread()]


def test_cancelling_takes_effect_before_the_next_step_and_changes_nothing(labeler, monkeypatch):
    run = prepare(monkeypatch, labeler, Made(labeler.analyzer, NOISE, waits=True))
    panel, labels = labeler.view("gaps"), labeler.labels
    ask(panel, do="compute")
    assert run.begun.wait(30)
    assert "already" in ask(panel, do="compute")["said"]
    background = panel.background
    ask(panel, do="cancel")
    assert "the step that has begun is finished first" in panel._computing["said"]
    run.go.set()
    assert background.join(30)
    assert panel._computing["said"] == "Cancelled: nothing was changed."
    assert labeler.labels.equals(labels)
    assert "num_positive_peaks" not in labeler.analyzer.metric_names
    # And again.
    prepare(monkeypatch, labeler, Made(labeler.analyzer, NOISE))
    ask(panel, do="compute")
    wait(panel)
    assert "num_positive_peaks" in labeler.analyzer.metric_names


def test_what_goes_wrong_is_said_and_nothing_changes(labeler, monkeypatch):
    panel, labels = labeler.view("gaps"), labeler.labels
    prepare(monkeypatch, labeler, Made(labeler.analyzer, NOISE, error=MemoryError("no room")))
    ask(panel, do="compute")
    wait(panel)
    assert panel._computing["failed"]
    assert panel._computing["said"] == "MemoryError: no room"
    assert labeler.labels.equals(labels)

    def refused(recording=None):
        raise MissingDependencyError("pip install 'nb_autolabel[compute]'")

    monkeypatch.setattr(labeler.live, "prepare_missing", refused)
    answer = ask(panel, do="compute")
    assert answer["error"]
    assert "nb_autolabel[compute]" in answer["said"]
    assert panel.background is None


@pytest.mark.parametrize("content", [{"do": "delete"}, {"do": 3}, {}, {"do": ["compute"]}])
def test_other_messages_are_refused(labeler, content):
    assert ask(labeler.view("gaps"), **content)["error"]


def test_metrics_computed_meanwhile_win(labeler, monkeypatch):
    run = prepare(monkeypatch, labeler, Made(labeler.analyzer, NOISE, waits=True))
    panel = labeler.view("gaps")
    ask(panel, do="compute")
    background = panel.background
    other = with_metrics(labeler.analyzer, snr=3.0)
    labeler.live.take_metrics(other)
    run.go.set()
    assert background.join(30)
    assert labeler.analyzer is other
    assert "meanwhile" in panel._computing["said"]


def test_a_labeler_that_is_closed_stops_computing(kilosort, monkeypatch):
    labeler = nbl.BombcellLabeler(kilosort, journal=None)
    run = prepare(monkeypatch, labeler, Made(kilosort, NOISE, waits=True))
    panel, live = labeler.view("gaps"), labeler.live
    ask(panel, do="compute")
    background = panel.background
    assert run.begun.wait(30)
    labeler.close()
    run.go.set()
    assert background.join(30)
    assert live.analyzer is kilosort


def test_all_methods_of_a_workbench_follow(kilosort):
    bench = nbl.Workbench(kilosort, journal=None)
    moved = bench.labelers["unitrefine"].view("moves")
    bench.labelers["bombcell"].live.take_metrics(with_metrics(kilosort, **NOISE))
    for labeler in bench.labelers.values():
        assert "num_positive_peaks" in labeler.engine.metric_names
        assert labeler.analyzer is bench.analyzer
    new = bench.labelers["unitrefine"].view("moves")
    assert new is not moved
    assert new in bench.labelers["unitrefine"].parts["_tabs"].children
    bench.close()


def test_a_saved_page_has_no_button(labeler, tmp_path):
    assert "_computing" not in own_state(labeler.view("gaps"))
    labeler.save_html(tmp_path / "page.html")
