"""The page *Coming from ...* names every difference in columns and arguments from the SpikeInterface that is installed."""

import inspect
import re

import pytest

import nb_autolabel as nbl
from tests.conftest import REPO

pytest.importorskip("spikeinterface", reason="needs the oracle environment")
sc = pytest.importorskip("spikeinterface.curation")
sw = pytest.importorskip("spikeinterface.widgets")

PAGE = (REPO / "docs" / "coming_from.md").read_text(encoding="utf-8")
FUNCTIONS = {
    "threshold_metrics_label_units": sc,
    "bombcell_label_units": sc,
    "bombcell_get_default_thresholds": sc,
    "unitrefine_label_units": sc,
    "plot_unit_labels": sw,
    "plot_metric_histograms": sw,
    "plot_bombcell_labels_upset": sw,
}


def arguments(function):
    return {
        name
        for name, each in inspect.signature(function).parameters.items()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    }


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_that_only_one_of_both_has_are_named(name):
    theirs, ours = arguments(getattr(FUNCTIONS[name], name)), arguments(getattr(nbl, name))
    rows = "\n".join(
        line for line in PAGE.splitlines() if name in line or ("plot_" in name and "`plot_*`" in line)
    )
    words = set(re.findall(r"\w+", rows))
    assert theirs ^ ours <= words, theirs ^ ours


def test_columns_and_default_limits_are_what_the_page_says():
    source = inspect.getsource(sc.unitrefine_label_units) + inspect.getsource(sc.bombcell_label_units)
    for column in ("bombcell_label", "unitrefine_label", "unitrefine_probability"):
        assert f'"{column}"' in source
        assert f"`{column}`" in PAGE
    theirs = sc.bombcell_get_default_thresholds()
    assert theirs["mua"]["amplitude_median"]["greater"] == 30
    assert {"sliding_rp_violation", "isolation_distance", "l_ratio"} <= set(theirs["mua"])
    assert "rp_contamination" not in theirs["mua"]
    preset = nbl.bombcell_get_default_thresholds(preset="spikeinterface-0.105")
    assert {name: set(section) for name, section in preset.items()} == {
        name: set(section) for name, section in theirs.items()
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::UserWarning")
@pytest.mark.parametrize(
    "given",
    [
        {"split_non_somatic": True},
        {"split_non_somatic": False},
        {"split_non_somatic_good_mua": True},
        {"split_non_somatic_good_mua": None, "label_non_somatic": None},
        {"label_non_somatic": False},
    ],
    ids=str,
)
def test_calls_with_the_keywords_of_spikeinterface_give_its_labels(given):
    table = nbl.demo_analyzer().get_metrics_extension_data()
    thresholds = sc.bombcell_get_default_thresholds()
    theirs = sc.bombcell_label_units(external_metrics=table, thresholds=thresholds, **given)
    ours = nbl.bombcell_label_units(external_metrics=table, thresholds=thresholds, **given)
    assert ours["label"].tolist() == theirs.iloc[:, 0].tolist()
