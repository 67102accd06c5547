"""One value that is no number spoils neither the figures of other units nor the JSON that goes to the browser."""

import json

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.card import describe
from nb_autolabel.widgets.finite import finite

ARRAYS = {
    "templates/average.npy": "template", "unit_locations/unit_locations.npy": "place on the probe",
    "template_similarity/similarity.npy": None, "spike_amplitudes/amplitudes.npy": None,
    "isi_histograms/isi_histograms.npy": None, "correlograms/ccgs.npy": None,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    demo = nbl.demo_analyzer()
    demo.select_units(demo.unit_ids[:12]).save_as(format="binary_folder", folder=tmp_path / "made")
    return tmp_path / "made"


def strict(labeler):
    """The state of every widget as JSON that knows no NaN."""
    for widget in labeler.parts.values():
        json.dumps(widget.get_state(), allow_nan=False, default=lambda value: "binary")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("array", ARRAYS)
def test_a_bad_value_of_one_unit_is_left_out_and_said_and_the_others_are_drawn(folder, array, bad):
    file = folder / "extensions" / array
    if not file.exists():
        pytest.skip(f"the demo has no {array}")
    values = np.load(file).astype(float)
    if "amplitudes" in array:
        spikes = np.load(folder / "sorting" / "spikes.npy")
        values[np.flatnonzero(spikes["unit_index"] == 3)[0]] = bad
    else:
        values[3] = bad
    np.save(file, values)
    analyzer = nbl.load(folder)
    labeler = nbl.BombcellLabeler(analyzer, journal=None)
    assert np.isfinite(labeler.view("waveforms")._ylim).all()
    for at in range(12):
        known, arrays = describe(analyzer, at)
        json.dumps(known, allow_nan=False)
        assert all(np.isfinite(values).all() for values in arrays.values())
        said = [text for text in known["missing"] if "no number" in text]
        assert bool(said) == (at == 3 and ARRAYS[array] is not None), known["missing"]
    strict(labeler)
    figure = nbl.plot_unit_labels(analyzer, labeler.labels["label"]).figure
    assert all(np.isfinite(axes.get_ylim()).all() for axes in figure.axes)
    if "templates" in array:
        assert any("1 without template" in axes.get_title() for axes in figure.axes)
    if np.isnan(bad):
        labeler.save_html(folder.parent / "labels.html")
    if np.isnan(bad) and "templates" in array:
        nbl.report(analyzer, folder.parent / "report.html")
    labeler.close()


def test_metrics_that_are_infinite_or_all_missing_reach_the_browser_as_numbers_or_null(folder):
    import pandas as pd

    file = folder / "extensions" / "quality_metrics" / "metrics.csv"
    table = pd.read_csv(file, index_col=0)
    table.loc[table.index[0], ["snr", "amplitude_median", "rp_contamination"]] = np.inf
    table["presence_ratio"] = np.nan
    table["drift_ptp"] = -np.inf
    table.to_csv(file)
    labeler = nbl.BombcellLabeler(nbl.load(folder), journal=None)
    strict(labeler)
    labeler.save_html(folder.parent / "labels.html")
    labeler.close()


def test_numbers_that_json_lacks_become_null_and_numpys_become_plain():
    assert finite({"a": [np.float32(1.5), np.nan, (np.inf,)], "b": b"x", "c": np.int64(3)}) == {
        "a": [1.5, None, [None]],
        "b": b"x",
        "c": 3,
    }
