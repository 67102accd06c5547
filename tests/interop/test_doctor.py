"""What the doctor says of SpikeInterface and phy is what they do."""

import json
import shutil
import stat
from pathlib import Path

import numpy as np

import nb_autolabel as nbl
from tests.conftest import SAMPLES, shared

READ = """
import json, sys, warnings
import spikeinterface.full as si
from phylib.io.model import load_model
found = {}
for path in sys.argv[1:]:
    folder, format = path.split("|")
    for name, read in (
        ("SpikeInterface", lambda: (
            si.read_phy(folder) if format == "phy" else si.load_sorting_analyzer(folder, format=format)
        )),
        ("phy", lambda: load_model(folder + "/params.py")),
    ):
        try:
            read()
        except Exception as error:
            found[f"{path}|{name}"] = False
        else:
            found[f"{path}|{name}"] = True
print(json.dumps(found))
"""


def format_of(found):
    words = next(each.why for each in found.readers if each.name == "SpikeInterface")
    return (
        "binary_folder"
        if "binary" in found.kind
        else "phy"
        if "Kilosort" in found.kind
        else "zarr"
        if "'zarr'" in words
        else "auto"
    )


def compare(oracle, places):
    said = {str(place): nbl.doctor(place) for place in places}
    keys = {place: f"{place}|{format_of(found)}" for place, found in said.items()}
    done = json.loads(oracle(READ, *keys.values()).splitlines()[-1])
    for place, found in said.items():
        for reader in found.readers[1:]:
            if reader.reads is not None:
                assert done[f"{keys[place]}|{reader.name}"] == reader.reads, (
                    f"{reader.name}, {place}: {reader.why}"
                )


def test_analyzers_of_all_versions(oracle):
    compare(oracle, [shared(sample) for sample in SAMPLES])


def test_analyzers_that_lack_something_in_a_zip_or_under_another_name(
    oracle, tmp_path, demo_folder, demo_zip
):
    few = nbl.demo_analyzer().select_units(nbl.demo_analyzer().unit_ids[:3])
    places = [demo_zip, shutil.copytree(demo_folder, tmp_path / "other_name")]
    for at, name in enumerate(
        ("settings.json", "recording_info/recording_attributes.json", "sorting/spikes.npy", "")
    ):
        folder = few.save_as("binary_folder", tmp_path / f"b{at}", slim=True).folder
        places.append(folder)
        if name:
            Path(folder, name).unlink()
    compare(oracle, places)


def test_folders_of_kilosort_and_phy(oracle, tmp_path):
    def made(name, change=lambda folder: None):
        folder = nbl.demo_kilosort_folder(tmp_path / name)
        change(folder)
        return folder

    def stored(key, change):
        return lambda folder: np.save(folder / key, change(np.load(folder / key)))

    def said(old, new):
        return lambda folder: (folder / "params.py").write_text(
            (folder / "params.py").read_text().replace(old, new)
        )

    places = [
        made("whole"),
        made("unordered", stored("spike_times.npy", lambda times: times[::-1])),
        made("map", stored("channel_map.npy", lambda channels: channels.astype(np.float64))),
        made("places", stored("channel_positions.npy", lambda places: places[:-1])),
        made("no_dtype", said("dtype", "kind")),
        *(
            made(name.partition(".")[0], lambda folder, name=name: (folder / name).unlink(missing_ok=True))
            for name in (
                "channel_map.npy", "channel_positions.npy", "spike_templates.npy", "spike_clusters.npy", "spike_times.npy",
                "params.py", "amplitudes.npy", "templates.npy", "whitening_mat.npy", "whitening_mat_inv.npy",
                "similar_templates.npy",
            )
        ),
    ]  # fmt: skip
    assert all(place.stat().st_mode & stat.S_IWUSR for place in places)
    compare(oracle, places)
