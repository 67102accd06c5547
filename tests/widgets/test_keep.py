"""Keeping units: the panel, the magics, and code that gives the same without any widget."""

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

import nb_autolabel as nbl
from nb_autolabel.errors import SelectionError


@pytest.fixture
def shell():
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "nb_autolabel")
    yield made
    InteractiveShell.clear_instance()


@pytest.fixture
def labeler(shell):
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), split_non_somatic_good_mua=True)
    shell.user_ns["labeler"] = made
    yield made
    made.close()


@pytest.fixture
def panel(labeler, monkeypatch):
    panel = labeler.view("keep")
    panel.answers = []
    monkeypatch.setattr(panel, "send", lambda content, buffers=None: panel.answers.append(content))
    return panel


def say(panel, **content):
    panel._handle_custom_msg(content, [])
    return panel.answers[-1]


def test_the_panel_makes_a_variable_and_says_what_it_made(shell, labeler, panel):
    answer = say(panel, create="clean", keep=["good", "mua"])
    expected = labeler.counts["good"] + labeler.counts["mua"]
    assert shell.user_ns["clean"].get_num_units() == expected
    assert answer["said"] == f"clean: {expected} units (good, mua). Use it in any cell."


def test_the_panel_asks_before_it_overwrites(shell, panel):
    shell.user_ns["clean"] = "precious"
    answer = say(panel, create="clean", keep=["good"])
    assert answer["ask"] is True
    assert shell.user_ns["clean"] == "precious"
    say(panel, create="clean", keep=["good"], overwrite=True)
    assert shell.user_ns["clean"] != "precious"


@pytest.mark.parametrize("name", ["2units", "class", "a b", "", "x.y"])
def test_the_panel_refuses_a_name_that_no_variable_can_have(shell, panel, name):
    answer = say(panel, create=name, keep=["good"])
    assert answer["error"] is True
    assert "cannot be the name of a variable" in answer["said"]
    assert name not in shell.user_ns


def test_the_panel_says_when_no_unit_would_be_left(shell, panel):
    assert say(panel, create="none", keep=[])["error"] is True
    assert "none" not in shell.user_ns


@pytest.mark.filterwarnings(
    "ignore:sliding_rp_violation is missing:UserWarning"
)  # many units have few spikes
@pytest.mark.parametrize("preset", ["default", "bombcell", "spikeinterface-0.105"])
def test_the_code_gives_the_same_labels_and_units_without_a_widget(preset, capsys):
    labeler = nbl.BombcellLabeler(nbl.demo_analyzer(), preset=preset, split_non_somatic_good_mua=True)
    labeler.live.session.set_rules(labeler.rule_set.with_criterion("amplitude_median", min=55.5))
    names = {}
    exec(labeler.to_code(drop=["noise", "mua"], variable="kept_units"), names)
    assert names["labels"].equals(labeler.labels)
    assert (
        names["kept_units"].unit_ids.tolist() == labeler.select_units(drop=["noise", "mua"]).unit_ids.tolist()
    )
    labeler.close()


def test_the_code_of_a_filter_gives_the_same_on_a_selection_of_units(capsys):
    some = nbl.demo_analyzer().select_units(nbl.demo_analyzer().unit_ids[::-3])
    labeler = nbl.ThresholdLabeler(
        some, {"snr": {"min": 5}, "drift_ptp": {"max": 30}}, operator="or", nan_policy="ignore"
    )
    names = {}
    exec(labeler.to_code(keep="good"), names)
    assert names["labels"].equals(labeler.labels)
    assert names["clean"].unit_ids.tolist() == labeler.select_units(keep="good").unit_ids.tolist()
    labeler.close()


def test_the_magic_makes_a_variable(shell, labeler, capsys):
    shell.run_line_magic("select_units", "clean = labeler --drop noise mua")
    assert (
        shell.user_ns["clean"].unit_ids.tolist()
        == labeler.select_units(drop=["noise", "mua"]).unit_ids.tolist()
    )
    assert capsys.readouterr().out.startswith("clean: ")


def test_the_other_magic_offers_a_cell_with_code_that_runs(shell, labeler, monkeypatch):
    offered = []
    monkeypatch.setattr(shell, "set_next_input", offered.append)
    shell.run_line_magic("autolabel_code", "labeler --drop noise --name kept_ones")
    names = {}
    exec(offered[0], names)
    assert names["labels"].equals(labeler.labels)
    assert names["kept_ones"].get_num_units() == labeler.select_units(drop="noise").get_num_units()


@pytest.mark.parametrize(
    ("magic", "line", "says"),
    [
        ("select_units", "labeler --drop noise", "NAME = is missing"),
        ("select_units", "clean = nothing --drop noise", "nothing is not a labeler"),
        ("select_units", "clean = labeler --drop noiss", "Did you mean 'noise'"),
        ("select_units", "clean = labeler", "which labels to keep"),
        ("select_units", "1x = labeler --drop noise", "cannot be the name"),
        ("autolabel_code", "", "LABELER is missing"),
    ],
)
def test_a_magic_says_what_is_wrong(shell, labeler, magic, line, says):
    with pytest.raises(UsageError, match=says):
        shell.run_line_magic(magic, line)
    assert "clean" not in shell.user_ns


@pytest.mark.parametrize("magic", ["select_units", "autolabel_code"])
def test_a_magic_has_help_and_is_completed(shell, magic, capsys):
    shell.run_line_magic(magic, "--help")
    said = capsys.readouterr().out
    assert f"%{magic}" in said
    assert "--drop" in said
    with provisionalcompleter():
        offered = [c.text for c in shell.Completer.completions(f"%{magic[:6]}", len(magic[:6]) + 1)]
    assert f"%{magic}" in offered


def test_outside_a_notebook_the_panel_says_what_to_do_instead(monkeypatch):
    import IPython

    monkeypatch.setattr(IPython, "get_ipython", lambda: None)
    from nb_autolabel.widgets.keep import namespace

    with pytest.raises(SelectionError, match=r"labeler\.select_units"):
        namespace()


@pytest.mark.parametrize("format", ["csv", "curation_json", "parquet"])
def test_the_panel_writes_the_labels_says_so_and_asks_before_it_replaces(labeler, panel, tmp_path, format):
    path = tmp_path / {"csv": "l.csv", "curation_json": "l.json", "parquet": "l.parquet"}[format]
    answer = say(panel, export=format, path=str(path))
    assert answer["said"] == f"Written: {path} (142 units)."
    assert nbl.import_labels(path)["label"].to_dict() == labeler.labels["label"].to_dict()
    before = path.read_bytes()
    labeler.set_limit("snr", min=7.5)
    asked = say(panel, export=format, path=str(path))
    assert asked["ask"] is True
    assert "Press again" in asked["said"]
    assert path.read_bytes() == before
    assert say(panel, export=format, path=str(path), overwrite=True)["said"].startswith("Written")
    assert path.read_bytes() != before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"export": "docx", "path": "l.docx"}, "exported as csv"),
        ({"export": "csv", "path": " "}, "say where to"),
        ({"export": "csv", "path": 7}, "say where to"),
        ({"export": "csv", "path": "l.csv", "overwrite": "yes"}, "true or false"),
        ({"export": ["csv"], "path": "l.csv"}, "exported as csv"),
    ],
)
def test_the_panel_refuses_an_export_that_makes_no_sense(panel, tmp_path, monkeypatch, content, said):
    monkeypatch.chdir(tmp_path)
    answer = say(panel, **content)
    assert answer["error"] is True
    assert said in answer["said"]
    assert list(tmp_path.iterdir()) == []


def test_the_panel_never_replaces_a_file_of_another_kind(panel, tmp_path):
    thesis = tmp_path / "thesis.csv"
    thesis.write_bytes(b"%PDF-1.4 my thesis")
    answer = say(panel, export="csv", path=str(thesis), overwrite=True)
    assert answer["error"] is True
    assert "ask" not in answer
    assert thesis.read_bytes() == b"%PDF-1.4 my thesis"
