"""The command line does what its help says, and says errors in one line."""

import json
import subprocess
import sys

import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main, notebooks


@pytest.mark.parametrize("method", ["bombcell", "unitrefine", "thresholds"])
def test_labels_are_printed_and_written(tmp_path, demo_folder, capsys, method):
    (tmp_path / "t.json").write_text(json.dumps({"snr": {"min": 5}}))
    more = ["--thresholds", str(tmp_path / "t.json")] if method == "thresholds" else []
    out = tmp_path / "labels.csv"
    assert main(["label", str(demo_folder), "--method", method, "--out", str(out), *more]) == 0
    labels = nbl.import_labels(out)["label"]
    expected = {
        "bombcell": lambda: nbl.bombcell_label_units(demo_folder),
        "unitrefine": lambda: nbl.unitrefine_label_units(demo_folder),
        "thresholds": lambda: nbl.threshold_metrics_label_units(demo_folder, {"snr": {"min": 5}}),
    }[method]()
    assert labels.tolist() == expected["label"].tolist()
    printed = dict(line.split() for line in capsys.readouterr().out.splitlines() if "written" not in line)
    assert {k: int(v) for k, v in printed.items() if int(v)} == labels.value_counts().to_dict()


def test_a_slim_copy_labels_the_same_and_a_report_is_written(tmp_path, demo_folder):
    assert main(["slim", str(demo_folder), str(tmp_path / "slim.zarr")]) == 0
    assert nbl.bombcell_label_units(tmp_path / "slim.zarr").equals(nbl.bombcell_label_units(demo_folder))
    assert main(["report", str(demo_folder), str(tmp_path / "r.html")]) == 0
    assert (tmp_path / "r.html").stat().st_size > 100_000


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["label", "no such folder"], "no such folder"),
        (["label", "DEMO", "--method", "thresholds"], "--thresholds FILE"),
        (["label", "DEMO", "--out", "OUT/x.docx"], "which format"),
        (["label", "DEMO", "--preset", "bombcel"], "Did you mean 'bombcell'"),
    ],
)
def test_errors_are_one_line_without_a_traceback(tmp_path, demo_folder, capsys, arguments, said):
    full = [a.replace("DEMO", str(demo_folder)).replace("OUT", str(tmp_path)) for a in arguments]
    assert main(full) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert len(error.splitlines()) == 1


def test_the_tutorials_are_copied_and_own_changes_are_kept(tmp_path, capsys):
    (tmp_path / "n").mkdir()
    (tmp_path / "n" / "auto_label_units.ipynb").write_text("mine")
    assert main(["lab", "--folder", str(tmp_path / "n"), "--no-start"]) == 0
    names = {f.name for f in (tmp_path / "n").iterdir()}
    assert names == {f.name for f in notebooks().glob("*.ipynb")}
    assert (tmp_path / "n" / "auto_label_units.ipynb").read_text() == "mine"


def test_help_names_every_command_and_shows_examples():
    done = subprocess.run(
        [sys.executable, "-m", "nb_autolabel", "--help"], capture_output=True, text=True, check=True
    )
    for word in ("lab", "label", "report", "slim", "nb-autolabel label session.zarr"):
        assert word in done.stdout
