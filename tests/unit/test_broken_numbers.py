"""Numbers in hostile places: whatever stands in the metadata, there is a value or an error of this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import DamagedDataError

from ..conftest import REPO
from .test_hostile_limits import changed_json
from .test_reader_arrays import consolidate
from .test_reader_layout import WRITE, write_binary, write_zarr

pytestmark = pytest.mark.newest

#: Puts a hostile value in one place of the metadata a round, and looks at everything.
FUZZ = """
import faulthandler, json, random, resource, sys, warnings
sys.path.insert(0, sys.argv[4])
from pathlib import Path
faulthandler.enable()
faulthandler.dump_traceback_later(100, exit=True)
warnings.simplefilter("ignore")
from tests.unit.test_hostile_json import outcomes

folder, seed, rounds = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
chance = random.Random(seed)
VALUES = [None, True, False, 0, -1, 1, 2**31, 2**53, 2**63, 2**64, -2**63, 10**400, 0.5, -0.0, 1e308, 1e-308,
          float("nan"), float("inf"), float("-inf"), "", "x", "NaN", "|O", "<U999999999", "\\ud800", "\\x00", [], [[]],
          [0], [-1], [10**15], [1, 2, 3, 4, 5], [None], ["x"], {}, {"id": "zstd"}, {"id": []}, {"": {}}, [{}] * 40]
files = sorted(p for p in folder.rglob("*") if p.name in (".zmetadata",) or p.suffix == ".json")

def places(value, found):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in items:
        found.append((value, key))
        places(one, found)
    return found

fine = broken = 0
for _ in range(rounds):
    file = chance.choice(files)
    good = file.read_bytes()
    data = json.loads(good)
    found = places(data, [])
    if not found:
        continue
    where, key = chance.choice(found)
    where[key] = chance.choice(VALUES)
    file.write_text(json.dumps(data), encoding="utf-8")
    try:
        result = outcomes(folder)
    except BaseException:
        print("escaped from", file, "with", key, "=", repr(where[key])[:200], flush=True)
        raise
    file.write_bytes(good)
    fine += result.get("metrics") == "fine"
    broken += any(said != "fine" for said in result.values())
assert set(outcomes(folder).values()) == {"fine"}
print("rounds", rounds, "with errors", broken, "metrics fine", fine)
"""


@pytest.mark.parametrize("format", WRITE)
@pytest.mark.parametrize("seed", [1, 2])
def test_no_value_of_the_metadata_makes_anything_but_an_error_of_this_package(
    seed: int, format: str, tmp_path: Path, in_fresh_python: Any
):
    folder = WRITE[format](tmp_path / "small.zarr")
    rounds = 150

    said = in_fresh_python(FUZZ, folder, seed, rounds, REPO).split()

    assert int(said[1]) == rounds
    assert int(said[4]) >= 5
    assert int(said[7]) >= rounds / 4


BAD = [float("nan"), float("inf"), float("-inf"), 0, -30000.0, True, "30000", None, [30000.0], 1e300, 10**400]


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("format", WRITE)
def test_a_sampling_frequency_that_cannot_be_is_named(value: Any, format: str, tmp_path: Path):
    folder = WRITE[format](tmp_path / "small.zarr")
    file = folder / ("sorting/.zattrs" if format == "zarr" else "sorting/numpysorting_info.json")
    changed_json(file, sampling_frequency=value)
    if format == "zarr":
        consolidate(folder)

    with pytest.raises(DamagedDataError, match="sampling_frequency"):
        nbl.load(folder)


@pytest.mark.parametrize(
    "lengths", [[-1, -1], [True, True], [2**70] * 2, [float("nan")] * 2, [], None, "x", [[1], [2]]]
)
def test_a_length_of_the_recording_that_cannot_be_is_that_of_the_spikes(lengths: Any, tmp_path: Path):
    folder = write_binary(tmp_path / "small")
    changed_json(folder / "recording_info/recording_attributes.json", num_samples=lengths)
    analyzer = nbl.load(folder)

    last = [int(analyzer.spikes["sample_index"][analyzer.spikes["segment_index"] == i].max()) for i in (0, 1)]
    assert [analyzer.get_num_samples(i) for i in (0, 1)] == [n + 1 for n in last]
    assert analyzer.get_total_duration() == (sum(last) + 2) / 30000.0


@pytest.mark.parametrize(
    ("slices", "match"),
    [
        ([[0, 50], [40, 60]], "rows 40 to 60 for segment 1"),
        ([[40, 60], [0, 40]], "rows 0 to 40 for segment 1"),
        ([[0, 40], [40, 61]], "rows 40 to 61"),
        ([[-20, 40], [40, 60]], "rows -20 to 40"),
        ([[0, 40], [50, 60]], "segment_index runs from -1"),
        ([[0, 0], [0, 0]], "segment_index runs from -1"),
    ],
)
def test_segments_that_overlap_or_leave_spikes_out_are_named(slices: Any, match: str, tmp_path: Path):
    from .test_reader_arrays import put_array

    folder = write_zarr(tmp_path / "small.zarr")
    put_array(folder, "sorting/spikes/segment_slices", np.array(slices))
    consolidate(folder)

    with pytest.raises(DamagedDataError, match=match):
        _ = nbl.load(folder).spikes


FILTERS: list[Any] = [
    {"id": "fixedscaleoffset", "offset": 0, "scale": [1, 2], "dtype": "<f8", "astype": "<f8"},
    {"id": "fixedscaleoffset", "offset": 0, "scale": float("nan"), "dtype": "<f8", "astype": "<f8"},
    {"id": "fixedscaleoffset", "offset": {}, "scale": 1, "dtype": "<f8", "astype": "<f8"},
    {"id": "fixedscaleoffset", "offset": True, "scale": 1, "dtype": "<f8", "astype": "<f8"},
    {"id": "fixedscaleoffset"},
    {"id": "shuffle", "elementsize": 0},
    {"id": "shuffle", "elementsize": -8},
    {"id": "shuffle", "elementsize": 2**40},
    {"id": "shuffle", "elementsize": "8"},
    {"id": "bitround", "keepbits": 10**6},
    {"id": "quantize", "digits": 1e3, "dtype": "<f8"},
    {"id": "delta", "dtype": ["<f8"]},
    {"id": "delta", "dtype": "<f8", "surprise": 1},
    {"id": "astype", "encode_dtype": None, "decode_dtype": "<f8"},
    {"id": ["delta"]},
    {},
    "delta",
    7,
]


@pytest.mark.parametrize("config", FILTERS)
def test_an_option_of_a_filter_that_makes_no_sense_is_an_error(config: Any, tmp_path: Path):
    from nb_autolabel.errors import AutolabelError

    folder = write_zarr(tmp_path / "small.zarr")
    changed_json(folder / "extensions/templates/average/.zarray", filters=[config])
    consolidate(folder)
    analyzer = nbl.load(folder)

    with pytest.raises(AutolabelError, match="templates/average"):
        analyzer.get_templates()
    assert analyzer.get_templates(operator="std").shape == (6, 10, 4)
    assert analyzer.get_metrics_extension_data().shape == (6, 4)
