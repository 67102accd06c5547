"""The report is one file that loads nothing, and the words for a paper hold the numbers used."""

import re

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError, UnknownFormatError
from nb_autolabel.export.methods import methods_text
from nb_autolabel.rules.methods import bombcell_rules
from tests.conftest import shared


def test_the_report_holds_all_three_methods_and_loads_nothing(tmp_path):
    path = nbl.report(nbl.demo_analyzer(), tmp_path / "r.html")
    text = path.read_text(encoding="utf-8")
    for title in ("Summary", "Thresholds", "Bombcell", "UnitRefine", "Agreement"):
        assert re.search(f"<h2 [^>]*>{title}</h2>", text)
    assert text.count("<img ") >= 7
    assert not re.search(r"(src|href)=.(?!data:)", text)
    counts = nbl.bombcell_label_units(nbl.demo_analyzer())["label"].value_counts()
    assert all(f"{n} {label}" in text for label, n in counts.items())
    with pytest.raises(AlreadyExistsError):
        nbl.report(nbl.demo_analyzer(), path)


def test_the_report_as_pdf_and_for_an_analyzer_that_lacks_much(tmp_path):
    path = nbl.report(shared("neuropixels_kilosort.zarr"), tmp_path / "r.pdf")
    assert path.read_bytes().startswith(b"%PDF")
    with pytest.raises(UnknownFormatError, match=r"\.html or \.pdf"):
        nbl.report(nbl.demo_analyzer(), tmp_path / "r.docx")


def test_no_figure_stays_open_after_a_report(tmp_path):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    nbl.report(nbl.demo_analyzer(), tmp_path / "r.html")
    assert plt.get_fignums() == before


def test_the_methods_paragraph_says_limits_counts_missing_values_and_sources():
    demo = nbl.demo_analyzer()
    rules = bombcell_rules().with_criterion("snr", min=6.5).with_criterion("drift_ptp", max=None)
    trace = rules.apply(demo, missing="inactive", by_hand={0: "noise"})
    text = methods_text(trace, demo, "Bombcell")
    assert "snr was below 6.5" in text
    assert "drift_ptp" not in text
    assert "peak_to_trough_duration was below 0.1 ms or above 1.15 ms" in text
    assert "1 unit was labeled by hand" in text
    assert f"{trace.counts()['good']} good" in text
    assert "Missing values of exp_decay, peak_before_width counted as failing" in text
    assert "Fabre et al., 2023" in text
    assert "\n\nFabre J. M. J." in text
    assert "Buccino" in text
    assert "SpikeInterface 0.105.3" in text
