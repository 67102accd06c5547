"""The score of an exercise opens wrong units; labels can be taken along from the session that gave them."""

import random

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import LabelsError


@pytest.fixture
def wrong():
    exercise = nbl.Exercise("dora", "easy")
    given = exercise.truth.copy()
    units = [given.index[given == label][0] for label in ("noise", "mua")]
    given[units] = "good"
    return exercise, given, units


def test_every_wrong_unit_is_in_the_score_with_its_clue_and_opens_its_card(wrong):
    exercise, given, units = wrong
    score = exercise.score(given)
    made = score.widget()
    shown = made.parts["score"]
    assert sorted(exercise.analyzer.unit_ids[w["at"]] for w in shown._wrong) == sorted(units)
    assert all(w["given"] == "good" and w["truth"] in ("noise", "mua") and w["clue"] for w in shown._wrong)
    assert "28 of 30 labels are right" in shown._sentence
    made.show(units[1])
    assert made.current == units[1]
    sent = []
    made.parts["card"].send = lambda content, buffers=None: sent.append(content)
    made.parts["card"]._handle_custom_msg({"request": 1, "unit": str(units[1])}, [])
    assert sent[0]["unit"] == str(units[1])
    assert "template" in sent[0]["arrays"]
    made.close()


def test_a_score_shows_itself_as_a_widget_and_as_a_table_without_a_kernel(wrong):
    exercise, given, units = wrong
    bundle = exercise.score(given)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "28 of 30" in bundle["text/plain"]
    assert f">{units[0]}<" in bundle["text/html"]
    assert "widget-view" not in str(exercise.score({})._repr_mimebundle_().keys())


def test_all_right_has_no_unit_to_open(wrong):
    exercise, _, _ = wrong
    made = exercise.score(exercise.truth).widget()
    assert set(made.parts) == {"engine", "score"}
    assert made.current is None
    made.close()


def test_the_session_says_how_its_file_is_called_and_where_labels_are(tmp_path):
    session = nbl.LabelingSession(nbl.demo_analyzer(), journal=tmp_path / "anna.jsonl")
    assert session.parts["bar"]._file == "anna.csv"
    assert session.parts["bar"]._text_ids
    assert "anna.jsonl" in session.parts["bar"]._after
    session.close()


def test_what_the_browser_downloads_is_read_and_scored(wrong, tmp_path):
    """The text is that of ``frontend/test/workshop.test.js``: columns unit_id and label, ids that are text quoted."""
    exercise, _, _ = wrong
    unit = exercise.truth.index[0]
    (tmp_path / "dora.csv").write_text(f'"unit_id","label"\n"{unit}","{exercise.truth[unit]}"\n')
    back = nbl.import_labels(tmp_path / "dora.csv", unit_ids=exercise.analyzer)
    assert exercise.score(back).right == 1


def test_labels_that_a_forgetting_server_lost_come_back_from_the_downloaded_file(wrong, tmp_path):
    exercise, given, _ = wrong
    nbl.export_labels(given, tmp_path / "dora.csv")
    session = nbl.LabelingSession(exercise.analyzer, journal=tmp_path / "new.jsonl")
    for unit, label in nbl.import_labels(tmp_path / "dora.csv")["label"].items():
        session.label(unit, label)
    assert session.labels["label"].to_dict() == given.to_dict()
    session.close()


# ------------------------------------------------- the class


@pytest.fixture(scope="module")
def thirty_files(tmp_path_factory):
    """Thirty students of whom each labeled 5 to 30 of the own units, and files that are empty or broken."""
    folder, rng = tmp_path_factory.mktemp("class"), random.Random(2)
    for n in range(30):
        truth = nbl.Exercise(f"student {n}", "easy").truth
        units = rng.sample(list(truth.index), rng.randint(5, 30))
        labels = {u: truth[u] if rng.random() < 0.6 else rng.choice(["good", "mua", "noise"]) for u in units}
        nbl.export_labels(labels, folder / f"student {n}.csv")
    (folder / "empty.csv").write_text("")
    (folder / "bytes.csv").write_bytes(b"\x00\xff\xfe")
    return folder


def test_the_hardest_units_of_a_class_open_their_cards(thirty_files):
    found = nbl.class_comparison(thirty_files)
    made = found.widget()
    units = made.parts["hardest"]._units
    ids = found.evidence.unit_ids
    assert [ids[each["at"]] for each in units] == [str(unit) for unit in found.hardest.index[: len(units)]]
    assert len(units) == min(30, int((found.hardest["share"] < 1).sum()))
    assert units[0]["says"].startswith("Clue: ")
    first = found.hardest.iloc[0]
    assert units[0]["share"] == f"{round(100 * first['share'])} % right"
    assert units[0]["given"] == first["given"]
    assert units[0]["truth"] == units[0]["label"] == first["truth"]
    assert made.current == found.hardest.index[0]
    made.show(found.hardest.index[3])
    assert made.current == found.hardest.index[3]
    sent = []
    made.parts["card"].send = lambda content, buffers=None: sent.append(content)
    made.parts["card"]._handle_custom_msg({"request": 1, "unit": str(found.hardest.index[3])}, [])
    assert "template" in sent[0]["arrays"]
    made.close()


def test_a_class_shows_itself_as_a_widget_and_as_tables_without_a_kernel(thirty_files):
    bundle = nbl.class_comparison(thirty_files)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "30 students gave" in bundle["text/plain"]
    assert "empty.csv" in bundle["text/html"]


def test_a_class_without_truth_opens_cards_of_the_analyzer_that_is_given(thirty_files, demo_folder):
    plain = nbl.class_comparison(thirty_files, truth=False)
    assert plain.evidence is None
    assert set(plain._repr_mimebundle_()) == {"text/plain", "text/html"}
    with pytest.raises(LabelsError, match="class_comparison\\(folder, analyzer=analyzer\\)"):
        plain.widget()
    found = nbl.class_comparison(thirty_files, truth=False, analyzer=demo_folder)
    made = found.widget()
    units = made.parts["hardest"]._units
    assert units[0]["share"].endswith("% agree")
    assert units[0]["label"] == found.hardest.iloc[0]["given"].split(" ")[0]
    made.close()


def test_an_analyzer_of_other_units_shows_the_tables_alone(thirty_files):
    other = pd.DataFrame({"snr": [1.0, 2.0]}, index=["x", "y"])
    assert set(nbl.class_comparison(thirty_files, analyzer=other)._repr_mimebundle_()) == {
        "text/plain",
        "text/html",
    }
