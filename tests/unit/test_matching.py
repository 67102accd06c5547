"""Labels land on their own units: matched by id in every function, in any spelling; never by position, never dropped."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.classifiers.adaptation import own_labels
from nb_autolabel.errors import DamagedDataError, LabelsError, SelectionError, UnknownUnitError
from nb_autolabel.labels_by_unit import matched_labels
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.rules.methods import bombcell_rules, threshold_rules

mpl.use("agg")
QUICK = nbl.Growth(iterations=3)
CAPITALS = {"good": "GOOD", "mua": "MUA", "noise": "Noise", "non_soma": "NON-SOMA"}


@pytest.fixture(scope="module")
def demo():
    """Forty units whose ids are text."""
    whole = nbl.demo_analyzer()
    return whole.select_units(whole.unit_ids[:60])


@pytest.fixture(scope="module")
def labels(demo):
    return nbl.bombcell_label_units(demo)["label"]


@pytest.fixture(scope="module")
def foreign(labels):
    """The same labels with numbers as ids, in another order and in other tools' spelling."""
    return labels.map(CAPITALS).rename(index=int).sample(frac=1.0, random_state=0)


@pytest.fixture
def labeler(demo):
    made = nbl.BombcellLabeler(demo, journal=None)
    yield made
    made.close()


FORMS = {
    "series": lambda s: s,
    "frame": lambda s: s.to_frame("label"),
    "dict": lambda s: s.to_dict(),
    "table with a column unit_id": lambda s: pd.DataFrame({"unit_id": s.index, "label": s.to_numpy()}),
    "categories": lambda s: s.astype("category"),
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_every_function_that_takes_labels_finds_their_units(demo, labels, foreign, labeler, form):
    given = form(foreign)
    metrics = demo.get_metrics_extension_data()
    places, truth = own_labels(MetricTable.of(demo), given)
    assert [labels.map({"noise": 0, "mua": 1}).fillna(2).iloc[at] for at in places] == truth.tolist()
    trained = nbl.train_unit_classifier(metrics, given, growth=QUICK)
    assert (trained.report.truth == (labels == "noise").to_numpy()).all()
    labeler.override(given)
    assert labeler.labels["label"].to_dict() == labels.to_dict()
    assert len(labeler.overrides) == 60
    if not isinstance(given, pd.DataFrame) or "unit_id" not in given:
        assert nbl.compare(ours=labels, theirs=given).kappa().agreement == 1.0
    titles = [axes.get_title() for axes in nbl.plot_unit_labels(demo, given).axes]
    assert titles == [axes.get_title() for axes in nbl.plot_unit_labels(demo, labels).axes]
    mpl.pyplot.close("all")


def test_a_label_on_the_wrong_unit_would_be_seen(demo, labels, foreign):
    """By position the shuffled labels differ from those of their units, so the test above can fail."""
    by_position = foreign.map({other: own for own, other in CAPITALS.items()}).to_numpy()
    assert (by_position == labels.to_numpy()).mean() < 0.8
    assert foreign.index.tolist() != list(range(len(demo.unit_ids)))


def test_labels_of_other_units_are_refused_by_name_and_a_plain_list_is_in_order(demo, labels):
    metrics = demo.get_metrics_extension_data()
    strangers = labels.set_axis(np.arange(1000, 1060))
    for use in (
        lambda given: nbl.train_unit_classifier(metrics, given, growth=QUICK),
        lambda given: nbl.adapt(demo, given),
        lambda given: nbl.fit_thresholds(demo, given),
    ):
        with pytest.raises(LabelsError, match=r"60 labels are of units that are not in .*1000, 1001"):
            use(strangers)
        with pytest.raises(LabelsError, match=r"1 labels are of units .*'x'"):
            use({**labels.to_dict(), "x": "good"})
    with pytest.raises(LabelsError, match=r"give them as a list: labels.tolist\(\)"):
        nbl.train_unit_classifier(metrics, strangers)
    with pytest.raises(LabelsError, match=r"60 units have no label.*labels.tolist\(\)"):
        nbl.plot_unit_labels(demo, strangers)
    trained = nbl.train_unit_classifier(metrics, strangers.tolist(), growth=QUICK)
    assert (trained.report.truth == (labels == "noise").to_numpy()).all()
    with pytest.raises(LabelsError, match="60 units and 59 labels"):
        nbl.train_unit_classifier(metrics, labels.tolist()[1:])


def test_recordings_in_one_table_may_repeat_ids_if_labels_have_the_same_index(demo, labels):
    metrics = demo.get_metrics_extension_data()
    both, given = pd.concat([metrics, metrics]), pd.concat([labels, labels[::-1].set_axis(labels.index)])
    recordings = ["one"] * 60 + ["two"] * 60
    trained = nbl.train_unit_classifier(both, given, recordings=recordings, growth=QUICK)
    assert (trained.report.truth == (given == "noise").to_numpy()).all()
    for wrong in (given.sample(frac=1.0, random_state=0), labels):
        with pytest.raises(LabelsError, match="more than once"):
            nbl.train_unit_classifier(both, wrong, recordings=recordings)
    fitted = nbl.fit_thresholds(both, given, recordings=recordings)
    assert fitted.units == 120


def test_an_id_whose_text_two_units_have_is_refused():
    with pytest.raises(LabelsError, match="more than once"):
        matched_labels({7: "good", "7": "mua"}, ["7", "8"])
    with pytest.raises(UnknownUnitError, match="could be any of 7, '7'"):
        matched_labels({b"7": "good"}, [7, "7"])
    assert matched_labels({7: "good", "7": "mua"}, [7, "7"]) == {0: "good", 1: "mua"}


def test_a_single_unit_is_found_by_number_or_text(demo, labeler):
    for unit in (7, "7", np.int64(7), 7.0):
        assert labeler.explain(unit).unit_id == "7"
        assert labeler.trace.explain(unit).equals(labeler.trace.explain("7"))
        assert demo.get_unit_spike_train(unit).tolist() == demo.get_unit_spike_train("7").tolist()
        assert demo.select_units([unit]).unit_ids.tolist() == ["7"]
        assert "7" not in demo.remove_units([unit]).unit_ids
        labeler.override(unit, "artifact")
        assert labeler.overrides["label"].to_dict() == {"7": "artifact"}
        labeler.clear_override(unit)
        assert labeler.overrides.empty
    labeler.selection = [3, "4"]
    assert labeler.selection == ["3", "4"]
    numbers = threshold_rules({"snr": {"min": 2}}).apply(pd.DataFrame({"snr": [1.0, 3.0]}, index=[98, 7]))
    assert numbers.position("98") == 0
    for unknown in (700, None, [7], True, "07"):
        with pytest.raises(UnknownUnitError, match="there is no unit"):
            labeler.explain(unknown)


def test_no_label_is_no_label_in_every_function(demo, labels, labeler):
    blank = dict(zip(labels.index, ["", "unsorted", None, np.nan, "None", b"", pd.NA], strict=False))
    given = {**labels.to_dict(), **blank}
    labeler.override(given)
    assert set(labeler.overrides.index) == set(labels.index[7:])
    assert len(own_labels(MetricTable.of(demo), given)[0]) == 53
    assert nbl.compare(labels, given).left_out == labels.index[:7].tolist()
    assert len(nbl.train_unit_classifier(demo, given, growth=QUICK).report.truth) == 53
    titles = [axes.get_title() for axes in nbl.plot_unit_labels(demo, given).axes]
    assert "not labeled (n=7)" in titles
    mpl.pyplot.close("all")
    with pytest.raises(LabelsError, match="7 units have no label"):
        nbl.export_labels(given, "nothing.csv")
    with pytest.raises(LabelsError, match="'unsorted' stands for none"):
        labeler.override("3", "unsorted")


def test_labels_are_named_in_any_capitals(demo, labels, labeler, tmp_path):
    kept = labeler.select_units(drop=["NOISE", "Non-Soma"])
    assert kept.get_num_units() == int(labels.isin(["good", "mua"]).sum())
    with pytest.raises(SelectionError, match="Did you mean 'noise'"):
        labeler.select_units(drop="noize")
    assert len(nbl.compare(labels, labels, names=["a", "b"]).units(a="MUA")) == int((labels == "mua").sum())
    nbl.export_labels(labels, tmp_path / "c.json", remove="NOISE")
    assert '"removed": [\n' in (tmp_path / "c.json").read_text()
    order = ["NOISE", "Good", "mua", "non soma"]
    shown = [
        axes.get_title().split(" (")[0]
        for axes in nbl.plot_unit_labels(demo, labels, labels_order=order).axes
    ]
    assert shown == ["noise", "good", "mua", "non_soma"]
    mpl.pyplot.close("all")
    single = nbl.train_unit_classifier(demo, labels.map(CAPITALS), positive="GOOD", growth=QUICK)
    assert single.report.truth.sum() == (labels == "good").sum()


def test_a_method_keeps_its_own_spelling(demo):
    made = nbl.ThresholdLabeler(
        demo, {"snr": {"min": 4}}, pass_label="Keep-It", fail_label="NOISE", journal=None
    )
    made.override([1, 2], "noise")
    made.override({3: "keep it"})
    assert made.overrides["label"].to_dict() == {"1": "NOISE", "2": "NOISE", "3": "Keep-It"}
    assert made.select_units(keep="keep it").get_num_units() == made.counts["Keep-It"]
    made.close()


def test_spelling_makes_no_disagreement_not_even_of_labels_of_ones_own():
    found = nbl.compare(
        one={1: "Purkinje-like", 2: "NON SOMA", 3: "sua"},
        two={"1": "purkinje like", 2: "non-soma", 3: "GOOD"},
    )
    assert found.disagreements.empty
    assert found.labels["two"].tolist() == ["Purkinje-like", "non_soma", "good"]


def test_units_of_a_comparison_are_called_alike_and_the_others_named():
    first = pd.DataFrame({"label": ["good", "mua"], "probability": [0.9, 0.6]}, index=[1, 2])
    found = nbl.compare(
        first, {"2": "noise", "1": "good", "7": "mua"}, {2: "mua", 1.0: "good", 7: "mua", 8: "good"}
    )
    assert found.labels.index.tolist() == [1, 2]
    assert found.labels.iloc[1].tolist() == ["mua", "noise", "mua"]
    assert found.left_out == ["7", 8]
    assert found.confidence.iloc[:, 0].tolist() == [0.9, 0.6]
    with pytest.raises(LabelsError, match="more than once in what is given"):
        nbl.compare({1: "good", "1": "mua"}, {1: "good"})


def test_the_confidence_of_a_labeler_is_found_under_ids_of_another_type(labels, labeler):
    found = nbl.compare(file=labels.rename(index=int), labeler=labeler)
    expected = nbl.compare(file=labels, labeler=labeler).confidence["labeler"]
    assert found.confidence["labeler"].to_numpy() == pytest.approx(expected.to_numpy(), nan_ok=True)


def test_an_exercise_is_scored_by_id_in_any_spelling():
    exercise = nbl.Exercise("anna")
    shouted = exercise.truth.str.upper().str.replace("_", "-").rename(index=int)[::-1]
    assert exercise.score(shouted).right == 30
    blank = shouted.copy()
    blank.iloc[:4] = ["", "unsorted", None, "None"]
    assert exercise.score(blank).labeled == 26
    with pytest.raises(LabelsError, match="not in this exercise"):
        exercise.score({"no such unit": "good"})


# ---------------------------------------------------------------------- odd but legal


@pytest.fixture(scope="module")
def sessions(demo):
    """Two sessions with equal unit ids in one table."""
    metrics = demo.get_metrics_extension_data()
    return pd.concat({"monday": metrics, "tuesday": metrics[::-1]}, names=["session", "unit"])


@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("name", ["l.csv", "l.parquet"])
def test_units_of_several_sessions_go_to_tables_and_come_back(sessions, tmp_path, name, wide):
    trace = bombcell_rules().apply(sessions, missing="inactive")
    nbl.export_labels(trace, tmp_path / name, wide=wide)
    back = nbl.import_labels(tmp_path / name, unit_ids=sessions)
    assert back.index.tolist() == sessions.index.tolist()
    assert back["label"].tolist() == trace.labels.tolist()
    assert ("snr" in back) == wide


@pytest.mark.parametrize("name", ["c.json", "phy", "s.nwb"])
def test_other_formats_refuse_several_sessions_in_a_sentence(sessions, tmp_path, name):
    if name == "s.nwb":
        make_nwb(tmp_path / name, ids=[0, 1])
    labels = nbl.bombcell_label_units(sessions)
    with pytest.raises(LabelsError, match=r"of several sessions.*labels.xs\('monday'\)"):
        nbl.export_labels(labels, tmp_path / name, "phy" if name == "phy" else None)
    assert not (tmp_path / name).exists() or name == "s.nwb"


def test_several_sessions_are_compared_explained_and_learnt_from(sessions):
    labels = nbl.bombcell_label_units(sessions)
    found = nbl.compare("default", "allen", analyzer=sessions)
    assert found.labels.index.tolist() == sessions.index.tolist()
    assert found.moved().index.isin(sessions.index).all()
    assert found.consensus().index.equals(found.labels.index)
    trace = bombcell_rules().apply(sessions, missing="inactive")
    assert trace.explain(("tuesday", 3)).equals(trace.explain(("tuesday", "3")))
    shuffled = labels.sample(frac=1.0, random_state=0)
    assert own_labels(MetricTable.of(sessions), shuffled)[0].tolist() == [
        sessions.index.get_loc(u) for u in shuffled.index
    ]
    with pytest.raises(LabelsError, match="3 parts"):
        nbl.export_labels(nbl.bombcell_label_units(pd.concat({"year": sessions})), "nothing.csv")


def test_a_column_of_unit_ids_names_the_units_and_is_no_metric(demo, tmp_path):
    metrics = demo.get_metrics_extension_data()
    rules = bombcell_rules()
    for table in (metrics.reset_index(names="unit_id"), metrics.assign(unit_id=metrics.index)):
        trace = rules.apply(table, missing="inactive")
        assert trace.labels.to_dict() == rules.apply(metrics, missing="inactive").labels.to_dict()
        assert "unit_id" not in trace.table.names
    other = metrics.assign(unit_id=np.arange(60) + 100, label=1.5, note=2.5)
    nbl.export_labels(rules.apply(other, missing="inactive"), tmp_path / "w.csv", wide=True)
    back = nbl.import_labels(tmp_path / "w.csv")
    assert back.index.tolist() == metrics.index.tolist()
    assert back.iloc[0][["unit_id (metric)", "label (metric)", "note (metric)"]].tolist() == [100, 1.5, 2.5]
    with pytest.raises(LabelsError, match="index of the table and its column 'unit_id' name different units"):
        nbl.export_labels(
            pd.DataFrame({"unit_id": ["q"], "label": ["good"]}, index=["a"]), tmp_path / "x.csv"
        )


def test_a_metric_with_a_slash_in_its_name_is_a_metric(demo, tmp_path):
    metrics = demo.get_metrics_extension_data().assign(**{"signal/noise": np.linspace(0, 10, 60)})
    thresholds = {"noise": {"num_spikes": {"min": 10}}, "mua": {"signal/noise": {"min": 3}}}
    trace = bombcell_rules(thresholds).apply(metrics)
    nbl.export_labels(trace, tmp_path / "t.json", "thresholds_json")
    read = nbl.import_labels(tmp_path / "t.json")
    assert nbl.bombcell_label_units(metrics, thresholds=read)["label"].tolist() == trace.labels.tolist()
    nbl.export_labels(trace, tmp_path / "w.csv", wide=True)
    assert nbl.import_labels(tmp_path / "w.csv")["signal/noise"].to_numpy() == pytest.approx(
        metrics["signal/noise"]
    )
    drawn = nbl.plot_bombcell_labels_upset(metrics, thresholds=thresholds, unit_labels_to_plot=["mua"])
    texts = {text.get_text().strip() for axes in drawn.axes for text in axes.get_yticklabels()}
    assert "signal/noise" in texts
    mpl.pyplot.close("all")


@pytest.mark.parametrize(
    ("format", "name"),
    [("curation_json", "c.json"), ("csv", "l.csv"), ("parquet", "l.parquet"), ("phy", "phy")],
)
def test_ids_of_bytes_and_of_numpy_are_written_as_text_and_numbers(tmp_path, format, name):
    nbl.export_labels({b"a": "good", b"b": "mua"}, tmp_path / name, format)
    assert nbl.import_labels(tmp_path / name, format)["label"].to_dict() == {"a": "good", "b": "mua"}
    numbers = tmp_path / f"n_{name}"
    nbl.export_labels({np.uint16(3): "good", np.int64(4): "mua"}, numbers, format)
    assert nbl.import_labels(numbers, format)["label"].to_dict() == {3: "good", 4: "mua"}
    for wrong in ({None: "good"}, {"": "good"}, {1: "good", "1": "mua"}):
        with pytest.raises(LabelsError, match=r"id of its unit|stand there twice: 1, '1'"):
            nbl.export_labels(wrong, tmp_path / f"w_{name}", format)
        assert not (tmp_path / f"w_{name}").exists()


# ---------------------------------------------------------------------- NWB


def make_nwb(path, ids=None, **columns):
    """Write an NWB file with units."""
    pynwb = pytest.importorskip("pynwb")
    from datetime import UTC, datetime

    file = pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))
    for name in columns:
        file.add_unit_column(name, name)
    for at in range(len(ids or next(iter(columns.values())))):
        own = {} if ids is None else {"id": ids[at]}
        file.add_unit(spike_times=[0.1], **own, **{name: values[at] for name, values in columns.items()})
    with pynwb.NWBHDF5IO(str(path), "w") as out:
        out.write(file)
    return path


def test_units_of_two_probes_that_share_their_names_do_not_share_labels(tmp_path):
    place = make_nwb(tmp_path / "two.nwb", unit_name=list("01234") * 2)
    before = place.read_bytes()
    for ids in (range(5), list("01234")):
        with pytest.raises(LabelsError, match=r"cannot be told apart by 'unit_name' \(0, 1, 2, 3, 4\)"):
            nbl.export_labels(dict.fromkeys(ids, "good"), place)
    assert place.read_bytes() == before
    labels = {unit: "mua" if unit < 5 else "noise" for unit in range(10)}
    nbl.export_labels(labels, place)
    with pytest.warns(
        UserWarning, match="'unit_name' names 0, 1, 2, 3, 4 more than once; the units are called by 'id'"
    ):
        assert nbl.import_labels(place)["label"].to_dict() == labels
    assert nbl.import_labels(place, unit_ids=[str(unit) for unit in labels]).index.tolist() == list(
        map(str, labels)
    )


def test_the_column_of_ids_in_an_nwb_file_is_the_one_with_the_given_ids(tmp_path):
    place = make_nwb(tmp_path / "s.nwb", cluster_id=[12, 11, 10], label=["good", "", "MUA"])
    assert nbl.import_labels(place, unit_ids=["10", "11", "12"])["label"].to_dict() == {
        "12": "good",
        "10": "mua",
    }
    assert nbl.import_labels(place, unit_ids=[0, 1, 2])["label"].to_dict() == {0: "good", 2: "mua"}
    unclear = make_nwb(tmp_path / "u.nwb", cluster_id=[2, 1, 0], label=["good", "", "MUA"])
    with pytest.raises(LabelsError, match="could be meant by cluster_id, id, and they disagree"):
        nbl.import_labels(unclear, unit_ids=[0, 1, 2])


def test_labels_that_an_nwb_file_cannot_take_are_named(tmp_path):
    place = make_nwb(tmp_path / "s.nwb", ids=[3, 4], label=[0.5, 0.7])
    before = place.read_bytes()
    with pytest.raises(LabelsError, match="'label' .* holds no text"):
        nbl.export_labels({3: "good", 4: "mua"}, place, overwrite=True)
    assert place.read_bytes() == before
    with pytest.warns(UserWarning, match="has no units 5; their labels are not written"):
        nbl.export_labels({3: "good", 4: "mua", 5: "noise"}, place, name="quality")
    assert nbl.import_labels(place, name="quality")["label"].to_dict() == {3: "good", 4: "mua"}


def test_a_column_of_an_nwb_file_with_several_values_a_unit_names_no_units(tmp_path):
    """Of such a column the file stores where the values of each unit end: these numbers are no ids."""
    place = make_nwb(
        tmp_path / "pairs.nwb", unit_name=[[1, 2], [1, 3], [2, 3]], label=["good", "mua", "noise"]
    )
    assert nbl.import_labels(place)["label"].to_dict() == {0: "good", 1: "mua", 2: "noise"}
    nbl.export_labels({0: "mua", 1: "mua", 2: "noise"}, place, overwrite=True)
    assert nbl.import_labels(place)["label"].to_dict() == {0: "mua", 1: "mua", 2: "noise"}


def test_probabilities_that_are_no_numbers_are_named_before_an_nwb_file_is_touched(tmp_path):
    place = make_nwb(tmp_path / "units.nwb", unit_name=["a", "b"])
    before = place.read_bytes()
    with pytest.raises(LabelsError, match="'probability' of the labels holds more than numbers"):
        nbl.export_labels(
            pd.DataFrame({"label": ["good"] * 2, "probability": ["x"] * 2}, index=["a", "b"]), place
        )
    assert place.read_bytes() == before


def test_what_cannot_be_read_of_an_nwb_file_later_is_named_too(tmp_path, monkeypatch):
    place = make_nwb(tmp_path / "units.nwb", unit_name=["a", "b"], label=["good", "mua"])

    def broken(units):
        raise OSError("Can't synchronously read data")

    monkeypatch.setattr("nb_autolabel.export.nwb._ids", broken)
    with pytest.raises(DamagedDataError, match="cannot be read: Can't synchronously read data"):
        nbl.import_labels(place)
