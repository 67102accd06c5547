"""Names are drawn and written as they are: a $ begins no formula, a rare letter survives in code."""

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError
from nb_autolabel.export.code import analyzer_code


@pytest.mark.parametrize("name", ["$x_{$", "$\\frac{1}{$ and $y$", "cost: 5$ to 6$", "a_b^c"])
def test_figures_show_a_name_with_dollar_signs_as_it_is(name):
    demo = nbl.demo_analyzer()
    labels = nbl.bombcell_label_units(demo)["label"].replace({"noise": name})
    for plot in (
        nbl.plot_unit_labels(demo, labels),
        nbl.compare(labels, labels, names=[name, "other"]).plot(),
        nbl.plot_metric_histograms(
            pd.DataFrame({name: [1.0, 2.0, 3.0]}), {name: {"min": 2}}, unit_labels=pd.Series([name, "b", "b"])
        ),
    ):
        plot.figure.canvas.draw()
        assert any(name in text.get_text() for text in plot.figure.findobj(plt.Text))
        plt.close(plot.figure)


@pytest.mark.parametrize("name", ["\U00020bb7\u91ce.zarr", 'it\'s "quoted" \\ $x.zarr', "\U0001f42d.zarr"])
def test_code_opens_an_analyzer_under_any_name(tmp_path, name):
    demo = nbl.demo_analyzer()
    demo.select_units(demo.unit_ids[:5]).save_as(folder=tmp_path / name, slim=True)
    names = {"nbl": nbl}
    exec(analyzer_code(nbl.load(tmp_path / name)), names)
    assert names["analyzer"].unit_ids.tolist() == demo.unit_ids[:5].tolist()


NAMES = [
    "trace",
    "title",
    "labels",
    "analyzer",
    "unit_ids",
    "columns",
    "index",
    "loc",
    "T",
    "live",
    "overrides",
    "merges",
]


def test_units_and_columns_may_be_called_like_what_pandas_objects_have(tmp_path):
    """A Series gives out its units as attributes, and a table its columns: they are not taken for parts of a labeler."""
    table = pd.DataFrame({"snr": np.arange(len(NAMES), dtype=float)}, index=NAMES)
    labels = pd.Series(["good", "mua"] * (len(NAMES) // 2), index=NAMES)
    live = nbl.LiveThresholds(table, {"snr": {"min": 3}}, journal=None)
    live.override(labels)
    assert live.labels["label"].tolist() == labels.tolist()
    every = labels.to_frame("label").assign(**{name: 1 for name in NAMES if name not in ("self", "label")})
    for given in (labels, dict(labels), every):
        found = nbl.compare(live, given)
        assert found.names[1] == "labels 2"
        file = nbl.export_labels(given, tmp_path / "labels.csv", overwrite=True)
        assert (
            nbl.import_labels(file, unit_ids=given if given is not every else NAMES)["label"].tolist()
            == labels.tolist()
        )


def test_an_array_without_ids_is_refused_by_compare():
    live = nbl.LiveThresholds(pd.DataFrame({"snr": [1.0, 5.0]}), {"snr": {"min": 3}}, journal=None)
    with pytest.raises(LabelsError, match="'labels 2' is ndarray"):
        nbl.compare(live, np.array(["good", "mua"], dtype=object))
