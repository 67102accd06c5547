"""Bombcell's rules, each in words: noise, then mua, then good; non-somatic among what is not noise."""

from __future__ import annotations

import copy
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from nb_autolabel import bombcell_get_default_thresholds, bombcell_label_units
from nb_autolabel.errors import MissingMetricError, NoMetricsError, RuleError
from nb_autolabel.rules.apply import apply_with_warning
from nb_autolabel.rules.methods import bombcell_rules

nan, inf = np.nan, np.inf

#: A unit that every preset calls good, well inside all limits.
GOOD = {
    "num_positive_peaks": 1,
    "num_negative_peaks": 1,
    "peak_to_trough_duration": 0.0005,
    "waveform_baseline_flatness": 0.1,
    "peak_after_to_trough_ratio": 0.4,
    "exp_decay": 0.05,
    "amplitude_median": -120.0,
    "snr": 9.0,
    "amplitude_cutoff": 0.01,
    "num_spikes": 5000,
    "rp_contamination": 0.01,
    "sliding_rp_violation": 0.01,
    "presence_ratio": 0.99,
    "drift_ptp": 20.0,
    "isolation_distance": 80.0,
    "l_ratio": 0.01,
    "peak_before_to_trough_ratio": 0.1,
    "peak_before_width": 0.0004,
    "trough_width": 0.0004,
    "peak_before_to_peak_after_ratio": 0.2,
    "main_peak_to_trough_ratio": 0.4,
    "isi_violations_ratio": 0.01,
    "noise_cutoff": 1.0,
}
NOISE = {"num_positive_peaks": 7}
MUA = {"snr": 1.0}
LARGE_RATIO = {"peak_before_to_trough_ratio": 4.0}
OTHER_LARGE_RATIO = {"peak_before_to_peak_after_ratio": 4.0}
NARROW = {"peak_before_width": 0.0001, "trough_width": 0.0001}
LARGE_MAIN_PEAK = {"main_peak_to_trough_ratio": 0.9}

#: (metric, limit, direction in which it fails), as labeling_rules.md has them.
NOISE_LIMITS = [
    ("num_positive_peaks", 2, inf),
    ("num_negative_peaks", 1, inf),
    ("peak_to_trough_duration", 0.0001, -inf),
    ("peak_to_trough_duration", 0.00115, inf),
    ("waveform_baseline_flatness", 0.5, inf),
    ("peak_after_to_trough_ratio", 0.8, inf),
    ("exp_decay", 0.01, -inf),
    ("exp_decay", 0.1, inf),
]
MUA_LIMITS = [
    ("amplitude_median", 40, -inf),
    ("snr", 5, -inf),
    ("amplitude_cutoff", 0.2, inf),
    ("num_spikes", 300, -inf),
    ("rp_contamination", 0.1, inf),
    ("presence_ratio", 0.7, -inf),
    ("drift_ptp", 100, inf),
]
NOISE_METRICS = list(dict.fromkeys(name for name, _, _ in NOISE_LIMITS))
MUA_METRICS = [name for name, _, _ in MUA_LIMITS]


def label(*changes, thresholds=None, **options) -> str:
    """Label of the good unit with some of its metrics changed."""
    unit = dict(GOOD)
    for change in changes:
        unit.update(change)
    return bombcell_label_units(pd.DataFrame([unit]), thresholds, **options)["label"].item()


# ---------------------------------------------------------------- noise, mua, good


def test_a_unit_inside_every_limit_is_good():
    assert label() == "good"


@pytest.mark.parametrize(("metric", "limit", "outwards"), NOISE_LIMITS)
def test_a_unit_past_any_noise_limit_is_noise_and_one_on_it_is_not(metric, limit, outwards):
    assert label({metric: float(limit)}) == "good"
    assert label({metric: np.nextafter(float(limit), outwards)}) == "noise"


@pytest.mark.parametrize(("metric", "limit", "outwards"), MUA_LIMITS)
def test_a_unit_past_any_mua_limit_is_mua_and_one_on_it_is_not(metric, limit, outwards):
    assert label({metric: float(limit)}) == "good"
    assert label({metric: np.nextafter(float(limit), outwards)}) == "mua"


def test_noise_beats_mua():
    assert label(NOISE, MUA) == "noise"


@pytest.mark.parametrize("metric", NOISE_METRICS)
def test_a_missing_noise_metric_value_means_noise(metric):
    assert label({metric: nan}) == "noise"


@pytest.mark.parametrize("metric", MUA_METRICS)
def test_a_missing_mua_metric_value_is_let_through(metric):
    assert label({metric: nan}) == "good"


def test_with_every_mua_value_missing_a_unit_is_good():
    assert label(dict.fromkeys(MUA_METRICS, nan)) == "good"


def test_a_missing_sliding_rp_violation_means_mua_because_no_contamination_level_was_reached():
    mua = {"mua": {"sliding_rp_violation": {"max": 0.1}}}
    assert label({"sliding_rp_violation": nan}, thresholds=mua) == "mua"
    assert label({"sliding_rp_violation": 0.1}, thresholds=mua) == "good"
    assert label({"sliding_rp_violation": nan}, preset="spikeinterface-0.105") == "mua"


def test_an_entry_may_let_a_missing_sliding_rp_violation_through():
    mua = {"mua": {"sliding_rp_violation": {"max": 0.1, "nan": "pass"}}}
    assert label({"sliding_rp_violation": nan}, thresholds=mua) == "good"


def test_the_amplitude_is_a_magnitude_whichever_sign_it_is_stored_with():
    assert label({"amplitude_median": -120.0}) == label({"amplitude_median": 120.0}) == "good"
    assert label({"amplitude_median": -39.0}) == label({"amplitude_median": 39.0}) == "mua"


def test_abs_false_takes_the_amplitude_literally():
    literally = {"mua": {"amplitude_median": {"min": 40, "abs": False}}}
    assert label({"amplitude_median": -120.0}, thresholds=literally) == "mua"
    assert label({"amplitude_median": 120.0}, thresholds=literally) == "good"


# ---------------------------------------------------------------- non-somatic


@pytest.mark.parametrize("ratio", [LARGE_RATIO, OTHER_LARGE_RATIO, LARGE_RATIO | OTHER_LARGE_RATIO])
def test_any_large_ratio_with_both_widths_narrow_is_non_somatic(ratio):
    assert label(ratio, NARROW) == "non_soma"


def test_a_large_ratio_alone_is_not_enough():
    assert label(LARGE_RATIO, OTHER_LARGE_RATIO) == "good"


def test_narrow_widths_alone_are_not_enough():
    assert label(NARROW) == "good"


@pytest.mark.parametrize("width", sorted(NARROW))
def test_one_narrow_width_is_not_enough(width):
    assert label(LARGE_RATIO, {width: NARROW[width]}) == "good"


@pytest.mark.parametrize(
    ("metric", "limit", "outwards", "rest"),
    [
        ("peak_before_to_trough_ratio", 3, inf, NARROW),
        ("peak_before_to_peak_after_ratio", 3, inf, NARROW),
        ("peak_before_width", 0.00015, -inf, LARGE_RATIO | NARROW),
        ("trough_width", 0.0002, -inf, LARGE_RATIO | NARROW),
        ("main_peak_to_trough_ratio", 0.8, inf, {}),
    ],
)
def test_a_non_somatic_limit_itself_still_passes(metric, limit, outwards, rest):
    assert label(rest, {metric: float(limit)}) == "good"
    assert label(rest, {metric: np.nextafter(float(limit), outwards)}) == "non_soma"


def test_missing_widths_count_as_narrow():
    assert label(LARGE_RATIO, dict.fromkeys(NARROW, nan)) == "non_soma"
    assert label(LARGE_RATIO, NARROW, {"trough_width": nan}) == "non_soma"


def test_a_missing_width_beside_a_wide_one_is_not_narrow():
    assert label(LARGE_RATIO, {"trough_width": nan}) == "good"


def test_missing_ratios_do_not_count_as_large():
    assert label(NARROW, dict.fromkeys(LARGE_RATIO | OTHER_LARGE_RATIO, nan)) == "good"


def test_a_large_main_peak_alone_is_non_somatic():
    assert label(LARGE_MAIN_PEAK) == "non_soma"


def test_a_missing_main_peak_is_not_large():
    assert label({"main_peak_to_trough_ratio": nan}) == "good"


def test_noise_is_never_non_somatic():
    assert label(NOISE, LARGE_MAIN_PEAK) == "noise"
    assert label(NOISE, LARGE_RATIO, NARROW, split_non_somatic_good_mua=True) == "noise"


def test_mua_may_be_non_somatic():
    assert label(MUA, LARGE_MAIN_PEAK) == "non_soma"


def test_splitting_keeps_good_and_mua_apart():
    assert label(LARGE_MAIN_PEAK, split_non_somatic_good_mua=True) == "non_soma_good"
    assert label(MUA, LARGE_MAIN_PEAK, split_non_somatic_good_mua=True) == "non_soma_mua"
    assert label(MUA, split_non_somatic_good_mua=True) == "mua"
    assert label(split_non_somatic_good_mua=True) == "good"


@pytest.mark.parametrize("split", [False, True])
def test_the_non_somatic_step_can_be_skipped(split):
    options = {"label_non_somatic": False, "split_non_somatic_good_mua": split}
    assert label(LARGE_MAIN_PEAK, **options) == "good"
    assert label(MUA, LARGE_MAIN_PEAK, **options) == "mua"


def test_other_non_somatic_metrics_count_together_when_none_of_them_passes():
    custom = {"non-somatic": {"spread": {"max": 1}, "velocity_above": {"max": 1}}}
    assert label({"spread": 2, "velocity_above": 2}, thresholds=custom) == "non_soma"
    assert label({"spread": 2, "velocity_above": 0}, thresholds=custom) == "good"
    assert label({"spread": nan, "velocity_above": 2}, thresholds=custom) == "non_soma"


def test_an_empty_section_gives_none_of_its_labels():
    everything_wrong = NOISE | MUA | LARGE_MAIN_PEAK
    table = bombcell_get_default_thresholds()
    assert label(everything_wrong, thresholds={**table, "noise": {}}) == "non_soma"
    assert label(everything_wrong, thresholds={**table, "noise": {}, "non-somatic": {}}) == "mua"
    with pytest.warns(UserWarning, match="without any evidence"):
        assert label(everything_wrong, thresholds={"noise": {}, "mua": {}, "non-somatic": {}}) == "good"


def test_a_limit_switched_off_no_longer_decides():
    table = bombcell_get_default_thresholds()
    table["noise"]["num_positive_peaks"]["max"] = None
    assert label(NOISE, thresholds=table) == "good"
    assert label({"num_positive_peaks": nan}, thresholds=table) == "good"


# ---------------------------------------------------------------- the original Bombcell (preset "bombcell")


def original(*changes) -> str:
    return label(*changes, preset="bombcell")


BOTH_RATIOS = {"peak_before_to_trough_ratio": 0.25, "peak_before_to_peak_after_ratio": 3.5}
ORIGINAL_NARROW = {"peak_before_width": 3 / 30000, "trough_width": 4 / 30000}


def test_the_original_calls_the_good_unit_good():
    assert original() == "good"


def test_the_original_asks_for_both_ratios():
    assert original(BOTH_RATIOS, ORIGINAL_NARROW) == "non_soma"
    for ratio, value in BOTH_RATIOS.items():
        assert original(ORIGINAL_NARROW, {ratio: value}) == "good"


def test_the_original_asks_for_both_widths_and_does_not_take_missing_ones_as_narrow():
    for width in ORIGINAL_NARROW:
        assert original(BOTH_RATIOS, ORIGINAL_NARROW, {width: 0.0004}) == "good"
        assert original(BOTH_RATIOS, ORIGINAL_NARROW, {width: nan}) == "good"


def test_the_original_takes_widths_of_exactly_four_and_five_samples_as_wide_enough():
    assert original(BOTH_RATIOS, ORIGINAL_NARROW, {"peak_before_width": 4 / 30000}) == "good"
    assert original(BOTH_RATIOS, ORIGINAL_NARROW, {"trough_width": 5 / 30000}) == "good"


def test_the_original_takes_ratios_of_exactly_a_fifth_and_three_as_small_enough():
    assert original(BOTH_RATIOS, ORIGINAL_NARROW, {"peak_before_to_trough_ratio": 0.2}) == "good"
    assert original(BOTH_RATIOS, ORIGINAL_NARROW, {"peak_before_to_peak_after_ratio": 3.0}) == "good"


def test_the_original_needs_no_ratio_for_a_large_main_peak():
    assert original(LARGE_MAIN_PEAK) == "non_soma"
    assert original(NOISE, LARGE_MAIN_PEAK) == "noise"


@pytest.mark.parametrize("metric", ["num_positive_peaks", "num_negative_peaks"])
def test_the_original_calls_a_unit_without_peak_counts_noise(metric):
    assert original({metric: nan}) == "noise"


def test_the_original_lets_every_other_missing_value_through():
    others = {name: nan for name in GOOD if name not in ("num_positive_peaks", "num_negative_peaks")}
    assert original(others) == "good"
    for name in others:
        assert original({name: nan}) == "good"


def test_the_original_has_a_stricter_baseline_and_no_limit_on_drift():
    assert original({"waveform_baseline_flatness": 0.3}) == "good"
    assert original({"waveform_baseline_flatness": 0.31}) == "noise"
    assert original({"drift_ptp": 1e6}) == "good"
    assert original({"isolation_distance": 0.0, "l_ratio": 99.0}) == "good"


# ---------------------------------------------------------------- other presets


@pytest.mark.parametrize(
    ("preset", "change", "expected"),
    [
        ("spikeinterface-0.104", {"amplitude_median": -30.0}, "good"),
        ("spikeinterface-0.104", {"amplitude_median": -29.9}, "mua"),
        ("spikeinterface-0.105", {"amplitude_median": 30.0}, "good"),
        ("spikeinterface-0.105", {"isolation_distance": 19.9}, "mua"),
        ("spikeinterface-0.105", {"l_ratio": 0.31}, "mua"),
        ("spikeinterface-0.105", {"isolation_distance": nan, "l_ratio": nan}, "good"),
        ("spikeinterface-0.105", {"rp_contamination": 1.0}, "good"),
        ("allen", {"isi_violations_ratio": 0.51}, "mua"),
        ("allen", {"amplitude_cutoff": 0.11}, "mua"),
        ("allen", {"presence_ratio": 0.89}, "mua"),
        ("allen", NOISE | LARGE_MAIN_PEAK, "good"),
        ("ibl", {"sliding_rp_violation": nan}, "mua"),
        ("ibl", {"noise_cutoff": 5.1}, "mua"),
        ("ibl", {"noise_cutoff": nan}, "mua"),
        ("ibl", {"amplitude_median": nan}, "mua"),
        ("allen", {"isi_violations_ratio": nan}, "mua"),
        ("allen", {"amplitude_cutoff": nan}, "mua"),
        ("allen", {"presence_ratio": nan}, "mua"),
        ("ibl", {"amplitude_median": -49.9}, "mua"),
        ("ibl", {"amplitude_median": -50.0}, "good"),
    ],
)
def test_a_preset_decides_by_its_own_numbers(preset, change, expected):
    assert label(preset=preset) == "good"
    assert label(change, preset=preset) == expected


def test_thresholds_given_win_over_the_numbers_of_the_preset():
    assert label(MUA, thresholds={"noise": {"snr": {"min": 5}}}, preset="allen") == "noise"


# ---------------------------------------------------------------- arguments under SpikeInterface's names


def test_the_newer_name_of_the_split_gives_the_same_labels_as_the_older_one(demo_folder):
    split = bombcell_label_units(demo_folder, split_non_somatic=True)
    assert {"non_soma_good", "non_soma_mua"} & set(split["label"])
    assert split.equals(bombcell_label_units(demo_folder, split_non_somatic_good_mua=True))
    plain = bombcell_label_units(demo_folder)
    assert plain.equals(bombcell_label_units(demo_folder, split_non_somatic=False))
    assert split.equals(
        bombcell_label_units(demo_folder, split_non_somatic=True, split_non_somatic_good_mua=True)
    )


def test_none_means_the_default_as_in_spikeinterface(demo_folder):
    given = bombcell_label_units(demo_folder, label_non_somatic=None, split_non_somatic_good_mua=None)
    assert given.equals(bombcell_label_units(demo_folder))


def test_two_names_of_the_split_that_differ_are_refused(demo_folder):
    with pytest.raises(RuleError, match="two names of one argument and differ"):
        bombcell_label_units(demo_folder, split_non_somatic=False, split_non_somatic_good_mua=True)


# ---------------------------------------------------------------- metrics that are not there


def without(*names) -> pd.DataFrame:
    return pd.DataFrame([GOOD]).drop(columns=list(names))


def test_missing_metrics_are_left_out_with_one_warning_that_names_them_all():
    with pytest.warns(UserWarning, match="left out") as caught:
        labels = bombcell_label_units(without("snr", "exp_decay", "trough_width"))
    assert len(caught) == 1
    assert str(caught[0].message) == (
        "3 of 18 criteria are left out because their metrics are not there: noise/exp_decay, mua/snr, "
        "non-somatic/trough_width. To compute them: nbl.compute_metrics(analyzer)."
    )
    assert labels["label"].tolist() == ["good"]


def test_the_warning_points_at_the_line_of_the_user_who_called():
    with pytest.warns(UserWarning, match="left out") as caught:
        bombcell_label_units(without("snr"))
    assert Path(caught[0].filename).name == Path(__file__).name


def test_the_trace_shows_missing_metrics_as_inactive():
    with pytest.warns(UserWarning, match="mua/snr"):
        trace = apply_with_warning(bombcell_rules(), without("snr"))
    assert trace.missing == ("mua/snr",)
    assert trace.explain(0)["state"].to_dict() == {
        key: "inactive" if key == "mua/snr" else "pass" for key in bombcell_rules().keys
    }


def test_a_missing_metric_whose_limits_are_off_deserves_no_warning():
    table = bombcell_get_default_thresholds()
    table["mua"]["snr"] = {"min": None, "max": None}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        bombcell_label_units(without("snr"), table)
    assert [str(w.message) for w in caught] == []


def test_with_no_metric_at_all_nothing_can_be_judged_and_that_is_an_error():
    with pytest.raises(
        MissingMetricError,
        match=r"none of the 18 metrics of 'bombcell' is there: noise/num_pos.* There are: depth",
    ):
        bombcell_label_units(pd.DataFrame({"depth": [1.0]}))


def test_with_no_active_criterion_every_unit_is_good_whatever_metrics_there_are():
    off = {"mua": {"snr": {"min": None}}}
    with pytest.warns(UserWarning, match="no criterion is left.*all 1 units are called 'good'"):
        assert bombcell_label_units(pd.DataFrame({"depth": [1.0]}), off)["label"].tolist() == ["good"]


# ---------------------------------------------------------------- arguments and result


def test_the_result_has_one_column_of_labels_and_the_unit_ids_in_order():
    table = pd.DataFrame([GOOD, {**GOOD, **NOISE}, {**GOOD, **MUA}], index=["u9", "u1", "u5"])
    labels = bombcell_label_units(table)
    assert labels.columns.tolist() == ["label"]
    assert labels["label"].to_dict() == {"u9": "good", "u1": "noise", "u5": "mua"}
    assert bombcell_label_units(table, column_name="kind").columns.tolist() == ["kind"]


def test_an_empty_table_gives_an_empty_table_of_labels():
    labels = bombcell_label_units(pd.DataFrame([GOOD]).iloc[:0])
    assert labels.shape == (0, 1)
    assert labels.columns.tolist() == ["label"]


def test_external_metrics_are_used_instead_of_the_analyzer():
    good, noise = pd.DataFrame([GOOD]), pd.DataFrame([{**GOOD, **NOISE}])
    assert bombcell_label_units(good, external_metrics=noise)["label"].tolist() == ["noise"]
    assert bombcell_label_units(external_metrics=good)["label"].tolist() == ["good"]


def test_metrics_may_come_in_several_tables():
    table = pd.DataFrame([GOOD, {**GOOD, **NOISE}])
    parts = [table.iloc[:, :5], table.iloc[::-1, 5:]]
    assert bombcell_label_units(external_metrics=parts)["label"].tolist() == ["good", "noise"]


def test_of_a_column_given_in_two_tables_the_first_counts():
    table, again = pd.DataFrame([GOOD]), pd.DataFrame([NOISE | {"depth": 3.0}])
    assert bombcell_label_units(external_metrics=[table, again])["label"].tolist() == ["good"]
    assert bombcell_label_units(external_metrics=[again, table])["label"].tolist() == ["noise"]


def test_neither_the_metrics_nor_the_thresholds_are_changed():
    table, thresholds = without("snr"), bombcell_get_default_thresholds()
    table_before, thresholds_before = table.copy(), copy.deepcopy(thresholds)
    with pytest.warns(UserWarning, match="left out"):
        bombcell_label_units(table, thresholds)
    pd.testing.assert_frame_equal(table, table_before)
    assert thresholds == thresholds_before


def test_the_call_of_the_how_to_is_accepted():
    assert label(
        LARGE_MAIN_PEAK,
        thresholds=bombcell_get_default_thresholds(),
        label_non_somatic=True,
        split_non_somatic_good_mua=True,
        implementation="new",
    ) == "non_soma_good"  # fmt: skip


def test_an_unknown_implementation_is_refused():
    with pytest.raises(RuleError, match=r"implementation='old' is not known\. Leave it out, or use 'new'"):
        label(implementation="old")


@pytest.mark.parametrize("name", ["", None, 3])
def test_a_column_name_is_a_non_empty_string(name):
    with pytest.raises(RuleError, match="column_name is a non-empty string"):
        label(column_name=name)


def test_without_any_metrics_the_error_says_what_to_pass():
    with pytest.raises(NoMetricsError, match="Pass an analyzer, a DataFrame indexed by unit id"):
        bombcell_label_units()


def test_an_unknown_preset_is_refused_also_where_limits_are_given():
    with pytest.raises(RuleError, match="Did you mean 'allen'"):
        bombcell_rules({"mua": {"snr": {"min": 5}}}, preset="alen")
