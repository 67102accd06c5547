"""The command line and the report name each missing metric once, and what becomes of units without a whole section."""

import re
import shutil
from collections import Counter
from html import unescape

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.rules.methods import bombcell_rules

LACKING = ("snr", "num_positive_peaks")
MUA = tuple(c.metric for c in bombcell_rules().criteria if c.section == "mua")


@pytest.fixture(scope="module")
def places(tmp_path_factory, demo_zip):
    """Analyzers and tables with all metrics, without two, and without all of the section mua; a cohort of them."""
    folder = tmp_path_factory.mktemp("places")
    analyzer = nbl.load(demo_zip)
    full = analyzer.save_as("binary_folder", folder / "full", slim=True).folder
    for name, gone in [("fewer", LACKING), ("no_mua", MUA)]:
        shutil.copytree(full, folder / name)
        for table in (folder / name).glob("extensions/*_metrics/metrics.csv"):
            frame = pd.read_csv(table, index_col=0)
            frame.drop(columns=[each for each in gone if each in frame]).to_csv(table)
        MetricTable.of(analyzer).frame.drop(columns=list(gone)).to_csv(folder / f"{name}.csv")
    for name in ("full", "fewer"):
        shutil.copytree(folder / name, folder / "study" / name)
    return folder


def said_by(capsys, *arguments):
    main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return printed.out + printed.err


def often(text, names):
    """How often each name is said, as a whole word."""
    words = Counter(re.findall(r"\w+", text))
    return {words[name] for name in names}


OPTIONS = [[], ["--allow-missing"], ["--out", "OUT"], ["--dry-run"], ["--dry-run", "--allow-missing"]]


@pytest.mark.parametrize("more", OPTIONS)
@pytest.mark.parametrize("name", ["fewer", "fewer.csv", "study", "study/full fewer"])
def test_each_missing_metric_is_named_once(places, tmp_path, capsys, name, more):
    paths = [places / each for each in name.split()]
    more = [str(tmp_path / "labels.csv") if each == "OUT" else each for each in more]
    said = said_by(capsys, "label", *paths, *more)
    assert often(said, LACKING) == {1}
    assert said.count("have no metric") == 0, "one list, and no sentence beside it that says the same"
    assert said.count("nb-autolabel doctor") == (0 if {"--allow-missing", "--dry-run"} & set(more) else 1)
    assert "compute_metrics" not in said, "a table and another shell have no such line; the doctor gives it"


@pytest.mark.parametrize("more", OPTIONS)
@pytest.mark.parametrize("name", ["no_mua", "no_mua.csv", "no_mua no_mua.csv"])
def test_a_section_without_any_metric_says_once_what_becomes_of_its_units(
    places, tmp_path, capsys, name, more
):
    paths = [places / each for each in name.split()]
    more = [str(tmp_path / "labels.csv") if each == "OUT" else each for each in more]
    said = said_by(capsys, "label", *paths, *more)
    assert often(said, MUA) == {1}
    assert said.count("7 of 7 multi-unit criteria have no metric: these units are unjudged, not good.") == 1


def test_only_one_recording_is_named_rather_than_all(places, capsys):
    said = said_by(capsys, "label", places / "fewer", "--dry-run")
    assert "without num_positive_peaks, snr: fewer\n" in said


def test_recordings_that_lack_metrics_of_the_classifiers_are_named(places, capsys):
    said = said_by(capsys, "label", places / "study", "--method", "unitrefine", "--dry-run")
    assert "classified without num_positive_peaks, snr: fewer\n" in said
    assert often(said, LACKING) == {1}
    said = said_by(capsys, "label", places / "fewer", "--method", "unitrefine", "--dry-run")
    assert "classified without" not in said, "the warning of the classifiers names them"


@pytest.mark.parametrize("several", [False, True])
def test_a_report_says_what_is_missing_once_with_the_method(places, tmp_path, capsys, several):
    if several:
        tables = [places / "no_mua", places / "no_mua.csv"]
        said_by(capsys, "label", *tables, "--allow-missing", "--summary", tmp_path / "r.html")
    else:
        said_by(capsys, "report", places / "no_mua", tmp_path / "r.html")
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    shown = unescape(re.sub(r"<script.*?</script>|<style.*?</style>", "", text, flags=re.DOTALL))
    assert shown.count("7 of 7 multi-unit criteria have no metric") == 1


def test_the_words_for_a_paper_name_each_missing_metric_once(places):
    text = nbl.LiveBombcell(places / "fewer", journal=None).methods_text()
    assert "num_positive_peaks, snr could not be judged, because the metric was not computed" in text
    assert often(text, LACKING) == {1}


def test_the_doctor_names_each_missing_metric_once(places, capsys):
    said = said_by(capsys, "doctor", places / "fewer").partition("Missing (")[2]
    assert often(said, LACKING) == {1}
    said = said_by(capsys, "doctor", places / "no_mua").partition("Missing (")[2]
    assert said.count("7 of 7 multi-unit criteria have no metric") == 1
