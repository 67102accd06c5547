"""Limits are kept in the journal like labels, and are back when the same method is opened again."""

import json
import warnings
from types import SimpleNamespace

import pytest

import nb_autolabel as nbl
from nb_autolabel.export.journal import Journal
from nb_autolabel.export.journal_limits import KeptLimits, kept_limits
from nb_autolabel.session.kept_limits import told_elsewhere
from nb_autolabel.session.live_unitrefine import LiveUnitRefine

SIMPLE = {"snr": {"min": 5}, "firing_rate": {"min": 0.1}}


@pytest.fixture(scope="module")
def analyzer():
    return nbl.demo_analyzer()


def bombcell(analyzer, path, **options):
    with told_elsewhere():
        return nbl.LiveBombcell(analyzer, journal=path, **options)


def test_limits_are_back_with_a_line_that_says_so_and_reset_starts_from_the_defaults(analyzer, tmp_path):
    path = tmp_path / "kept.jsonl"
    live = bombcell(analyzer, path)
    assert live.restored == ""
    live.set_limit("snr", min=7.5)
    live.set_limit("amplitude_cutoff", max=None)
    live.set_nan_policy("snr", "pass")
    live.override("4", "noise")
    with pytest.warns(
        UserWarning, match="3 changes of the limits are back as they were left on 2.*kept.jsonl"
    ):
        again = nbl.LiveBombcell(analyzer, journal=path)
    assert again.rule_set == live.rule_set
    assert again.counts == live.counts
    assert again.labels.loc["4", "label"] == "noise"
    again.reset()
    again.set_nan_policy("snr", again.session.defaults["mua/snr"].nan)
    fresh = nbl.LiveBombcell(analyzer, journal=path)
    assert fresh.restored == ""
    assert fresh.rule_set == fresh.session.defaults
    assert fresh.labels.loc["4", "label"] == "noise"


def test_what_is_put_back_can_be_undone(analyzer, tmp_path):
    live = bombcell(analyzer, tmp_path / "kept.jsonl")
    live.set_limit("snr", min=7.5)
    again = bombcell(analyzer, tmp_path / "kept.jsonl")
    assert again.undo()
    assert again.rule_set == again.session.defaults


def test_limits_of_another_start_or_method_are_left_alone(analyzer, tmp_path):
    path = tmp_path / "kept.jsonl"
    bombcell(analyzer, path).set_limit("snr", min=7.5)
    thresholds = nbl.bombcell_get_default_thresholds()
    thresholds["mua"]["snr"]["min"] = 6
    for other in (
        nbl.LiveBombcell(analyzer, thresholds, journal=path),
        nbl.LiveBombcell(analyzer, preset="allen", journal=path),
        nbl.LiveThresholds(analyzer, SIMPLE, journal=path),
    ):
        assert other.restored == ""
        assert other.rule_set == other.session.defaults
    assert "1 change of the limits is back" in bombcell(analyzer, path).restored


def test_options_and_criteria_that_were_added_or_removed_are_back_too(analyzer, tmp_path):
    path = tmp_path / "kept.jsonl"
    live = nbl.LiveThresholds(analyzer, SIMPLE, journal=path)
    live.add("num_spikes", min=100)
    live.remove("firing_rate")
    live.set_option("operator", "or")
    with told_elsewhere():
        again = nbl.LiveThresholds(analyzer, SIMPLE, journal=path)
    assert again.rule_set == live.rule_set
    assert again.method.options == live.method.options
    preset = bombcell(analyzer, path)
    preset.set_option("preset", "allen")
    assert bombcell(analyzer, path).rule_set == preset.rule_set


def test_what_was_accepted_adapted_and_told_is_back_with_the_same_labels(analyzer, tmp_path):
    """Options that are no plain values too: a line that cannot be read would be taken for damage."""
    path = tmp_path / "kept.jsonl"
    live = LiveUnitRefine(analyzer, journal=path)
    ids = analyzer.unit_ids.tolist()
    live.override({unit: "mua" if at % 3 else "noise" for at, unit in enumerate(ids[:20])})
    live.accept(0.1, "noise or not", safe=0.5)
    live.set_option("noise_share", 0.2)
    live.set_option("adapted", True)
    live.override(ids[20], "good")
    with told_elsewhere():
        again = LiveUnitRefine(analyzer, journal=path)
    assert again.method.options == live.method.options
    assert len(again.method.options["adapted"]) == 20
    assert again.labels.equals(live.labels)
    assert again.accepted == live.accepted
    assert "3 changes of the limits are back" in again.restored
    assert [file.name for file in tmp_path.iterdir()] == ["kept.jsonl"]
    again.set_option("adapted", False)
    again.accept(None)
    with told_elsewhere():
        third = LiveUnitRefine(analyzer, journal=path)
    assert third.accepted is None
    assert not third.adapting.is_adapted
    assert third.labels.equals(again.labels)


@pytest.mark.parametrize(
    "options",
    [
        {"adapted": [["no such unit", "mua"]]},
        {"adapted": [["0", "whatever"]]},
        {"adapted": "mua"},
        {"adapted": True},
        {"accept": {"error": 7, "question": "label"}},
        {"accept": {"error": None, "question": "label"}},
        {"accept": "always"},
        {"noise_share": "much"},
    ],
)
def test_options_in_a_journal_that_cannot_be_change_nothing_and_are_said(analyzer, tmp_path, options):
    path = tmp_path / "kept.jsonl"
    live = LiveUnitRefine(analyzer, journal=path)
    live.accept(0.1, "label")
    line = json.loads(path.read_text(encoding="utf-8").splitlines()[-1])
    path.write_text(json.dumps({**line, "options": options}) + "\n", encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = LiveUnitRefine(analyzer, journal=path)
    assert again.accepted is None
    assert again.noise_share is None
    assert not again.adapting.is_adapted


def test_without_a_journal_nothing_is_kept(analyzer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    nbl.LiveBombcell(analyzer, journal=None).set_limit("snr", min=7.5)
    assert list(tmp_path.iterdir()) == []


def test_a_script_that_names_no_journal_gives_the_same_labels_again_and_a_notebook_goes_on(
    analyzer, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    nbl.LiveBombcell(analyzer).set_limit("snr", min=7.5)
    assert list(tmp_path.iterdir()) == []
    pytest.importorskip("IPython")
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=object()))
    bombcell(analyzer, "auto").set_limit("snr", min=7.5)
    assert bombcell(analyzer, "auto").rule_set["mua/snr"].min == 7.5


def test_a_limit_can_be_moved_where_nothing_can_be_written(analyzer, tmp_path):
    (tmp_path / "file").write_text("")
    live = nbl.LiveBombcell(analyzer, journal=tmp_path / "kept.jsonl")
    (tmp_path / "kept.jsonl").mkdir()
    with pytest.warns(UserWarning, match="Limits are not kept"):
        live.set_limit("snr", min=7.5)
    live.set_limit("snr", min=8.0)
    assert live.rule_set["mua/snr"].min == 8.0


def test_lines_of_limits_are_no_labels_and_no_damage(tmp_path):
    journal = Journal(tmp_path / "j.jsonl", ["a", "b"])
    journal.add("a", "mua")
    journal.keep_limits(
        KeptLimits("bombcell", "s", journal.fingerprint, "2026-01-01", {"mua/snr": (5.0, None)})
    )
    journal.add("b", "good")
    again = Journal(tmp_path / "j.jsonl", ["a", "b"])
    assert again.labels == {"a": "mua", "b": "good"}
    assert again.limits["bombcell", "s"].limits == {"mua/snr": (5.0, None)}
    assert [file.name for file in tmp_path.iterdir()] == ["j.jsonl"]


@pytest.mark.parametrize("between", [b"\r", b"", b"\r\n"])
def test_limits_and_labels_are_read_whatever_became_of_the_line_breaks(tmp_path, between):
    path = tmp_path / "j.jsonl"
    journal = Journal(path, ["a", "b"])
    journal.add("a", "mua")
    journal.keep_limits(
        KeptLimits("bombcell", "s", journal.fingerprint, "2026-01-01", {"mua/snr": (5.0, None)})
    )
    journal.add("b", "good")
    path.write_bytes(path.read_bytes().replace(b"\n", between))
    again = Journal(path, ["a", "b"])
    assert again.labels == {"a": "mua", "b": "good"}
    assert again.limits["bombcell", "s"].limits == {"mua/snr": (5.0, None)}
    assert [file.name for file in tmp_path.iterdir()] == ["j.jsonl"]


@pytest.mark.parametrize(
    "change",
    [
        {"limits": {"snr": [1]}},
        {"limits": {"snr": [True, None]}},
        {"limits": {"snr": ["5", None]}},
        {"limits": {"snr": [float("nan"), None]}},
        {"limits": {"snr": [10**400, None]}},
        {"limits": []},
        {"missing": {"snr": "perhaps"}},
        {"missing": {"snr": ["fail"]}},
        {"options": {"preset": {"a": 1}}},
        {"options": {"accept": {"error": [1]}}},
        {"options": {"accept": [1]}},
        {"options": {"adapted": [["1"]]}},
        {"options": {"adapted": [["1", {}]]}},
        {"removed": [1]},
        {"method": 3},
        {"kind": "labels"},
    ],
)
def test_a_line_that_is_not_what_limits_can_be_holds_none(change):
    right = json.loads(KeptLimits("bombcell", "s", "u", "t", {"snr": (5.0, None)}).line)
    assert kept_limits(json.dumps(right).encode()) is not None
    assert kept_limits(json.dumps({**right, **change}).encode()) is None
    assert kept_limits(b'{"limits": ' + b"[" * 100_000) is None


def test_limits_that_do_not_fit_any_more_change_nothing_and_are_said(analyzer, tmp_path):
    path = tmp_path / "kept.jsonl"
    live = bombcell(analyzer, path)
    live.set_limit("snr", min=7.5)
    text = path.read_text()
    assert "mua/snr" in text
    path.write_text(text.replace("mua/snr", "mua/gone"))
    again = bombcell(analyzer, path)
    assert "do not fit this method any more" in again.restored
    assert again.rule_set == again.session.defaults
