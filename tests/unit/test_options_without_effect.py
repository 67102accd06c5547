"""An option of the command line that would change nothing is refused by name, with what it is for."""

import shutil

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.errors import SelectionError
from nb_autolabel.metrics.table import MetricTable
from nb_autolabel.rules.methods import bombcell_rules


@pytest.fixture(scope="module")
def place(tmp_path_factory, demo_zip):
    """A folder with an analyzer, a study of two, a table of one recording and one of two."""
    folder = tmp_path_factory.mktemp("place")
    analyzer = nbl.load(demo_zip)
    analyzer.save_as("binary_folder", folder / "one", slim=True)
    for name in ("a", "b"):
        shutil.copytree(folder / "one", folder / "study" / name)
    frame = MetricTable.of(analyzer).frame
    frame.to_csv(folder / "units.csv", index_label="unit_id")
    both = pd.concat([frame.assign(tetrode=name) for name in ("t1", "t2")])
    both.to_csv(folder / "both.csv", index_label="unit_id")
    shutil.copy(demo_zip, folder / "demo.zarr.zip")
    return folder


def refused(place, capsys, *arguments):
    """What is said on stderr, in one line, where a command line is refused before anything is printed."""
    before = sorted(place.rglob("*"))
    status = main([str(a).replace("AT", str(place)) for a in arguments])
    printed = capsys.readouterr()
    assert status in (1, 2)
    assert printed.out == "", "nothing is labeled"
    assert len(printed.err.splitlines()) == 1
    assert sorted(place.rglob("*")) == before
    return printed.err


@pytest.mark.parametrize(
    "paths",
    [["AT/one"], ["AT/demo.zarr.zip"], ["AT/study"], ["AT/study/*"], ["AT/study/a", "AT/study/b"], ["AT/*.csv"],
     ["AT/units.csv", "AT/both.csv"], ["https://localhost:1/units.csv"]],
)  # fmt: skip
@pytest.mark.parametrize("more", [[], ["--dry-run"], ["--out", "AT/labels"]])
def test_a_column_of_recordings_needs_one_table(place, capsys, paths, more):
    said = refused(place, capsys, "label", *paths, "--recording", "mouse,day", *more)
    assert "--recording mouse,day is the column that names the recording" in said
    assert "Leave it out" in said


def test_python_refuses_the_column_as_well(place):
    for source in (str(place / "study"), [str(place / "one")], nbl.load(place / "one")):
        with pytest.raises(SelectionError, match="recording='mouse' is the column"):
            nbl.Cohort(source, recording="mouse", scheduler="one", cache=False)


def test_a_column_that_is_not_in_the_table_is_named_as_ever(place, capsys):
    said = refused(place, capsys, "label", "AT/both.csv", "--recording", "tetrod")
    assert "Did you mean 'tetrode'" in said
    assert "there is nothing at" in refused(place, capsys, "label", "AT/no.csv", "--recording", "x")


def test_what_names_the_column_is_an_option_on_the_command_line(tmp_path, capsys):
    frame = pd.DataFrame({"session": [1, 1, 2], "probe_id": ["a", "b", "a"], "snr": [1.0, 2.0, 3.0]})
    frame.to_csv(tmp_path / "t.csv")
    assert main(["label", str(tmp_path / "t.csv"), "--dry-run"]) == 1
    said = capsys.readouterr().err
    assert "--recording session, or several together: --recording session,probe_id." in said


@pytest.mark.parametrize(
    ("option", "meant"),
    [(["--scheduler", "tcp://localhost:1"], "workers of a cluster"), (["--cache", "AT/kept"], "files of their own")],
)  # fmt: skip
def test_one_table_is_neither_read_by_a_cluster_nor_kept(place, capsys, option, meant):
    said = refused(place, capsys, "label", "AT/both.csv", "--recording", "tetrode", *option)
    assert said.startswith(f"nb-autolabel: {option[0]} ")
    assert meant in said
    assert "both.csv is one table" in said


def test_keeping_nothing_is_accepted_where_nothing_is_kept(place, capsys):
    assert main(["label", str(place / "both.csv"), "--recording", "tetrode", "--cache", "", "--dry-run"]) == 0


def test_the_folder_that_keeps_a_table_of_one_recording_has_an_effect(place, tmp_path, capsys):
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    assert main(["label", str(place / "units.csv"), "--cache", str(tmp_path / "kept")]) == 0
    assert list((tmp_path / "kept").iterdir())


@pytest.mark.parametrize("path", ["AT/one", "AT/units.csv", "AT/study"])
def test_overwriting_needs_something_that_is_written(place, capsys, path):
    said = refused(place, capsys, "label", path, "--overwrite")
    assert "--overwrite lets --out and --summary replace what is there, and neither is given" in said


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_labels_of_many_are_not_added_to_the_recordings_from_here(place, capsys, more):
    said = refused(place, capsys, "label", "AT/study", "--out", "AT/labels", "--format", "analyzer", *more)
    assert "--format analyzer adds the labels to the recordings themselves, and --out is the folder" in said


@pytest.mark.parametrize("path", ["AT/one", "AT/one/", "AT/demo.zarr.zip"])
def test_a_recording_itself_has_no_levels_to_search(place, capsys, path):
    said = refused(place, capsys, "find", path, "--depth", "3")
    assert "--depth 3 is how many levels of folders are searched" in said
    assert main(["find", path.replace("AT", str(place)), "--depth", "0"]) == 0, "only the place itself"
    assert main(["find", str(place), "--depth", "3"]) == 0


def test_a_preset_of_one_section_has_no_label_of_units_without_a_section(place, capsys):
    for preset in presets_without_effect():
        said = refused(place, capsys, "label", "AT/one", "--preset", preset, "--missing-criteria", "ignore")
        assert (
            "--missing-criteria ignore says what becomes of a unit without the metrics of a section" in said
        )
        assert f"--preset {preset}" in said
    assert main(["label", str(place / "one"), "--missing-criteria", "ignore"]) == 0


def presets_without_effect():
    """Presets whose rules are the same whatever becomes of missing criteria; there are some."""
    found = [
        preset
        for preset in nbl.presets()
        if bombcell_rules(preset=preset, missing_criteria="ignore")
        == bombcell_rules(preset=preset, missing_criteria="unjudged")
    ]
    assert found
    return found
