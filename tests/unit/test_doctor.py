"""The doctor says of every kind of place what is there, what is missing, which line gets it, and who reads it."""

import json
import shutil
import sys

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.cli import main
from nb_autolabel.errors import UnknownFormatError


def reads(found):
    return {each.name: each.reads for each in found.readers}


def test_all_there(demo_folder):
    found = nbl.doctor(demo_folder)
    assert (found.status, found.problem, found.missing) == (0, "", ())
    assert found.kind == "zarr analyzer (format 2)"
    assert reads(found) == {"nb_autolabel": True, "SpikeInterface": True, "phy": False}
    assert "load_sorting_analyzer" in found.text
    assert dict(found.there)["units"] == "142"


def test_a_zip_is_read_here_and_not_by_spikeinterface(demo_zip):
    found = nbl.doctor(demo_zip)
    assert found.status == 0
    assert found.kind == "zarr analyzer (format 2) in a zip file"
    assert reads(found)["SpikeInterface"] is False
    assert "unpack" in found.text


@pytest.mark.parametrize("format", ["binary_folder", "zarr"])
def test_without_metrics_the_lines_that_compute_them_are_named(tmp_path, format):
    few = nbl.demo_analyzer().select_units(nbl.demo_analyzer().unit_ids[:4])
    folder = few.save_as(format, tmp_path / ("a.zarr" if format == "zarr" else "a")).folder
    for name in ("quality_metrics", "template_metrics"):
        shutil.rmtree(next(tmp_path.rglob(name)))
    if format == "zarr":
        meta = tmp_path / "a.zarr" / ".zmetadata"
        kept = json.loads(meta.read_text())
        kept["metadata"] = {k: v for k, v in kept["metadata"].items() if "_metrics" not in k}
        meta.write_text(json.dumps(kept))
    found = nbl.doctor(folder)
    assert found.status == 3
    lines = " ".join(gap.line for gap in found.missing)
    assert "nbl.compute_metrics(" in lines
    assert "sorting_analyzer.compute(['quality_metrics', 'template_metrics'])" in lines
    assert reads(found) == {"nb_autolabel": True, "SpikeInterface": True, "phy": False}


def test_zarr_format_3_is_not_for_spikeinterface(tmp_path, demo_folder):
    pytest.importorskip("zarr", minversion="3")
    from tests.unit.zarr3_stores import twin

    found = nbl.doctor(twin(demo_folder, tmp_path / "three.zarr"))
    assert "format 3" in found.kind
    assert reads(found)["SpikeInterface"] is False
    assert "save_as" in found.text


def test_a_kilosort_folder_says_what_its_gain_gives_and_who_reads_it(tmp_path):
    folder = nbl.demo_kilosort_folder(tmp_path / "ks")
    found = nbl.doctor(folder)
    assert found.kind == "Kilosort or phy folder"
    assert found.status == 3
    assert "gain_to_uV=2.34" in found.text
    assert "recording='recording.ap.bin'" in found.text
    assert reads(found) == {"nb_autolabel": True, "SpikeInterface": True, "phy": True}
    assert nbl.doctor(folder / "params.py").kind == found.kind


WITHOUT = [
    ("channel_map.npy", "lacks channel_map.npy"),
    ("channel_positions.npy", "lacks channel_positions.npy"),
    ("spike_templates.npy", "lacks spike_templates.npy"),
]


@pytest.mark.parametrize(("file", "why"), WITHOUT)
def test_phy_needs_files_that_this_package_does_without(tmp_path, file, why):
    folder = nbl.demo_kilosort_folder(tmp_path / "ks")
    (folder / file).unlink()
    found = nbl.doctor(folder)
    if reads(found)["nb_autolabel"]:
        assert reads(found)["phy"] is False
        assert why in found.text
    else:
        assert found.status == 1


def test_phy_needs_spikes_in_the_order_of_time(tmp_path):
    folder = nbl.demo_kilosort_folder(tmp_path / "ks")
    times = np.load(folder / "spike_times.npy")
    np.save(folder / "spike_times.npy", times[::-1])
    found = nbl.doctor(folder)
    assert reads(found)["nb_autolabel"]
    assert reads(found)["phy"] is False
    assert "order of time" in found.text


def test_what_stands_in_params_py_is_neither_run_nor_imported(tmp_path):
    folder = nbl.demo_kilosort_folder(tmp_path / "ks")
    mark = tmp_path / "was_run"
    with (folder / "params.py").open("a") as file:
        file.write(f"\nopen({str(mark)!r}, 'w').close()\n")
    before = {p: p.stat().st_mtime_ns for p in folder.iterdir()}
    there = set(sys.modules)
    found = nbl.doctor(folder)
    assert found.kind == "Kilosort or phy folder"
    assert not mark.exists()
    assert not {
        name for name in set(sys.modules) - there if name.split(".")[0] in ("spikeinterface", "phy", "phylib")
    }
    assert {p: p.stat().st_mtime_ns for p in folder.iterdir()} == before, "nothing is written"


def test_a_table_of_metrics(tmp_path):
    nbl.demo_analyzer().get_metrics_extension_data().to_csv(tmp_path / "all.csv")
    pd.DataFrame({"cluster_id": [1, 2], "snr": [3.0, 8.0]}).to_csv(tmp_path / "few.csv", index=False)
    whole, few = nbl.doctor(tmp_path / "all.csv"), nbl.doctor(tmp_path / "few.csv")
    assert (whole.status, few.status) == (0, 3)
    assert whole.kind == "table of metrics"
    assert reads(whole) == {"nb_autolabel": True, "SpikeInterface": False, "phy": False}
    assert "Kilosort folder the table is of" in few.text


def test_a_folder_of_many_recordings_is_one_line_each(tmp_path, demo_folder):
    shutil.copytree(demo_folder, tmp_path / "day1" / "good.zarr")
    nbl.demo_kilosort_folder(tmp_path / "day2")
    bad = shutil.copytree(demo_folder, tmp_path / "day3" / "bad.zarr")
    for name in (".zmetadata", ".zattrs"):
        (bad / name).write_text("{")
    found = nbl.doctor(tmp_path)
    assert found.kind == "a folder with 3 recordings"
    assert [one.status for one in found.recordings] == [0, 3, 1]
    assert found.status == 1
    assert (
        "1 can be labeled by every criterion, 1 lack metrics that labels depend on, 1 cannot be opened"
        in found.text
    )
    shutil.rmtree(tmp_path / "day3")
    assert nbl.doctor(tmp_path).status == 3
    shutil.rmtree(tmp_path / "day2")
    assert nbl.doctor(tmp_path).status == 0


def test_empty_foreign_and_absent_places(tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    assert (nbl.doctor(empty).kind, nbl.doctor(empty).status) == ("empty", 1)
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8\xff")
    assert nbl.doctor(tmp_path / "photo.jpg").status == 1
    (empty / "thesis.txt").write_text("x")
    assert nbl.doctor(empty).kind == "neither an analyzer nor a folder of Kilosort or phy"
    assert "thesis.txt" in nbl.doctor(empty).text
    (tmp_path / "none.csv").write_text("")
    assert nbl.doctor(tmp_path / "none.csv").status == 1
    for path in (tmp_path / "nothing.zarr", "a" * 5000, "~nobody-is-called-so/x"):
        assert nbl.doctor(path).status == 2
    for other in (3, None, ["a.zarr"]):
        with pytest.raises(UnknownFormatError):
            nbl.doctor(other)


def _cut(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


DAMAGE = {
    "metadata": lambda folder: [(folder / name).write_text("{") for name in (".zmetadata", ".zattrs")],
    "templates": lambda folder: _cut(next((folder / "extensions/templates/average").glob("[0-9]*"))),
    "spikes": lambda folder: _cut(next((folder / "sorting/spikes/sample_index").glob("[0-9]*"))),
    "ids": lambda folder: _cut(next((folder / "sorting/unit_ids").glob("[0-9]*"))),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_anywhere_is_found_and_named(writable_demo, damage):
    DAMAGE[damage](writable_demo)
    found = nbl.doctor(writable_demo)
    assert found.status == 1
    assert found.problem
    assert reads(found)["SpikeInterface"] is not True
    assert "zarr analyzer" in found.kind


def test_what_is_in_the_kernel_already():
    demo = nbl.demo_analyzer()
    assert nbl.doctor(demo).status == 0
    assert nbl.doctor(demo.get_metrics_extension_data()).kind == "table of metrics"


def test_a_diagnosis_fits_on_a_screen_and_has_a_table(tmp_path):
    found = nbl.doctor(nbl.demo_kilosort_folder(tmp_path / "ks"))
    lines = repr(found).splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert set(found.table["topic"]) >= {"there", "missing", "reader"}
    assert "compute_metrics" in found._repr_html_()


def test_the_command_prints_it_and_exits_with_the_status(tmp_path, demo_zip, capsys):
    assert main(["doctor", str(demo_zip)]) == 0
    assert "It opens, and every criterion" in capsys.readouterr().out
    assert main(["doctor", str(tmp_path / "nothing")]) == 2
    assert "there is nothing at" in capsys.readouterr().out
    assert main(["doctor", str(tmp_path)]) == 1
    capsys.readouterr()
    assert main(["doctor", str(nbl.demo_kilosort_folder(tmp_path / "ks")), "--json"]) == 3
    assert {row["topic"] for row in json.loads(capsys.readouterr().out)} >= {"there", "missing", "reader"}
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    assert "exit status: 0 if it opens" in capsys.readouterr().out


def test_an_address_that_nobody_answers_cannot_be_reached():
    found = nbl.doctor("http://127.0.0.1:9/a.zarr")
    assert (found.status, found.kind) == (2, "cannot be reached")


@pytest.mark.parametrize("address", ["http://x::file:///y", "ftp://x/y.zarr", "s3:/one/slash"])
def test_an_address_that_is_not_opened_is_named(address):
    assert nbl.doctor(address).status in (1, 2)
    assert nbl.doctor(address).problem


def test_a_password_in_an_address_is_not_shown():
    found = nbl.doctor("http://anna:secret@127.0.0.1:9/a.zarr")
    assert "secret" not in found.text


def test_lines_for_an_analyzer_in_memory_name_the_variable_and_not_a_path():
    table = pd.DataFrame({"snr": [5.0, 6.0]}, index=[1, 2])
    found = nbl.doctor(nbl.load(table))
    assert "'a" not in found.text.split("Which programs")[0].replace("'session.zarr'", "")
    assert "nbl.load(analyzer)" in found.text
