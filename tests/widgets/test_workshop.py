"""The score of an exercise opens wrong units; labels can be taken along from the session that gave them."""

import pytest

import nb_autolabel as nbl


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
