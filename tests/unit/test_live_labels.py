"""What a labeler can do works without any widget, and everything that is derived can be observed."""

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError, RuleError, SelectionError


@pytest.fixture
def live(tmp_path):
    return nbl.LiveBombcell(nbl.demo_analyzer(), journal=tmp_path / "labels.jsonl")


def test_labels_export_report_and_the_command_line_import_no_widget(in_fresh_python, tmp_path):
    in_fresh_python(
        f"""
        import sys
        import nb_autolabel as nbl
        from nb_autolabel.cli import main
        live = nbl.LiveBombcell(nbl.demo_analyzer(), journal={str(tmp_path / "j.jsonl")!r})
        told = []
        live.observe(told.append, names=["labels", "counts"])
        live.set_limit("snr", min=8)
        unit = live.labels.index[live.labels["label"] == "good"][0]
        live.override(unit, "noise", note="seen")
        assert live.explain(unit).label == "noise"
        live.sensitivity(), live.missing_values(), live.methods_text(), live.to_code(keep="good")
        assert live.select_units(keep="good").get_num_units() == live.counts["good"]
        live.export({str(tmp_path / "labels.csv")!r})
        assert live.undo() and live.undo() and not live.undo()
        assert len(told) == 8, len(told)
        nbl.LiveThresholds(nbl.demo_analyzer(), {{"snr": {{"min": 5}}}}, journal=None).counts
        nbl.LiveUnitRefine(nbl.demo_analyzer(), journal=None).labels["probability"]
        nbl.demo_analyzer().save_as(format="zarr", folder={str(tmp_path / "a.zarr")!r})
        assert main(["label", {str(tmp_path / "a.zarr")!r}]) == 0
        assert main(["report", {str(tmp_path / "a.zarr")!r}, {str(tmp_path / "r.html")!r}]) == 0
        widgets = {{"ipywidgets", "anywidget", "bqplot", "IPython"}} & set(sys.modules)
        assert not widgets, widgets
        """
    )


def test_live_labels_say_what_the_labeler_and_the_function_say(live):
    labeler = nbl.BombcellLabeler(live.analyzer, journal=None)
    assert live.labels.equals(labeler.labels)
    assert live.labels.equals(nbl.bombcell_label_units(live.analyzer))
    assert live.to_code() == labeler.to_code()
    labeler.close()


def test_an_observer_is_told_the_old_and_the_new_and_only_of_what_has_changed(live):
    told = []
    live.observe(told.append, names="labels")
    before = live.labels
    live.set_limit("snr", min=8)
    live.set_limit("snr", min=8)
    assert len(told) == 1
    change = told[0]
    assert (change["name"], change["owner"]) == ("labels", live)
    assert change["old"].equals(before)
    assert change["new"].equals(live.labels)
    live.unobserve(told.append, names="labels")
    live.undo()
    assert len(told) == 1


def test_each_derived_property_is_observed_by_its_name(live):
    told = []
    live.observe(
        lambda change: told.append(change["name"]),
        names=["labels", "counts", "thresholds", "overrides", "selection"],
    )
    live.selection = [live.analyzer.unit_ids[3]]
    assert told == ["selection"]
    told.clear()
    live.override(live.analyzer.unit_ids[3], "axon")
    assert set(told) == {"labels", "counts", "overrides"}
    told.clear()
    live.set_limit("num_spikes", min=301)
    assert "thresholds" in told


def test_labelers_and_workbenches_are_observed_the_same_way_and_a_workbench_tells_of_its_open_tab(tmp_path):
    bench = nbl.Workbench(nbl.demo_analyzer(), journal=tmp_path / "labels.jsonl")
    told = []
    bench.observe(lambda change: told.append(change["new"]), names="counts")
    bench.labelers["bombcell"].set_limit("snr", min=9)
    assert told[-1] == bench.labelers["bombcell"].counts
    bench.labelers["thresholds"].set_limit("snr", min=2)
    assert len(told) == 1
    bench.selected_index = 0
    assert told[-1] == bench.labelers["thresholds"].counts
    of_one = []
    bench.labelers["unitrefine"].observe(of_one.append, names="labels")
    bench.labelers["unitrefine"].thresholds = {"noise": {"noise_probability": {"max": 0.01}}}
    assert len(of_one) == 1
    bench.close()


def test_one_limit_is_set_and_the_other_stays(live):
    live.set_limit("peak_to_trough_duration", max=0.001)
    criterion = live.rule_set["noise/peak_to_trough_duration"]
    assert (criterion.min, criterion.max) == (0.0001, 0.001)
    live.set_limit("snr", min=None)
    assert live.rule_set["snr"].min is None
    with pytest.raises(RuleError, match="Did you mean"):
        live.set_limit("snrr", min=3)


def test_errors_are_those_of_the_labeler(live):
    with pytest.raises(SelectionError, match="Did you mean 'good'"):
        live.select_units(keep="goood")
    with pytest.raises(LabelsError, match="say which label"):
        live.override("3")


def test_live_labels_labelers_and_sessions_of_one_journal_see_each_others_labels(live):
    labeler = nbl.BombcellLabeler(live.analyzer, journal=live.hand.journal.path)
    session = nbl.LabelingSession(live.analyzer, live.hand.journal.path)
    told = []
    live.observe(told.append, names="overrides")
    session.label("5", "noise")
    labeler.override("6", "mua")
    assert live.overrides["label"].to_dict() == {"5": "noise", "6": "mua"}
    assert len(told) == 2
    live.clear_override("5")
    assert session.labels["label"].to_dict() == {"6": "mua"}
    for each in (labeler, session, live):
        each.close()
    with pytest.raises(LabelsError, match="closed"):
        live.override("7", "noise")
