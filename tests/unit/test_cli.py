"""The command line does what its help says, and says errors in one line."""

import json
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main, notebooks
from nb_autolabel.errors import OVERWRITE, AlreadyExistsError, Argument, MissingMetricError


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


# ------------------------------------------------- combinations of method, limits and preset

LIMITS = {
    "flat": {"snr": {"min": 5}},
    "bombcell": {"noise": {"num_positive_peaks": {"max": 2}}, "mua": {"snr": {"greater": 5}}},
    "probabilities": {
        "noise": {"noise_probability": {"less": 0.3}},
        "sua": {"sua_probability": {"min": 0.6, "max": None}},
    },
}


@pytest.fixture(scope="module")
def limits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    for name, content in LIMITS.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return {name: str(folder / f"{name}.json") for name in LIMITS}


@pytest.mark.parametrize("written", ["flat", "bombcell"])
def test_limits_for_the_simple_filter_may_be_flat_or_in_sections(tmp_path, demo_folder, limits, written):
    out = tmp_path / "labels.csv"
    given = ["--method", "thresholds", "--thresholds", limits[written]]
    assert main(["label", str(demo_folder), *given, "--out", str(out)]) == 0
    expected = nbl.threshold_metrics_label_units(demo_folder, LIMITS[written])
    assert nbl.import_labels(out)["label"].tolist() == expected["label"].tolist()


def test_unitrefine_takes_limits_from_a_file_as_the_function_does(tmp_path, demo_folder, limits):
    out = tmp_path / "labels.csv"
    given = ["--method", "unitrefine", "--thresholds", limits["probabilities"]]
    assert main(["label", str(demo_folder), *given, "--out", str(out)]) == 0
    labels = nbl.import_labels(out)["label"].tolist()
    written_out = {
        "noise": {"noise_probability": {"max": 0.3}},
        "sua": {"sua_probability": {"min": 0.6}},
    }
    for thresholds in (limits["probabilities"], LIMITS["probabilities"], written_out):
        expected = nbl.unitrefine_label_units(demo_folder, thresholds=thresholds)
        assert labels == expected["label"].tolist()
    assert labels != nbl.unitrefine_label_units(demo_folder)["label"].tolist()


@pytest.mark.parametrize("method", ["bombcell", "thresholds", "unitrefine"])
def test_limits_that_were_written_are_taken_again(tmp_path, demo_folder, limits, method):
    name = {"thresholds": "flat", "bombcell": "bombcell", "unitrefine": "probabilities"}[method]
    kept, first, again = tmp_path / "kept.json", tmp_path / "first.csv", tmp_path / "again.csv"
    label = ["label", str(demo_folder), "--method", method]
    given = ["--thresholds", limits[name]]
    assert main([*label, *given, "--out", str(kept), "--format", "thresholds_json"]) == 0
    assert main([*label, *given, "--out", str(first)]) == 0
    assert main([*label, "--thresholds", str(kept), "--out", str(again)]) == 0
    assert first.read_bytes() == again.read_bytes()


@pytest.mark.parametrize("preset", sorted(nbl.presets()))
def test_every_preset_labels_as_the_function_does(tmp_path, demo_folder, preset):
    out = tmp_path / "labels.csv"
    assert main(["label", str(demo_folder), "--preset", preset, "--out", str(out)]) == 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = nbl.bombcell_label_units(demo_folder, preset=preset)
    assert nbl.import_labels(out)["label"].tolist() == expected["label"].tolist()


@pytest.mark.parametrize("preset", ["bombcell", "allen", "ibl"])
def test_limits_of_a_file_are_combined_as_a_preset_combines_its_own(tmp_path, demo_folder, limits, preset):
    out = tmp_path / "labels.csv"
    given = ["--preset", preset, "--thresholds", limits["bombcell"]]
    assert main(["label", str(demo_folder), *given, "--out", str(out)]) == 0
    expected = nbl.bombcell_label_units(demo_folder, LIMITS["bombcell"], preset=preset)
    assert nbl.import_labels(out)["label"].tolist() == expected["label"].tolist()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--method", "unitrefine", "--preset", "default"], "--preset default is of --method bombcell"),
        (["--method", "thresholds", "--thresholds", "flat", "--preset", "ibl"], "has no presets"),
        (["--preset", "fitted", "--thresholds", "bombcell"], "both give limits"),
        (["--preset", "default", "--thresholds", "bombcell"], "both give limits"),
        (["--preset", "alen", "--thresholds", "bombcell"], "Did you mean 'allen'"),
        (["--method", "unitrefine", "--thresholds", "flat"], "unknown section 'snr'"),
        (["--method", "unitrefine", "--thresholds", "bombcell"], "section 'noise' has no 'num_positive_peaks'"),
        (["--method", "bombcell", "--thresholds", "flat"], "unknown section 'snr'"),
        (["--method", "bombcell", "--thresholds", "probabilities"], "unknown section 'sua'"),
        (["--method", "unitrefine", "--thresholds", "nowhere.json"], "cannot read thresholds from nowhere.json"),
        (["--format", "csv"], "give --out FILE too"),
    ],
)  # fmt: skip
def test_options_that_do_not_go_together_are_refused_in_one_line(
    demo_folder, limits, capsys, arguments, said
):
    assert main(["label", str(demo_folder), *[limits.get(a, a) if at and arguments[at - 1] == "--thresholds" else a
                                              for at, a in enumerate(arguments)]]) == 1  # fmt: skip
    printed = capsys.readouterr()
    assert said in printed.err
    assert len(printed.err.splitlines()) == 1
    assert printed.out == "", "nothing was labeled"


def without(demo_zip, tmp_path, *metrics):
    """The bundled analyzer with fewer metrics."""
    analyzer = nbl.load(demo_zip)
    folder = analyzer.save_as("binary_folder", tmp_path / "fewer").folder
    for table in Path(folder).glob("extensions/*_metrics/metrics.csv"):
        frame = pd.read_csv(table, index_col=0)
        frame.drop(columns=[name for name in metrics if name in frame]).to_csv(table)
    return str(folder)


def test_what_is_wrong_with_the_metrics_is_printed_whatever_the_method(
    tmp_path, demo_zip, limits, capsys, monkeypatch
):
    monkeypatch.setenv("PYTHONWARNINGS", "ignore")
    folder = without(demo_zip, tmp_path, "snr", "num_positive_peaks")
    more = tmp_path / "more.json"
    more.write_text(json.dumps({"snr": {"min": 5}, "firing_rate": {"min": 0.1}}))
    for arguments, said in [
        (["--method", "bombcell"], "criteria are left out because their metrics are not there"),
        (["--method", "thresholds", "--thresholds", str(more)], "1 of 2 criteria are left out"),
        (["--method", "unitrefine"], "metrics are missing (num_positive_peaks, snr)"),
        (["--method", "unitrefine", "--thresholds", limits["probabilities"]], "metrics are missing"),
    ]:
        # A classifier does without some of its metrics; a criterion cannot be judged without its own.
        assert main(["label", folder, *arguments]) == (0 if "unitrefine" in arguments else 3)
        assert main(["label", folder, *arguments, "--allow-missing"]) == 0
        assert said in capsys.readouterr().err
    assert main(["label", folder, "--method", "thresholds", "--thresholds", limits["flat"]]) == 1
    assert "metric 'snr' is not in this analyzer" in capsys.readouterr().err


def test_labels_without_any_evidence_are_called_so(tmp_path, demo_folder, capsys):
    (tmp_path / "off.json").write_text(json.dumps({"snr": {"min": None}}))
    given = ["--method", "thresholds", "--thresholds", str(tmp_path / "off.json")]
    assert main(["label", str(demo_folder), *given]) == 0
    assert "no criterion is left" in capsys.readouterr().err
    (tmp_path / "off.json").write_text(
        json.dumps({"noise": {"noise_probability": {"max": None}}, "sua": {"sua_probability": {"min": None}}})
    )
    given = ["--method", "unitrefine", "--thresholds", str(tmp_path / "off.json")]
    assert main(["label", str(demo_folder), *given]) == 0
    assert "no criterion is left" in capsys.readouterr().err


# ------------------------------------------------- the words of this command


@pytest.mark.parametrize(
    ("name", "format"), [("labels.csv", "csv"), ("curation.json", "curation_json"), ("t.json", "thresholds_json")]
)  # fmt: skip
def test_refusing_to_overwrite_names_the_option_of_the_command(tmp_path, demo_folder, capsys, name, format):
    arguments = ["label", str(demo_folder), "--out", str(tmp_path / name), "--format", format]
    assert main(arguments) == 0
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert "or pass --overwrite to replace it." in error
    assert "overwrite=" not in error
    assert main([*arguments, "--overwrite"]) == 0


def test_a_path_that_says_overwrite_is_printed_as_it_is(tmp_path, demo_folder, capsys):
    out = tmp_path / "pass overwrite=True.csv"
    assert main(["label", str(demo_folder), "--out", str(out)]) == 0
    capsys.readouterr()
    assert main(["label", str(demo_folder), "--out", str(out)]) == 1
    assert str(out) in capsys.readouterr().err


def test_an_unknown_format_is_asked_for_as_an_option(tmp_path, demo_folder, capsys):
    assert main(["label", str(demo_folder), "--out", str(tmp_path / "labels")]) == 1
    assert "Say it: --format one of" in capsys.readouterr().err


def test_errors_name_arguments_as_python_or_as_another_caller_writes_them():
    error = AlreadyExistsError("x exists; pass ", OVERWRITE, " or ", Argument("format"), ".")
    assert str(error) == "x exists; pass overwrite=True or format=."
    assert error.worded(lambda a: f"<{a.name}>") == "x exists; pass <overwrite> or <format>."
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.parts) == (str(error), error.parts)
    assert isinstance(error, FileExistsError)
    assert str(MissingMetricError("'a' is\nnot there")) == "'a' is\nnot there"


# ------------------------------------------------- a command line that is wrong


def test_an_unknown_option_names_the_nearest_one_of_its_command(demo_folder, capsys):
    with pytest.raises(SystemExit) as ended:
        main(["label", str(demo_folder), "--owerwrite"])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "label has no --owerwrite. Did you mean '--overwrite'?" in error
    assert "`nb-autolabel label --help` lists what it takes" in error


@pytest.mark.parametrize("arguments", [["--out", "x.docx"], ["--out", "x", "--format", "csv2"]])
def test_a_format_that_is_not_known_is_refused_before_anything_is_labeled(
    demo_folder, tmp_path, capsys, arguments
):
    full = [str(tmp_path / a) if a.startswith("x") else a for a in arguments]
    try:
        status = main(["label", str(demo_folder), *full])
    except SystemExit as ended:  # argparse knows the formats
        status = ended.code
    assert status in (1, 2)
    assert capsys.readouterr().out == ""


def test_a_text_that_is_no_table_of_metrics_says_what_one_is(tmp_path, capsys):
    (tmp_path / "notes.txt").write_text("hello\n")
    assert main(["label", str(tmp_path / "notes.txt")]) == 1
    error = capsys.readouterr().err
    assert "no table of metrics" in error
    assert "one row per unit" in error


def test_missing_metrics_end_with_the_command_that_says_how_to_get_them(tmp_path, demo_zip, capsys):
    folder = without(demo_zip, tmp_path, "snr")
    assert main(["label", folder]) == 3
    last = capsys.readouterr().err.splitlines()[-1]
    assert f"`nb-autolabel doctor {folder}`" in last
    assert "--allow-missing" in last


def test_a_bound_of_find_is_named_as_its_option(tmp_path, capsys):
    assert main(["find", str(tmp_path), "--depth", "-1"]) == 2
    assert "--depth -1 is not accepted. Give a whole number, 0 or more." in capsys.readouterr().err


def test_a_file_is_not_searched_but_pointed_to_the_doctor(tmp_path, capsys):
    (tmp_path / "notes.md").write_text("hello")
    assert main(["find", str(tmp_path / "notes.md")]) == 2
    assert f"`nb-autolabel doctor {tmp_path / 'notes.md'}`" in capsys.readouterr().err


def test_every_option_of_every_command_is_explained(capsys):
    for command in ("lab", "label", "report", "slim", "find", "doctor"):
        with pytest.raises(SystemExit):
            main([command, "--help"])
        options = capsys.readouterr().out.split("options:")[1].splitlines()
        for line, after in zip(options, [*options[1:], ""], strict=True):
            if line.startswith("  -") and not line.startswith("  --out is"):
                told = len(line.split("  ")) > 2 or after.startswith("      ")
                assert told, f"{command}: {line}"
