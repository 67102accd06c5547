"""A pipe, a device or a link in the place of a file makes nothing hang and nothing leak."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError, DamagedDataError, MissingDataError, UnknownFormatError

from ..conftest import REPO
from .test_hostile_json import outcomes
from .test_reader_layout import UNITS, write_binary, write_zarr

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")

#: Opens analyzers and looks at everything in them; says how many.
LOOK = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from tests.unit.test_hostile_json import outcomes
for folder in sys.argv[2:]:
    broken = [said for said in outcomes(Path(folder)).values() if said != "fine"]
    # These two say what other files say as well.
    assert broken or folder.endswith((".zmetadata", "spikeinterface_info.json")), folder
print(len(sys.argv) - 2)
"""

ZARR = [
    ".zmetadata",
    "sorting/unit_ids/0",
    "sorting/spikes/sample_index/0",
    "extensions/templates/average/0.0.0",
]
BINARY = [
    "spikeinterface_info.json",
    "sorting/numpysorting_info.json",
    "sparsity_mask.npy",
    "sorting/spikes.npy",
    "sorting/properties/depth.npy",
    "extensions/templates/average.npy",
    "extensions/templates/params.json",
    "extensions/quality_metrics/metrics.csv",
]
PLACES = [(write_zarr, p) for p in ZARR] + [(write_binary, p) for p in BINARY]


def _replaced(places: Any, tmp_path: Path) -> list[tuple[Path, Path]]:
    """Analyzers that lack one file each, and where it was."""
    found = []
    for write, file in places:
        folder = write(tmp_path / file.replace("/", "_"))
        (folder / file).unlink()
        found.append((folder, folder / file))
    return found


def test_a_pipe_in_the_place_of_a_file_does_not_hang(tmp_path: Path, in_fresh_python: Any):
    found = _replaced(PLACES, tmp_path)
    for _, place in found:
        os.mkfifo(place)

    assert int(in_fresh_python(LOOK, REPO, *[folder for folder, _ in found])) == len(PLACES)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no /dev/zero")
def test_a_link_to_an_endless_device_is_not_read(tmp_path: Path, in_fresh_python: Any):
    found = _replaced(PLACES, tmp_path)
    for _, place in found:
        place.symlink_to("/dev/zero")

    assert int(in_fresh_python(LOOK, REPO, *[folder for folder, _ in found])) == len(PLACES)


def test_a_pipe_or_a_device_is_no_analyzer(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.zarr")

    with pytest.raises(UnknownFormatError, match=r"pipe\.zarr is neither a folder nor a zip"):
        nbl.load(tmp_path / "pipe.zarr")


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_links_that_run_in_a_circle_are_missing_files(write: Any, tmp_path: Path):
    folder = write(tmp_path / "small.zarr")
    name = "extensions/templates/average" + ("/0.0.0" if write is write_zarr else ".npy")
    (folder / name).unlink()
    (folder / name).symlink_to(folder / name)
    (folder / "extensions/around").symlink_to(folder, target_is_directory=True)

    analyzer = nbl.load(folder)

    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    with pytest.raises(MissingDataError, match="average"):
        analyzer.get_templates()


@pytest.mark.parametrize("write", [write_zarr, write_binary])
def test_a_linked_analyzer_is_read_and_what_it_links_outside_is_not(write: Any, tmp_path: Path):
    """A link in an analyzer of someone else could lead to any file of the reader; see test_hostile_links."""
    folder = write(tmp_path / "disk" / "small.zarr")
    templates = folder / "extensions/templates"
    templates.rename(tmp_path / "elsewhere")
    templates.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    link = tmp_path / "link.zarr"
    link.symlink_to(folder, target_is_directory=True)

    analyzer = nbl.load(link)

    assert analyzer.unit_ids.tolist() == UNITS.tolist()
    assert analyzer.get_metrics_extension_data().shape == (6, 4)
    with pytest.raises(
        DamagedDataError, match=r"extensions.templates is a link that leads out of the analyzer"
    ):
        analyzer.get_templates()


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of files are other there")
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize(("write", "file"), PLACES)
def test_a_file_that_may_not_be_read_is_an_error_of_this_package(write: Any, file: str, tmp_path: Path):
    folder = write(tmp_path / "small.zarr")
    (folder / file).chmod(0)

    with pytest.raises(AutolabelError):
        _ = nbl.load(folder).spikes
        nbl.load(folder).get_templates()
        nbl.load(folder).get_metrics_extension_data()
        nbl.load(folder).get_extension("templates")


def test_a_folder_in_the_place_of_a_file_is_an_error_of_this_package(tmp_path: Path):
    for folder, place in _replaced(PLACES, tmp_path):
        place.mkdir()

        found = outcomes(folder)

        broken = [said for said in found.values() if said != "fine"]
        assert broken or place.name in (".zmetadata", "spikeinterface_info.json")
        assert all(str(folder) in said for said in broken), broken
