"""The figures of the how-to show what labeled the units."""

import re
import warnings

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import FigureStyleError, LabelsError, MissingMetricError
from nb_autolabel.plots.palette import LOOKS, in_order, look

mpl.use("Agg")
SIMPLE = {"snr": {"min": 5}, "firing_rate": {"min": 0.1, "max": 200}, "rp_contamination": {"max": 0.5}}


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


@pytest.fixture(scope="module")
def labels(demo):
    return nbl.bombcell_label_units(demo, split_non_somatic_good_mua=True)["label"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


def test_waveforms_are_shown_by_label_with_their_number(demo, labels):
    plot = nbl.plot_unit_labels(demo, labels, ylims=(-300, 100))
    counts = labels.value_counts()
    assert [ax.get_title() for ax in plot.axes] == [f"{k} (n={counts[k]})" for k in in_order(labels)]
    assert all(ax.get_ylim() == (-300, 100) for ax in plot.axes)
    for axes, label in zip(plot.axes, in_order(labels), strict=True):
        assert len(axes.collections[0].get_segments()) == counts[label]
    plot.figure.suptitle("as in the how-to")


def test_labels_are_matched_by_unit_id_not_by_position(demo, labels):
    shuffled = labels.sample(frac=1, random_state=0)
    first = nbl.plot_unit_labels(demo, labels).axes[0].collections[0].get_segments()
    second = nbl.plot_unit_labels(demo, shuffled).axes[0].collections[0].get_segments()
    assert np.array_equal(first, second)


@pytest.mark.parametrize("form", ["series", "frame", "dict", "list", "array"])
def test_labels_are_taken_in_every_form(demo, labels, form):
    given = {
        "series": labels,
        "frame": labels.to_frame(),
        "dict": labels.to_dict(),
        "list": labels.tolist(),
        "array": labels.to_numpy(),
    }[form]
    assert len(nbl.plot_unit_labels(demo, given).axes) == labels.nunique()


def test_labels_that_do_not_fit_are_an_error_that_says_how_many(demo, labels):
    with pytest.raises(LabelsError, match=r"3 labels were given for 142 units"):
        nbl.plot_unit_labels(demo, ["good"] * 3)
    with pytest.raises(LabelsError, match="1 units have no label"):
        nbl.plot_unit_labels(demo, labels.iloc[1:])


def test_bars_of_a_histogram_count_every_unit_that_has_a_value(demo):
    plot = nbl.plot_metric_histograms(demo, nbl.bombcell_get_default_thresholds(), figsize=(15, 10))
    metrics = demo.get_metrics_extension_data()
    assert len(plot.axes) == 18
    for axes in plot.axes:
        name = axes.get_title(loc="left").strip("|")
        bars = [path.vertices for c in axes.collections for path in c.get_paths()]
        total = sum(v[:, 1].max() - v[:, 1].min() for v in bars)
        assert round(total) == metrics[name].notna().sum(), name


def test_limits_are_written_in_units_that_people_use(demo):
    plot = nbl.plot_metric_histograms(demo, nbl.bombcell_get_default_thresholds())
    by_name = {ax.get_title(loc="left"): ax for ax in plot.axes}
    assert "≥ 0.1 ms\n≤ 1.15 ms" in [t.get_text() for t in by_name["peak_to_trough_duration"].texts]
    assert "≥ 40 µV" in [t.get_text() for t in by_name["|amplitude_median|"].texts]
    assert "ms" in by_name["trough_width"].get_xlabel()


def test_values_beyond_the_axis_and_missing_values_are_counted_in_words():
    frame = pd.DataFrame({"snr": [*np.linspace(1, 10, 200), 1e6, np.inf, np.nan]})
    axes = nbl.plot_metric_histograms(frame, {"snr": {"min": 5}}).axes[0]
    assert re.search(r"\d off scale →", axes.get_xlabel())
    assert "1 without a value" in axes.get_xlabel()
    assert axes.get_xlim()[1] < 100


def test_histograms_take_flat_and_sectioned_thresholds_and_single_metrics(demo):
    assert len(nbl.plot_metric_histograms(demo, SIMPLE, figsize=(12, 7)).axes) == 3
    assert len(nbl.plot_metric_histograms(demo, SIMPLE, metrics_to_plot=["snr", "drift_ptp"]).axes) == 2
    with pytest.raises(MissingMetricError, match="Did you mean 'snr'"):
        nbl.plot_metric_histograms(demo, SIMPLE, metrics_to_plot=["snrr"])


def test_upset_bars_add_up_to_the_units_of_the_label(demo, labels):
    plot = nbl.plot_bombcell_labels_upset(
        demo,
        unit_labels=labels,
        thresholds=nbl.bombcell_get_default_thresholds(),
        unit_labels_to_plot=["noise", "mua", "non_soma_mua"],
    )
    assert len(plot.figures) == 3
    for figure, label in zip(plot.figures, ["noise", "mua", "non_soma_mua"], strict=True):
        n = int((labels == label).sum())
        assert f"(n={n})" in figure.get_suptitle()
        (bars,) = [ax for ax in figure.axes if ax.get_ylabel() == "units"]
        assert sum(round(patch.get_height()) for patch in bars.patches) == n


def test_upset_works_for_a_single_reason():
    frame = pd.DataFrame({"snr": [1.0, 2.0, 9.0], "num_spikes": [999, 999, 999]}, index=["a", "b", "c"])
    thresholds = {"noise": {}, "mua": {"snr": {"min": 5}, "num_spikes": {"min": 10}}, "non-somatic": {}}
    plot = nbl.plot_bombcell_labels_upset(frame, thresholds=thresholds)
    assert [f.get_suptitle() for f in plot.figures] == ["mua: why (n=2)"]


def test_a_missing_value_that_the_rule_ignores_is_no_reason():
    frame = pd.DataFrame({"snr": [1.0, 9.0], "drift_ptp": [np.nan, np.nan]})
    thresholds = {"mua": {"snr": {"min": 5}, "drift_ptp": {"max": 100}}}
    rules = nbl.plot_bombcell_labels_upset(frame, thresholds=thresholds)
    names = [t.get_text().strip() for ax in rules.figure.axes for t in ax.get_yticklabels()]
    assert "snr" in names
    assert "drift_ptp" not in names


def test_units_whose_given_label_does_not_follow_are_not_counted_and_said_so(demo, labels):
    edited = labels.copy()
    edited[labels == "good"] = "noise"
    with pytest.warns(UserWarning, match=r"units labeled 'noise' are not so labeled by these thresholds"):
        plot = nbl.plot_bombcell_labels_upset(demo, unit_labels=edited, unit_labels_to_plot=["noise"])
    assert f"(n={(labels == 'noise').sum()})" in plot.figure.get_suptitle()


def test_nothing_to_draw_is_an_error_that_says_the_counts():
    with pytest.raises(LabelsError, match="good 1"):
        nbl.plot_bombcell_labels_upset(pd.DataFrame({"snr": [9.0]}), thresholds={"mua": {"snr": {"min": 5}}})


def test_figures_draw_without_warnings(demo, labels):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for plot in (
            nbl.plot_unit_labels(demo, labels),
            nbl.plot_metric_histograms(demo),
            nbl.plot_bombcell_labels_upset(demo, labels),
        ):
            for figure in plot.figures:
                figure.canvas.draw()


def test_labels_of_one_figure_differ_in_colour_and_in_hatch():
    shown = ["good", "mua", "non_soma_good", "non_soma_mua", "noise", "unsure"]
    assert len({LOOKS[label].color for label in shown}) == len(shown)
    assert len({LOOKS[label].hatch for label in shown}) == len(shown)
    assert look("mine", ["mine", "yours"]) != look("yours", ["mine", "yours"])


def test_figures_take_a_style_of_matplotlib_and_leave_the_one_that_is_set():
    from matplotlib.colors import same_color

    before = mpl.rcParams["axes.facecolor"]
    analyzer = nbl.demo_analyzer()
    labels = nbl.bombcell_label_units(analyzer)
    for plot in (
        nbl.plot_metric_histograms(analyzer, style="dark_background"),
        nbl.plot_unit_labels(analyzer, labels, style="dark_background"),
        nbl.plot_bombcell_labels_upset(analyzer, style="dark_background"),
    ):
        assert all(
            same_color(axes.get_facecolor(), "black") for axes in plot.axes if axes.patch.get_visible()
        )
        assert same_color(plot.figure.get_facecolor(), "black")
    assert mpl.rcParams["axes.facecolor"] == before
    with pytest.raises(FigureStyleError, match="'dark_background'"):
        nbl.plot_metric_histograms(analyzer, style="no such style")
