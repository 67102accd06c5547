"""What a store claims is checked before it costs anything: within five seconds and 500 MB in a process of its own.

The limits are set on the process (RLIMIT_AS, and a timer of processor time), so that also memory that
numpy, pandas and the codecs take outside of Python counts.
"""

from __future__ import annotations

import bz2
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO, cast

import numcodecs
import numpy as np
import pytest

from ..conftest import REPO
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import write_binary, write_zarr

pytest.importorskip("resource", reason="limits of a process are set on Linux and macOS only")

#: Looks at everything in each store it is told of, in a process forked for it within the limits; prints what came of it.
LOOK = """
import json, os, resource, signal, sys, warnings
sys.path.insert(0, sys.argv[1])
warnings.simplefilter("ignore")
import numcodecs, numpy, pandas
import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError
from tests.unit.test_hostile_json import outcomes
pandas.read_csv

def late(*_):
    raise SystemExit("it took more than five seconds")

def look(folder):
    pages = int(open("/proc/self/statm").read().split()[0])
    limit = pages * resource.getpagesize() + 500 * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, 5.0)
    try:
        found = outcomes(folder)
    except AutolabelError as error:
        found = {"names": str(error)}
    print(json.dumps({name: said[:2000] for name, said in found.items()}), flush=True)

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        look(json.loads(line))
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if ended: print(json.dumps({"process": f"ended by {ended}"}), flush=True)
"""


@pytest.fixture(scope="module")
def outcomes() -> Iterator[Callable[[Path], dict[str, str]]]:
    if not Path("/proc/self/statm").exists():
        pytest.skip("the size of a process is read from /proc")
    with subprocess.Popen(
        [sys.executable, "-c", LOOK, str(REPO)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        asked, answers = cast("TextIO", process.stdin), cast("TextIO", process.stdout)

        def look(folder: Path) -> dict[str, str]:
            print(json.dumps(str(folder)), file=asked, flush=True)
            found: dict[str, str] = json.loads(answers.readline())
            assert "process" not in found, found
            return found

        yield look
        asked.close()


def described(folder: Path, path: str, **changes: Any) -> None:
    file = folder / path / ".zarray"
    # As zarr 3 describes an array of zeros, of which no chunk is written.
    zeros = {"fill_value": 0, "dimension_separator": ".", "filters": None, "compressor": None}
    file.write_text(json.dumps({**json.loads(file.read_text()), **zeros, **changes}))
    for chunk in (folder / path).glob("[0-9]*"):
        chunk.unlink()
    consolidate(folder)


def with_keys(folder: Path, keys: dict[str, Any]) -> None:
    data = json.loads((folder / ".zmetadata").read_text())
    data["metadata"].update(keys)
    (folder / ".zmetadata").write_text(json.dumps(data))


def sparse(file: Path, start: bytes = b"", size: int = 2_500_000_000) -> None:
    """Write a file of 2.5 GB that takes no space on the disk."""
    with file.open("wb") as handle:
        handle.write(start)
        handle.truncate(size)


def changed_json(file: Path, **changes: Any) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


SAMPLES, UNITS = "sorting/spikes/sample_index", "sorting/spikes/unit_index"
NOISE, AVERAGE = "extensions/noise_levels/noise_levels", "extensions/templates/average"


def claim_spikes(folder: Path, count: int, chunk: int) -> None:
    for path in (SAMPLES, UNITS):
        described(folder, path, shape=[count], chunks=[chunk])


def spikes_of_zeros(folder: Path) -> None:
    """A chunk of 45 kB that holds 45 million zeros."""
    count = 45_000_000
    codec = numcodecs.Blosc("zstd", 5, numcodecs.Blosc.BITSHUFFLE)
    data = codec.encode(np.zeros(count, "<i8"))
    for path in (SAMPLES, UNITS):
        described(folder, path, shape=[count], chunks=[count], compressor=codec.get_config())
        (folder / path / "0").write_bytes(data)


def two_zstd_frames(folder: Path) -> None:
    first, second = numcodecs.Zstd().encode(bytes(1920)), numcodecs.Zstd().encode(bytes(2**29))
    described(folder, AVERAGE, chunks=[6, 10, 4], compressor={"id": "zstd", "level": 1})
    (folder / AVERAGE / "0.0.0").write_bytes(first + second)


def filters(*configs: dict[str, Any]) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        described(folder, AVERAGE, chunks=[6, 10, 4], filters=list(configs))
        (folder / AVERAGE / "0.0.0").write_bytes(bytes(1920))

    return write


def scale_of_many(folder: Path) -> None:
    scale = [[1.0]] * 500_000
    filters({"id": "fixedscaleoffset", "offset": 0, "scale": scale, "dtype": "<f8", "astype": "<f8"})(folder)


def packed_dictionary(folder: Path, packed: bytes, codec: str) -> None:
    path = folder / "extensions/quality_metrics/runtime_s"
    (path / "0").write_bytes(packed)
    changed_json(path / ".zarray", compressor={"id": codec})
    consolidate(folder)


def without_channels(folder: Path, count: int) -> None:
    changed_json(folder / "recording_info/.zattrs", recording_attributes={"num_channels": count})
    for path in (folder / "sparsity_mask").iterdir():
        path.unlink()
    (folder / "sparsity_mask").rmdir()
    consolidate(folder)


UNPACKED = 2**29

#: A zarr store that claims too much: how it is written, what the error names.
ZARR: dict[str, tuple[Callable[[Path], Any], str]] = {
    "a key of 60,000 slashes": (lambda f: with_keys(f, {"a/" * 60_000 + ".zarray": {}}), ".zmetadata"),
    "a key of a million letters": (lambda f: with_keys(f, {"a" * 1_000_000 + "/.zarray": {}}), ".zmetadata"),
    "many keys": (lambda f: with_keys(f, {f"a{i}/.zarray": 0 for i in range(400_000)}), ".zmetadata"),
    "many extensions": (
        lambda f: with_keys(f, {f"extensions/e{i}/.zattrs": {"params": {}} for i in range(100_000)}),
        "extensions",
    ),
    "billions of spikes": (lambda f: claim_spikes(f, 10**10, 10**8), "sample_index"),
    "40 million spikes": (lambda f: claim_spikes(f, 40_000_000, 1_000_000), "sample_index"),
    "spikes in a million chunks": (lambda f: claim_spikes(f, 10**6, 1), "sample_index"),
    "spikes of zeros": (spikes_of_zeros, "sample_index"),
    "ten million segments": (
        lambda f: described(f, "sorting/spikes/segment_slices", shape=[10**7, 2], chunks=[10**7, 2]),
        "segment",
    ),
    "a hundred million units": (
        lambda f: described(f, "sorting/unit_ids", shape=[10**8], chunks=[10**8], dtype="<i8"),
        "unit_ids",
    ),
    "units with names of a million letters": (
        lambda f: described(f, "sorting/unit_ids", shape=[10**4], chunks=[10**4], dtype="<U250000"),
        "unit_ids",
    ),
    "a billion channels": (lambda f: without_channels(f, 10**9), "channels"),
    "a billion channels in the sparsity": (
        lambda f: described(f, "sparsity_mask", shape=[6, 10**9], chunks=[6, 10**9]),
        "sparsity_mask",
    ),
    "templates of a billion samples": (
        lambda f: described(f, AVERAGE, shape=[6, 10**9, 4], chunks=[1, 10**6, 4]),
        "templates/average",
    ),
    "rows without columns": (
        lambda f: described(f, NOISE, shape=[2**48, 0], chunks=[2**48, 1]),
        "noise_levels",
    ),
    "an empty array of impossible size": (
        lambda f: described(f, NOISE, shape=[0, 2**48, 2**48], chunks=[1, 1, 1]),
        "noise_levels",
    ),
    "a column of a billion rows": (
        lambda f: described(f, "extensions/quality_metrics/metrics/snr", shape=[10**9], chunks=[10**9]),
        "metrics/snr",
    ),
    "an index of a billion rows": (
        lambda f: described(f, "extensions/quality_metrics/metrics/index", shape=[10**9], chunks=[10**6]),
        "metrics/index",
    ),
    "a second zstd frame": (two_zstd_frames, "templates/average"),
    "a filter whose scale is a list": (scale_of_many, "scale"),
    "filters that multiply": (
        filters(*[{"id": "astype", "encode_dtype": "|i1", "decode_dtype": "<c16"}] * 8),
        "templates/average",
    ),
    "a thousand filters": (filters(*[{"id": "delta", "dtype": "<f8"}] * 1000), "templates/average"),
    "a dictionary packed by zlib": (
        lambda f: packed_dictionary(f, zlib.compress(b"[" + b" " * UNPACKED + b"1]", 9), "zlib"),
        "runtime_s",
    ),
    "a dictionary packed by bz2": (
        lambda f: packed_dictionary(f, bz2.compress(b"[" + b" " * UNPACKED + b"1]", 9), "bz2"),
        "runtime_s",
    ),
    "a type of a million fields": (
        lambda f: described(f, NOISE, dtype=[[f"f{i}", "|i1"] for i in range(300_000)]),
        "noise_levels",
    ),
}


@pytest.mark.parametrize("claim", ZARR)
def test_a_zarr_store_that_claims_too_much_is_refused_by_name(
    claim: str, outcomes: Callable[[Path], dict[str, str]], tmp_path: Path
):
    write, name = ZARR[claim]
    folder = write_zarr(tmp_path / "small.zarr")
    write(folder)

    found = outcomes(folder)

    assert any(name in said for said in found.values() if said != "fine"), found


def npy_with_a_long_header(file: Path) -> None:
    sparse(file, b"\x93NUMPY\x02\x00" + struct.pack("<I", 2_400_000_000) + b"{")


def many_folders(folder: Path) -> None:
    for number in range(1500):
        (folder / f"extensions/e{number}").mkdir()
        (folder / f"extensions/e{number}/params.json").write_text("{}")


SORTING = "sorting/numpysorting_info.json"
TABLE = "extensions/quality_metrics/metrics.csv"
SPARSE = [
    "spikeinterface_info.json",
    SORTING,
    "recording_info/recording_attributes.json",
    "extensions/templates/params.json",
    "extensions/quality_metrics/runtime_s.json",
    TABLE,
]

#: The same of a binary folder.
BINARY: dict[str, tuple[Callable[[Path], Any], str]] = {
    **{f"2.5 GB in {file}": (lambda f, file=file: sparse(f / file), Path(file).name) for file in SPARSE},
    "an array with a header of 2.4 GB": (
        lambda f: npy_with_a_long_header(f / "extensions/templates/average.npy"),
        "average.npy",
    ),
    "spikes of 2.5 GB": (lambda f: sparse(f / "sorting/spikes.npy"), "spikes.npy"),
    "a million and a half units": (
        lambda f: changed_json(f / SORTING, unit_ids=list(range(1_500_000))),
        "unit_ids",
    ),
    "a billion segments": (lambda f: changed_json(f / SORTING, num_segments=10**9), "num_segments"),
    "a billion channels": (
        lambda f: (
            changed_json(
                f / "recording_info/recording_attributes.json", channel_ids=None, num_channels=10**9
            ),
            (f / "sparsity_mask.npy").unlink(),
        ),
        "channels",
    ),
    "many extensions": (many_folders, "extensions"),
    "a table of many columns": (lambda f: (f / TABLE).write_text("," * 500_000 + "\n"), "metrics.csv"),
    "a row of many columns": (
        lambda f: (f / TABLE).write_text(",a\nu1," + "1," * 200_000 + "\n"),
        "metrics.csv",
    ),
    "millions of lists": (
        lambda f: (f / "extensions/templates/params.json").write_text('{"a":[' + "[]," * 5_000_000 + "[]]}"),
        "params.json",
    ),
    "lists in lists": (
        lambda f: (f / "extensions/quality_metrics/runtime_s.json").write_text(
            '{"a":' + "[" * 400 + "]" * 400 + "}"
        ),
        "runtime_s.json",
    ),
}


@pytest.mark.parametrize("claim", BINARY)
def test_a_binary_folder_that_claims_too_much_is_refused_by_name(
    claim: str, outcomes: Callable[[Path], dict[str, str]], tmp_path: Path
):
    write, name = BINARY[claim]
    folder = write_binary(tmp_path / "small")
    write(folder)

    found = outcomes(folder)

    assert any(name in said for said in found.values() if said != "fine"), found


def test_an_honest_store_is_fine_within_the_limits(
    outcomes: Callable[[Path], dict[str, str]], tmp_path: Path
):
    """So that none of these tests passes because everything is refused."""
    assert set(outcomes(write_zarr(tmp_path / "small.zarr")).values()) == {"fine"}


def test_arrays_that_pack_well_are_read(tmp_path: Path):
    """Zeros, as SpikeInterface packs them."""
    import nb_autolabel as nbl

    folder = write_zarr(tmp_path / "small.zarr")
    values = np.zeros((6, 40_000, 50), "<f8")
    put_array(
        folder,
        "extensions/waveforms/free",
        values,
        chunks=[2, 40_000, 50],
        compressor=numcodecs.Blosc("zstd", 5, numcodecs.Blosc.BITSHUFFLE),
    )
    consolidate(folder)

    read = nbl.load(folder).get_extension("waveforms").get_data("free")

    np.testing.assert_array_equal(read, values)
