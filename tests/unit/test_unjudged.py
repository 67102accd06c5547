"""Criteria that cannot be judged are said where labels are seen, and units that no rule could tell apart are unjudged."""

import json

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.errors import MissingMetricError, RuleError
from nb_autolabel.rules.methods import bombcell_rules
from nb_autolabel.rules.missing import criteria_missing, without_metric, without_metric_in_words
from nb_autolabel.rules.rule import RuleSet
from nb_autolabel.widgets.snapshot import Snapshot

SECTIONS = {name: list(limits) for name, limits in nbl.bombcell_get_default_thresholds().items()}
NO_MUA = "7 of 7 multi-unit criteria have no metric: these units are unjudged, not good."


@pytest.fixture(scope="module")
def metrics():
    return nbl.demo_analyzer().get_metrics_extension_data()


@pytest.fixture(scope="module")
def no_mua(metrics):
    return metrics.drop(columns=SECTIONS["mua"])


def counts(table, **options):
    return {label: n for label, n in nbl.LiveBombcell(table, journal=None, **options).counts.items() if n}


def test_with_all_metrics_labels_are_those_of_the_function(metrics):
    live = nbl.LiveBombcell(metrics, journal=None)
    assert live.labels.equals(nbl.bombcell_label_units(metrics))
    assert without_metric(live.trace) == ()
    assert without_metric_in_words(live.trace) == []


def test_without_multi_unit_metrics_no_unit_is_good(metrics, no_mua):
    whole = counts(metrics)
    assert counts(no_mua) == {
        "noise": whole["noise"],
        "non_soma": whole["non_soma"],
        "unjudged": whole["mua"] + whole["good"],
    }
    split = counts(no_mua, split_non_somatic_good_mua=True)
    assert split == {"noise": whole["noise"], "unjudged": len(metrics) - whole["noise"]}


def test_without_noise_metrics_nothing_can_be_said_of_any_unit(metrics):
    assert counts(metrics.drop(columns=SECTIONS["noise"])) == {"unjudged": len(metrics)}


def test_without_non_somatic_metrics_only_noise_is_known_unless_they_are_not_asked_for(metrics):
    table = metrics.drop(columns=SECTIONS["non-somatic"])
    assert set(counts(table)) == {"noise", "unjudged"}
    assert set(counts(table, label_non_somatic=False)) == {"noise", "mua", "good"}


@pytest.mark.parametrize("section", SECTIONS)
@pytest.mark.parametrize("split", [False, True])
def test_spikeinterfaces_behaviour_is_an_option_and_the_functions_keep_it(metrics, section, split):
    table = metrics.drop(columns=SECTIONS[section])
    live = nbl.LiveBombcell(table, journal=None, missing_criteria="ignore", split_non_somatic_good_mua=split)
    with pytest.warns(UserWarning, match="criteria are left out"):
        kept = nbl.bombcell_label_units(table, split_non_somatic_good_mua=split)
    assert live.labels.equals(kept)
    assert "unjudged" not in kept["label"].tolist()
    with pytest.warns(UserWarning, match="criteria are left out"):
        asked = nbl.bombcell_label_units(table, split_non_somatic_good_mua=split, missing_criteria="unjudged")
    live.set_option("missing_criteria", "unjudged")
    assert live.labels.equals(asked)
    assert live.undo()
    assert live.labels.equals(kept)
    assert "missing_criteria='ignore'" in live.to_code()


def test_a_unit_without_any_value_of_a_rule_is_unjudged_too(metrics):
    table = metrics.astype(float)
    live = nbl.LiveBombcell(table, journal=None)
    good = live.labels.index[live.labels["label"] == "good"][0]
    table.loc[good, SECTIONS["mua"]] = np.nan
    live = nbl.LiveBombcell(table, journal=None)
    assert live.labels.loc[good, "label"] == "unjudged"
    assert "no criterion of 'mua' has a value" in live.explain(good).text
    table.loc[good, "snr"] = 10.0
    assert nbl.LiveBombcell(table, journal=None).labels.loc[good, "label"] == "good"


def test_limits_that_are_off_are_not_asked_for(no_mua):
    live = nbl.LiveBombcell(no_mua, journal=None)
    for metric in SECTIONS["mua"]:
        live.set_limit(f"mua/{metric}", min=None, max=None)
    assert live.counts["unjudged"] == 0
    assert without_metric(live.trace) == ()


@pytest.mark.parametrize("preset", ["allen", "ibl"])
def test_presets_without_noise_judge_nothing_without_their_metrics(metrics, preset):
    thresholds = nbl.bombcell_get_default_thresholds(preset)["mua"]
    names = list(thresholds)
    one_left = metrics.drop(columns=names[1:])
    assert without_metric(nbl.LiveBombcell(one_left, preset=preset, journal=None).trace) == tuple(
        f"mua/{name}" for name in names[1:]
    )
    with pytest.raises(MissingMetricError):
        nbl.LiveBombcell(metrics.drop(columns=names), preset=preset, journal=None)


def test_the_rules_survive_json_and_an_unknown_word_is_refused():
    rules = bombcell_rules(missing_criteria="unjudged")
    assert RuleSet.from_json(rules.to_json()) == rules
    with pytest.raises(RuleError, match="'unjudged' or 'ignore'"):
        nbl.LiveBombcell(nbl.demo_analyzer(), journal=None, missing_criteria="drop")


def test_units_that_are_unjudged_have_the_absent_criteria_as_reasons_and_no_change_of_a_limit_helps(no_mua):
    live = nbl.LiveBombcell(no_mua, journal=None)
    unit = live.labels.index[live.labels["label"] == "unjudged"][0]
    reasons = dict(zip(live.labels.index, live.trace.reason_keys, strict=True))
    assert reasons[unit] == tuple(f"mua/{name}" for name in SECTIONS["mua"])
    assert live.explain(unit).changes == ()
    assert len(live.sensitivity().table)


# ------------------------------------------------------------------ where it is said


def test_it_is_said_in_words_with_numbers_and_names(metrics, no_mua):
    assert without_metric_in_words(nbl.LiveBombcell(no_mua, journal=None).trace) == [NO_MUA]
    ignoring = nbl.LiveBombcell(no_mua, journal=None, missing_criteria="ignore")
    assert without_metric_in_words(ignoring.trace) == [
        "7 of 7 multi-unit criteria have no metric: no unit becomes mua by them."
    ]
    some = nbl.LiveBombcell(metrics.drop(columns=["snr", "drift_ptp"]), journal=None)
    assert without_metric_in_words(some.trace) == [
        "2 of 7 multi-unit criteria have no metric: they decide nothing (snr, drift_ptp)."
    ]


def test_the_methods_text_the_report_and_the_notebook_say_it(no_mua, tmp_path):
    live = nbl.LiveBombcell(no_mua, journal=None)
    assert NO_MUA in live.methods_text()
    assert "became unjudged if nothing was known of amplitude_median" in live.methods_text()
    assert NO_MUA in Snapshot("x", "Bombcell").html(live.trace)
    nbl.report(no_mua, tmp_path / "r.html")
    assert NO_MUA in (tmp_path / "r.html").read_text(encoding="utf-8")
    nbl.report(no_mua[SECTIONS["non-somatic"]], tmp_path / "few.html")


@pytest.mark.parametrize("name", ["labels.csv", "labels.parquet"])
def test_exports_name_the_criteria_that_each_unit_lacks(metrics, tmp_path, name):
    table = metrics.drop(columns=["snr"]).astype(float)
    table.loc[table.index[3], "presence_ratio"] = np.nan
    live = nbl.LiveBombcell(table, journal=None)
    live.set_limit("mua/amplitude_cutoff", min=None, max=None)
    live.export(tmp_path / name)
    found = nbl.import_labels(tmp_path / name)["criteria_missing"].tolist()
    assert found == criteria_missing(live.trace)
    for text, (_, row) in zip(found, table.iterrows(), strict=True):
        expected = [
            c.key
            for c in live.rule_set.criteria
            if c.active and (c.metric not in row or np.isnan(row[c.metric]))
        ]
        assert text == "; ".join(expected)
    assert "mua/presence_ratio" in found[3]
    assert "amplitude_cutoff" not in " ".join(found)


def test_nothing_missing_is_an_empty_column(metrics, tmp_path):
    frame = metrics[["snr"]]
    live = nbl.LiveThresholds(frame, {"snr": {"min": 5}}, journal=None)
    assert criteria_missing(live.trace) == [""] * len(frame)
    live.export(tmp_path / "labels.csv")
    assert set(nbl.import_labels(tmp_path / "labels.csv")["criteria_missing"]) == {""}
    again = nbl.import_labels(tmp_path / "labels.csv")
    nbl.export_labels(again, tmp_path / "again.csv")
    assert "criteria_missing" in pd.read_csv(tmp_path / "again.csv")


# ------------------------------------------------------------------ the command line


def test_the_command_line_exits_with_3_and_writes_nothing_unless_that_is_accepted(no_mua, tmp_path, capsys):
    table, out = tmp_path / "units.csv", tmp_path / "labels.csv"
    no_mua.to_csv(table, index_label="unit_id")
    assert main(["label", str(table), "--out", str(out)]) == 3
    said = capsys.readouterr()
    assert "unjudged" in said.out
    assert NO_MUA in said.err
    assert "--allow-missing" in said.err
    assert f"{out} is not written" in said.err
    assert not out.exists()
    assert main(["label", str(table)]) == 3
    assert main(["label", str(table), "--out", str(out), "--allow-missing"]) == 0
    assert NO_MUA in capsys.readouterr().err
    assert "unjudged" in nbl.import_labels(out)["label"].tolist()
    arguments = ["--allow-missing", "--missing-criteria", "ignore", "--overwrite"]
    assert main(["label", str(table), "--out", str(out), *arguments]) == 0
    assert "unjudged" not in nbl.import_labels(out)["label"].tolist()


def test_the_simple_filter_exits_with_3_too_and_options_that_do_nothing_are_refused(
    metrics, tmp_path, capsys
):
    metrics.to_csv(tmp_path / "units.csv", index_label="unit_id")
    (tmp_path / "t.json").write_text(json.dumps({"snr": {"min": 5}, "my_metric": {"max": 1}}))
    arguments = [
        "label",
        str(tmp_path / "units.csv"),
        "--method",
        "thresholds",
        "--thresholds",
        str(tmp_path / "t.json"),
    ]
    assert main(arguments) == 3
    said = "1 of 2 criteria are left out because their metrics are not there: my_metric."
    assert said in capsys.readouterr().err
    assert main([*arguments, "--allow-missing"]) == 0
    assert main([*arguments, "--missing-criteria", "ignore"]) == 1
    assert "--method bombcell" in capsys.readouterr().err


def test_the_help_names_the_exit_status(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    assert "3 if `label` could not judge every criterion" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main(["label", "--help"])
    assert "--allow-missing" in capsys.readouterr().out
