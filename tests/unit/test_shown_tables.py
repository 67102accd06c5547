"""Tables show themselves as people read them, on one screen; the raw numbers are in ``.table`` and stay what they were."""

import pickle
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.metrics.shown_table import Row, html_table, on_screen, text_table
from nb_autolabel.rules.explanation import explain
from nb_autolabel.rules.methods import threshold_rules
from nb_autolabel.rules.missing import missing_table
from nb_autolabel.rules.sensitivity import Sensitivity

DEMO = nbl.demo_analyzer()


class Balanced(HTMLParser):
    """Checks that every element is closed in order, and collects the text."""

    def __init__(self):
        super().__init__()
        self.open, self.words = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ("br", "hr", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def words_of(shown):
    parser = Balanced()
    parser.feed(shown._repr_html_())
    assert parser.open == []
    return parser.words


def fits(shown):
    lines = repr(shown).splitlines()
    assert len(lines) <= 40, len(lines)
    assert max(map(len, lines)) <= 100, max(lines, key=len)
    return repr(shown)


@pytest.fixture(scope="module")
def live():
    return nbl.LiveBombcell(DEMO, journal=None)


def results(live):
    labels = nbl.bombcell_label_units(DEMO)["label"]
    others = {f"labeler number {n} with a long name": labels.sample(frac=1, random_state=n) for n in range(9)}
    noise = nbl.load_unit_classifier("bundled:noise")
    return {
        "explanation": [live.explain(unit) for unit in DEMO.unit_ids[:40].tolist()],
        "sensitivity": [live.sensitivity(label) for label in ("good", "mua", "noise", "non_soma")],
        "missing": [live.missing_values(), nbl.LiveUnitRefine(DEMO, journal=None).missing_values()],
        "inputs": [
            nbl.check_inputs(DEMO, noise),
            nbl.check_inputs(DEMO.get_metrics_extension_data()[["snr"]], noise),
        ],
        "comparison": [nbl.compare(live, labels), nbl.compare(**others)],
    }


@pytest.mark.parametrize("name", ["explanation", "sensitivity", "missing", "inputs", "comparison"])
def test_everything_fits_on_a_screen_is_whole_html_and_has_its_raw_table(live, name):
    for shown in results(live)[name]:
        fits(shown)
        said = words_of(shown)
        assert not {"nan", "NaN", "None", "True", "False", "inactive"} & {word.strip() for word in said}
        assert isinstance(shown.table, pd.DataFrame)


def test_an_explanation_shows_failures_first_with_units_and_folds_what_is_off():
    frame = pd.DataFrame(
        {
            "rp_contamination": [0.25],
            "snr": [9.0],
            "peak_to_trough_duration": [0.0005],
            "firing_rate": [np.nan],
        },
        index=["a"],
    )
    rules = threshold_rules(
        {
            "snr": {"min": 5},
            "peak_to_trough_duration": {"min": 0.0001, "max": 0.00115},
            "rp_contamination": {"max": 0.1},
            "firing_rate": {"min": 0.1},
            "d_prime": {"min": 2},
        }
    )
    found = explain(rules.apply(frame, missing="inactive"), "a")
    said = words_of(found)
    assert (
        said.index("rp_contamination") < said.index("firing_rate") < said.index("snr") < said.index("d_prime")
    )
    at = said.index("rp_contamination")
    assert said[at - 1 : at + 5] == ["✗", "rp_contamination", "25 %", "at most 10 %", "15 %", "yes"]
    assert said[said.index("peak_to_trough_duration") + 1 :][:2] == ["0.5 ms", "0.1 to 1.15 ms"]
    assert said[said.index("snr") - 1] == "✓"
    assert said[said.index("firing_rate") + 1] == "no value"
    assert "1 criterion is off or has no metric" in said
    assert "<details>" in found._repr_html_()
    assert found.table.loc["rp_contamination", "value"] == 0.25, "raw numbers stay"


def test_limits_without_effect_are_folded():
    frame = pd.DataFrame({"snr": [3.0, 4.0, 9.0], "rp_contamination": [0.05, 0.05, 0.01]})
    found = Sensitivity(threshold_rules({"snr": {"min": 5}, "rp_contamination": {"max": 0.1}}).apply(frame))
    said = fits(found)
    assert "at least 5" in said
    assert "3 (+2)" in said
    assert "rp_contamination" not in said
    assert "1 other limit gains no good units" in said
    assert "<details>" in found._repr_html_()
    assert found.table["criterion"].tolist() == ["snr", "rp_contamination"]


def test_missing_values_are_a_data_frame_as_before_and_say_what_they_decide():
    live = nbl.LiveBombcell(DEMO, journal=None)
    shown, raw = live.missing_values(), missing_table(live.trace)
    pd.testing.assert_frame_equal(shown.table, raw)
    assert type(shown.table) is pd.DataFrame
    assert shown.loc["mua/amplitude_cutoff", "decided"] == raw.loc["mua/amplitude_cutoff", "decided"]
    kept = shown.query("missing > 0")
    assert type(kept) is pd.DataFrame
    assert kept["missing"].gt(0).all()
    assert list(shown.columns) == list(raw.columns)
    assert "of 142" in repr(shown)
    again = pickle.loads(pickle.dumps(shown))
    assert repr(again) == repr(shown)


def test_missing_values_of_no_criterion_are_one_sentence():
    frame = pd.DataFrame({"snr": [3.0, 9.0]})
    shown = nbl.LiveThresholds(frame, {"snr": {"min": 5}}, journal=None).missing_values()
    assert repr(shown).splitlines()[0] == "No label depends on the missing values of a single criterion."


def test_inputs_show_your_range_beside_that_of_training():
    metrics = DEMO.get_metrics_extension_data()
    metrics["snr"] = metrics["snr"] * 50
    found = nbl.check_inputs(metrics, nbl.load_unit_classifier("bundled:noise"))
    table = found.table
    assert table.loc["snr", "high"] == pytest.approx(metrics["snr"].max(), rel=1e-6)
    assert table.loc["snr", "outside"] > 0
    said = words_of(found)
    assert {"your range", "training range", "units outside"} <= set(said)
    assert "snr" in said


def test_words_of_other_people_are_text_and_no_html(live):
    found = nbl.compare(**{"<b>x</b>": {"a": "<i>good</i>", "b": "mua"}, "y": {"a": "good", "b": "mua"}})
    assert "<b>x" not in found._repr_html_()
    assert "<i>" not in found._repr_html_()
    assert "&lt;" in html_table(["<"], [Row(("<",))])


def test_a_text_is_cut_to_a_screen_and_says_how_much_is_left_out():
    text = on_screen("\n".join(["word " * 60] * 30), ".table")
    assert len(text.splitlines()) == 40
    assert text.splitlines()[-1].startswith("… ")
    assert text.splitlines()[-1].endswith("more lines; .table has all")
    assert max(map(len, on_screen("x" * 1000).splitlines())) <= 100
    table = text_table(["a", "b"], [Row(("x" * 200, "y" * 90))] * 50, 10)
    assert max(map(len, table.splitlines())) <= 100
    assert table.splitlines()[-1] == "… and 40 more"
