"""Random damage to random files: a correct value or an error of this package, never a crash or a hang."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path
from typing import Any

from ..conftest import REPO
from .test_reader_arrays import COMPRESSORS, consolidate, put_array
from .test_reader_layout import WRITE, extensions

#: Damages one file a round, opens the analyzer anew, looks at everything, and repairs the file.
FUZZ = """
import faulthandler, sys, warnings
sys.path.insert(0, sys.argv[5])
from pathlib import Path
import numpy as np
faulthandler.enable()
faulthandler.dump_traceback_later(100, exit=True)
warnings.simplefilter("ignore")
from nb_autolabel.errors import AutolabelError
from tests.unit.test_hostile_json import outcomes

folder, seed, rounds, pattern = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
rng = np.random.default_rng(seed)
files = sorted(p for p in folder.rglob(pattern) if p.is_file())
fine = broken = 0
for _ in range(rounds):
    file = files[rng.integers(len(files))]
    good = file.read_bytes()
    bad = bytearray(good)
    kind = rng.integers(4)
    if kind == 0 and bad:
        bad[rng.integers(len(bad))] ^= 1 << rng.integers(8)
    elif kind == 1:
        del bad[rng.integers(len(bad) + 1):]
    elif kind == 2 and bad:
        bad[rng.integers(min(len(bad), 40))] = rng.integers(256)
    else:
        start = rng.integers(len(bad) + 1)
        bad[start:start + rng.integers(16)] = rng.bytes(rng.integers(16))
    file.write_bytes(bad)
    try:
        found = outcomes(folder)
    except BaseException:
        print("escaped from", file, "as", bytes(bad[:200]), flush=True)
        raise
    file.write_bytes(good)
    fine += found.get("metrics") == "fine"
    broken += any(v != "fine" for v in found.values())
assert set(outcomes(folder).values()) == {"fine"}
print("rounds", rounds, "with errors", broken, "metrics fine", fine)
"""


def run(in_fresh_python: Any, *arguments: object) -> None:
    said = in_fresh_python(FUZZ, *arguments, REPO).split()
    rounds, errors, metrics_fine = int(said[1]), int(said[4]), int(said[7])
    assert rounds == arguments[2]
    # The damage is real, and does not spoil everything.
    assert errors >= 1
    assert metrics_fine >= rounds / 20


def test_damaged_files_of_a_binary_folder_never_crash_the_interpreter(tmp_path: Path, in_fresh_python: Any):
    folder = WRITE["binary_folder"](tmp_path / "small")
    run(in_fresh_python, folder, 1, 100, "*")
    run(in_fresh_python, folder, 2, 100, "*.npy")


def test_damaged_metadata_of_a_zarr_store_never_crash_the_interpreter(tmp_path: Path, in_fresh_python: Any):
    folder = WRITE["zarr"](tmp_path / "small.zarr")
    run(in_fresh_python, folder, 3, 60, ".zmetadata")
    (folder / ".zmetadata").unlink()
    run(in_fresh_python, folder, 4, 100, ".z*")


def test_damaged_chunks_of_any_codec_never_crash_the_interpreter(tmp_path: Path, in_fresh_python: Any):
    folder = WRITE["zarr"](tmp_path / "small.zarr")
    arrays = {
        f"{n}/{k}": v for n, data in extensions().items() for k, v in data.items() if hasattr(v, "dtype")
    }
    assert len(arrays) >= len(COMPRESSORS)
    for (name, values), compressor in zip(arrays.items(), cycle(COMPRESSORS.values())):
        put_array(folder, f"extensions/{name}", values, compressor=compressor)
    consolidate(folder)
    run(in_fresh_python, folder, 5, 240, "[0-9]*")
