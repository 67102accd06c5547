"""Axes show where decisions fall: zero has a bin of its own, long tails are gathered, saturation is marked."""

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.metrics.binning import MISSING, ZERO, cut
from nb_autolabel.metrics.registry import REGISTRY, metric
from nb_autolabel.rules.methods import bombcell_rules
from nb_autolabel.rules.missing import never_decides
from nb_autolabel.widgets.engine import apart, axis_of, ends, start
from nb_autolabel.widgets.histograms import Shared, make_histogram, note_of
from tests.widgets.javascript import run

nan = np.nan


@pytest.fixture(scope="module")
def table():
    return nbl.demo_analyzer().get_metrics_extension_data().astype(float)


@pytest.mark.parametrize(
    "name", ["amplitude_cutoff", "isi_violations_ratio", "l_ratio", "isolation_distance"]
)
def test_metrics_that_span_orders_of_magnitude_stand_on_a_logarithmic_axis(name, table):
    limit = {"amplitude_cutoff": 20, "isi_violations_ratio": 0.5, "l_ratio": 0.3, "isolation_distance": 20}[
        name
    ]
    bins = cut(metric(name), table[name].to_numpy() * metric(name).factor, (limit,))
    assert bins.scale == "log"
    assert bins.edges[0] < limit < bins.edges[-1]
    assert bins.counts().max() < 0.35 * len(table), "no single bar holds them all"


def test_every_unit_is_in_one_bin_and_zeros_in_theirs(table):
    for name in REGISTRY:
        if name not in table:
            continue
        values = table[name].to_numpy()
        for scale in (None, "log", "clip", "linear"):
            bins = cut(metric(name), values, scale=scale)
            total = bins.counts().sum() + bins.n_zero + bins.n_missing
            assert total == len(values)
            assert bins.n_zero == ((values <= 0).sum() if bins.scale == "log" else 0)
            assert ((bins.index == ZERO) == ((values <= 0) & (bins.scale == "log"))).all()
            assert ((bins.index == MISSING) == np.isnan(values)).all()
            inside = bins.index >= 0
            low, high = bins.edges[bins.index[inside]], bins.edges[bins.index[inside] + 1]
            held = (values[inside] >= low) & (values[inside] <= high)
            assert (~held).sum() == bins.n_below + bins.n_above


def test_values_orders_of_magnitude_away_are_gathered_in_the_last_bin():
    values = np.array([10.0, 12, 15, 20, 30, 40, 50, 4e13, 6e15])
    bins = cut(metric("isolation_distance"), values)
    assert bins.edges[-1] < 1000
    assert bins.n_above == 2
    assert bins.counts()[-1] >= 2


def test_the_bin_of_units_for_which_nothing_better_could_be_said_is_marked():
    bins = cut(metric("rp_contamination"), np.array([0.0, 3, 8, 40, 100, 100, 100, nan]))
    assert bins.n_saturated == 3
    assert bins.counts()[-1] == 3
    assert "3 saturated" in note_of(bins)
    assert axis_of("rp_contamination", bins)["saturated"]
    assert "any contamination explains" in metric("rp_contamination").meaning


def test_zero_and_missing_values_stand_apart_left_of_the_axis_in_the_browser():
    values = np.array([0.0, 0, 0.001, 0.01, 0.5, 2, nan])
    bins = cut(metric("isi_violations_ratio"), values, (0.5,))
    assert (bins.n_zero, bins.n_missing) == (2, 1)
    assert bins.drawn == len(bins.edges) + 1
    assert bins.drawn_index[[0, 1]].tolist() == [len(bins.edges) - 1] * 2
    assert bins.drawn_index[-1] == bins.drawn - 1
    places = apart(bins)
    low, _ = ends(bins)
    assert start(bins) < places["missing"] < places["zero"] < low
    axis = axis_of("isi_violations_ratio", bins)
    body = """(axis) => {
      const bins = [...Array(axis.bins).keys()].map((b) => code.binOf(axis, b));
      const found = bins.map(([left, width]) => code.binAt(axis, left + width / 2));
      const drags = [0.02, 0.5, 1.5].map((v) => code.fromAxis(axis, code.toAxis(axis, v)));
      return [bins, found, drags, code.limitPlaces(axis, [0.02, 0.5])];
    }"""
    drawn, found, drags, limits = run("core/axis", body, axis)
    assert found == list(range(bins.drawn)), "every bin is under its own middle"
    span = axis["high"] - axis["from"]
    middles = [axis["from"] + (left + width / 2) * span for left, width in drawn]
    np.testing.assert_allclose(middles[len(bins.edges) - 1], places["zero"])
    np.testing.assert_allclose(middles[-1], places["missing"])
    np.testing.assert_allclose(middles[: len(bins.edges) - 1], np.log10(bins.edges[:-1] * bins.edges[1:]) / 2)
    assert drags == [0.02, 0.5, 1.5], "a limit is where its handle is"
    np.testing.assert_allclose(limits, np.log10([0.02, 0.5]))


def test_ticks_name_zero_and_none_without_touching():
    values = np.r_[np.zeros(40), np.geomspace(0.002, 40, 60), np.full(20, nan)]
    bins = cut(metric("amplitude_cutoff"), values, (20,))
    shared = Shared()
    made = make_histogram(bins, shared)
    axis = made.figure.axes[0]
    texts = [axis.tick_labels[key] for key in axis.tick_labels]
    assert {"0", "no value"} <= set(texts)
    places = np.sort(axis.tick_values)
    assert (np.diff(places) > 0.06 * (ends(bins)[1] - start(bins))).all()
    for part in made.owned:
        part.close()
    shared.close()


def test_drawn_figures_count_every_unit(table):
    figure = nbl.plot_metric_histograms(table, {"mua": {"isi_violations_ratio": {"max": 0.5}}})
    (axes,) = figure.axes
    assert axes.get_xscale() == "log"
    assert "0" in [text.get_text() for text in axes.get_xticklabels()]
    tops = [path.vertices[:, 1].max() for path in axes.collections[0].get_paths()]
    assert max(tops) >= (table.isi_violations_ratio == 0).sum()
    import matplotlib.pyplot as plt

    plt.close(figure.figure)


# ---------------------------------------------------------------------- a limit that decides nothing


def test_the_ratio_of_the_peak_before_never_decides_under_the_defaults():
    """Brute force over consistent shapes: the main peak is the larger of both peaks."""
    rules = bombcell_rules()
    k = rules.index("peak_before_to_trough_ratio")
    assert "decides nothing" in never_decides(rules, k)
    rng = np.random.default_rng(0)
    before, after = rng.uniform(0, 6, (2, 4000))
    frame = pd.DataFrame(
        {
            "peak_before_to_trough_ratio": before,
            "main_peak_to_trough_ratio": np.maximum(before, after),
            "peak_before_to_peak_after_ratio": before / after,
            "peak_before_width": rng.uniform(0, 4e-4, 4000),
            "trough_width": rng.uniform(0, 4e-4, 4000),
        }
    )
    ours = rules.apply(frame, missing="inactive").labels
    without = rules.with_criterion("peak_before_to_trough_ratio", max=None)
    assert (without.apply(frame, missing="inactive").labels == ours).all()
    lower = rules.with_criterion("peak_before_to_trough_ratio", max=0.5)
    assert never_decides(lower, k) == ""
    assert (lower.apply(frame, missing="inactive").labels != ours).any()


def test_the_browser_says_so_of_the_same_limits():
    rules = bombcell_rules()
    k, main = rules.index("peak_before_to_trough_ratio"), rules.index("main_peak_to_trough_ratio")
    cases = []
    for low, high, enough in [
        (None, 3, 0.8),
        (None, 0.8, 0.8),
        (None, 0.7, 0.8),
        (None, 3, None),
        (0.1, 3, 0.8),
        (None, None, 0.8),
    ]:
        moved = rules.with_criterion(rules.keys[k], min=low, max=high).with_criterion(
            rules.keys[main], max=enough
        )
        cases.append(moved)
    body = """(sets) => sets.map((r) => r.criteria.map((_, k) =>
      code.neverDecides(r, r.criteria.map((c) => [c.min, c.max]), k)))"""
    browser = run("core/rules", body, [rules.to_dict() for rules in cases])
    for moved, said in zip(cases, browser, strict=True):
        assert said == [never_decides(moved, at) for at in range(len(moved.criteria))]
    assert [bool(said[k]) for said in browser] == [True, True, False, False, False, False]
