"""The table of recordings: counts and intervals, how metrics were computed, and the recordings that stand out."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cohort.deviations import quantiles_by
from nb_autolabel.cohort.settings import other_settings, other_versions
from nb_autolabel.comparison.intervals import wilson
from nb_autolabel.errors import LabelsError
from nb_autolabel.session.live_methods import LiveBombcell, LiveThresholds
from tests.conftest import shared

from .cohorts import metrics_of, study, study_made, table_of

__all__ = ["study", "study_made"]


def opened(source, **more):
    return nbl.Cohort(source, **{"cache": False, "scheduler": "one", "progress": False, **more})


def bent(table, how):
    """A recording that went wrong in one of five ways."""
    table = table.copy()
    if how == "high noise":
        table["snr"] /= 2.5
    elif how == "drift":
        for name in ("drift_ptp", "drift_std", "drift_mad"):
            table[name] *= 5
    elif how == "few spikes":
        table["num_spikes"] = (table["num_spikes"] * 0.1).round()
        table["firing_rate"] *= 0.1
    elif how == "wrong gain":
        table["amplitude_median"] *= 2.34 / 0.76
    elif how == "gain of another probe":
        table["amplitude_median"] *= 0.76 / 2.34
    elif how == "other settings":
        table["num_positive_peaks"] += 1
        table["num_negative_peaks"] += 1
    return table


WAYS = ["high noise", "drift", "few spikes", "wrong gain", "gain of another probe", "other settings"]


# ---------------------------------------------------------------- counts and intervals


def test_intervals_of_wilson_are_those_of_the_textbook():
    low, high = wilson([0, 5, 10, 0], [10, 10, 10, 0])
    np.testing.assert_allclose(low[:3], [0.0, 0.2366, 0.7225], atol=1e-4)
    np.testing.assert_allclose(high[:3], [0.2775, 0.7634, 1.0], atol=1e-4)
    assert np.isnan(low[3])
    assert np.isnan(high[3])


def test_counts_are_those_of_each_recording_alone():
    tables = [metrics_of(seed) for seed in range(4)]
    found = opened(tables).sessions
    for at, table in enumerate(tables):
        counts = LiveBombcell(table, journal=None).counts
        assert {name: found[name].iloc[at] for name in counts} == counts
    assert found["units"].tolist() == [142] * 4
    np.testing.assert_allclose(found["noise_share"], found["noise"] / 142)
    assert (found["noise_low"] < found["noise_share"]).all()
    assert (found["noise_high"] > found["noise_share"]).all()


def test_criteria_that_decide_most_are_named_with_their_units():
    cohort = opened([metrics_of(1), metrics_of(2)])
    keys = LiveBombcell(metrics_of(2), journal=None).trace.reason_keys
    many = pd.Series([key for each in keys for key in each]).value_counts()
    assert cohort.sessions["decides"].iloc[1].split(", ")[0] == f"{many.index[0]} {many.iloc[0]}"


def test_columns_that_describe_and_recordings_that_cannot_be_read_are_rows_and_columns(study):
    table = pd.DataFrame(
        {
            "path": [study / "m1/day1/sorted.zarr", study / "nothing", study / "m2/day1/sorted.zarr"],
            "mouse": ["one", "one", "two"],
            "units": [1, 2, 3],
        }
    )
    found = opened(table).sessions
    assert found["mouse"].tolist() == ["one", "one", "two"]
    assert found["units (given)"].tolist() == [1, 2, 3]
    assert found["units"].tolist() == [12, 0, 12]
    assert [bool(text) for text in found["problem"]] == [False, True, False]
    assert np.isnan(found["noise_share"].iloc[1])


def test_metrics_that_a_recording_lacks_are_named():
    tables = [metrics_of(1), metrics_of(2).drop(columns=["snr"]), metrics_of(3).assign(drift_ptp=np.nan)]
    found = opened(tables).sessions["metrics_missing"].tolist()
    assert "snr" not in found[0]
    assert "snr" in found[1]
    assert "drift_ptp" in found[2]
    assert "snr" not in found[2]


def test_another_method_and_labels_of_curators_have_their_table():
    cohort = opened(table_of([1, 2, 3]))
    filtered = cohort.sessions_for(LiveThresholds(cohort, {"snr": {"min": 5}}, journal=None))
    assert (filtered["good"] + filtered["noise"]).tolist() == [142] * 3
    given = cohort.sessions_for(["good", "MUA"] * 213)
    assert given["mua"].tolist() == [71, 71, 71]
    some = cohort.sessions_for({"r1/3": "noise", "r1/4": None})
    assert some["noise"].tolist() == [0, 1, 0]
    assert some["noise_share"].iloc[1] == 1
    with pytest.raises(LabelsError, match="one a unit"):
        cohort.sessions_for(["good"])
    with pytest.raises(LabelsError, match="LiveBombcell"):
        cohort.sessions_for(LiveBombcell(metrics_of(1), journal=None))


# ---------------------------------------------------------------- how metrics were computed


def test_settings_that_differ_are_named_with_both_values():
    usual = {"quality_metrics": {"isi_violation": {"isi_threshold_ms": 1.5, "min_isi_ms": 0}}}
    other = {"quality_metrics": {"isi_violation": {"isi_threshold_ms": 3.0, "min_isi_ms": 0}}}
    said = other_settings([usual, usual, other, {}])
    assert said == [[], [], ["isi_violation: isi_threshold_ms 3, elsewhere 1.5"], []]
    one = {"quality_metrics": {"rp": {"methods": ["a"]}}}
    assert other_settings([one, {"quality_metrics": {"rp": {"methods": "a"}}}]) == [[], []]
    assert other_versions(["0.105.3", "0.105.3", "0.104.1", ""]) == ["", "", "0.104.1, elsewhere 0.105.3", ""]
    assert other_versions(["", ""]) == ["", ""]


def test_a_recording_with_other_settings_stands_out(study):
    cohort = opened(study)
    first = cohort.readings[0]
    changed = {
        name: {metric: dict(values) for metric, values in metrics.items()}
        for name, metrics in first.settings.items()
    }
    metric, values = next((m, v) for m, v in changed["quality_metrics"].items() if v)
    setting = next(iter(values))
    values[setting] = 12345
    cohort.readings = [first, *[replace(first) for _ in range(4)], replace(first, settings=changed)]
    cohort.names = [f"r{at}" for at in range(6)]
    cohort.about = pd.DataFrame(index=pd.Index(cohort.names, name="recording"))
    found = cohort.sessions
    assert found["other_settings"].tolist()[:5] == [""] * 5
    assert f"{metric}: {setting} 12345" in found["other_settings"].iloc[5]
    assert "computed otherwise" in found["stands_out"].iloc[5]
    assert found["stands_out"].tolist()[:5] == [""] * 5


def test_of_versions_of_spikeinterface_the_rarer_are_named():
    found = opened(shared("formats")).sessions
    assert (found["other_version"] != "").equals(found["version"] != "0.105.3")


# ---------------------------------------------------------------- standing out


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_bent_recording_among_eight_others_stands_out_alone(how, seed):
    tables = [metrics_of(100 * seed + at) for at in range(9)]
    at = seed * 3
    tables[at] = bent(tables[at], how)
    found = opened(tables).sessions["stands_out"]
    assert found.iloc[at]
    assert (found.drop(found.index[at]) == "").all()


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("wrong gain", "times, amplitudes too: is the gain right?"),
        ("few spikes", "num_spikes"),
        ("drift", "drift_ptp"),
    ],
)
def test_the_reason_says_what_is_different(how, said):
    tables = [metrics_of(at) for at in range(9)]
    tables[4] = bent(tables[4], how)
    assert said in opened(tables).sessions["stands_out"].iloc[4]


def test_two_bent_recordings_of_different_kinds_do_not_hide_each_other():
    tables = [metrics_of(at, 60) for at in range(12)]
    tables[2], tables[7] = bent(tables[2], "high noise"), bent(tables[7], "few spikes")
    found = opened(tables).sessions["stands_out"]
    assert np.flatnonzero(found != "").tolist() == [2, 7]


@pytest.mark.parametrize("many", [9, 60])
def test_recordings_that_are_alike_do_not_stand_out(many):
    tables = [metrics_of(1000 + at, 80) for at in range(many)]
    assert (opened(tables).sessions["stands_out"] == "").all()


@pytest.mark.parametrize(
    ("how", "said"),
    [("high noise", r"noise level .* \(2\.\d times\)"), ("wrong gain", "amplitudes too: is the gain")],
)
@pytest.mark.parametrize("seed", [0, 1])
def test_of_few_units_with_very_different_amplitudes_the_noise_still_tells(how, said, seed):
    """Medians of amplitudes of 24 units say little; the noise that each tells of is the same for all."""
    rng = np.random.default_rng(seed)
    tables = []
    for at in range(9):
        table = metrics_of(100 * seed + at, 24)
        spread = np.exp(rng.normal(0, 1.5, 24))
        noise = 6 * np.exp(rng.normal(0, 0.05))
        table["snr"] = 8 * spread
        table["amplitude_median"] = -noise * table["snr"] * np.exp(rng.normal(0, 0.1, 24))
        tables.append(table)
    if how == "high noise":
        tables[4]["snr"] /= 2.3
    else:
        tables[4]["amplitude_median"] *= 3
    found = opened(tables).sessions["stands_out"]
    assert re.search(said, found.iloc[4])
    assert (found.drop(found.index[4]) == "").all()


@pytest.mark.parametrize("units", [1, 8, 50])
def test_quantiles_of_each_recording_are_numpys(units):
    rng = np.random.default_rng(units)
    of, values = rng.integers(0, 7, 40 * units), rng.normal(size=40 * units).round(1)
    of[of == 3] = 4
    found = quantiles_by(of, values, 7, [0.25, 0.5, 0.75])
    for at in range(7):
        own = values[of == at]
        want = np.quantile(own, [0.25, 0.5, 0.75]) if len(own) else [np.nan] * 3
        np.testing.assert_allclose([each[at] for each in found], want)


def test_of_four_recordings_none_stands_out_and_of_few_units_neither():
    tables = [metrics_of(at) for at in range(4)]
    tables[0] = bent(tables[0], "few spikes")
    assert (opened(tables).sessions["stands_out"] == "").all()
    tables = [metrics_of(at) for at in range(8)] + [bent(metrics_of(9), "few spikes").iloc[:5]]
    assert (opened(tables).sessions["stands_out"] == "").all()


def test_a_recording_that_is_off_is_found_whatever_the_method_asks_for():
    tables = [metrics_of(at) for at in range(9)]
    tables[3] = bent(tables[3], "wrong gain")
    cohort = opened(tables)
    found = cohort.sessions_for(LiveThresholds(cohort, {"firing_rate": {"min": 0.5}}, journal=None))
    assert "is the gain right" in found["stands_out"].iloc[3]


def test_another_share_of_a_label_stands_out_where_only_labels_are_known():
    cohort = opened(table_of(range(8), 60))
    labels = np.array(["good"] * 480, dtype=object)
    labels[::4] = "noise"
    labels[60:110] = "noise"
    found = cohort.sessions_for(list(labels))["stands_out"]
    assert np.flatnonzero(found != "").tolist() == [1]
    assert "are noise" in found.iloc[1]
