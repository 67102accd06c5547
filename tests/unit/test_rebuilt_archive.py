"""The zip file behind a model: limits before the work, arrays of numbers only, and nothing that hangs."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from nb_autolabel.classifiers.rebuilt.archive import MAX_ARRAY, MAX_BYTES, MAX_FILE, Archive
from nb_autolabel.classifiers.skops_file import load_skops
from nb_autolabel.errors import ModelError, UnsafeDataError

from .model_kinds import attributes, last_step, load_npy, members, npy, rezipped, written
from .test_hostile_size import little_time_and_memory


@pytest.fixture
def held(tmp_path):
    return members(written("tree", tmp_path / "model.skops"))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.skops"


def array_of(held):
    """Name of the array that holds the nodes of the tree."""
    model = attributes(last_step(json.loads(held["schema.json"])))
    return attributes(model["tree_"])["nodes"]["file"]


def with_header(header: bytes, data: bytes = b"", version: int = 1) -> bytes:
    size = struct.pack("<H" if version == 1 else "<I", len(header))
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + data


def described(descr: object, shape: object = (3,), order: object = False) -> bytes:
    return repr({"descr": descr, "fortran_order": order, "shape": shape}).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        b"\x93NUMPY\x01\x00\xff\xff{",
        b"\x93NUMPY\x09\x00\x02\x00{}",
        pickle.dumps([1]),
        with_header(described("|O"), bytes(24)),
        with_header(described("<f8", (-3,)), bytes(24)),
        with_header(described("<f8", (2**62, 4)), bytes(24)),
        with_header(described("<f8", (True,)), bytes(8)),
        with_header(described("<f8", (1, 1, 1, 1)), bytes(8)),
        with_header(described("<f8", 3), bytes(24)),
        with_header(described("<f8", (3,), "yes"), bytes(24)),
        with_header(described("<f8", (4,)), bytes(24)),
        with_header(described("<f16", (1,)), bytes(16)),
        with_header(described("<c16", (1,)), bytes(16)),
        with_header(described("<M8[s]"), bytes(24)),
        with_header(described("|V8"), bytes(24)),
        with_header(described("<U999999999", (1,)), bytes(24)),
        with_header(described([("a", "<f8", (1000,))], (1,)), bytes(8000)),
        with_header(described([("a", "|O")], (1,)), bytes(8)),
        with_header(described([("a", [("b", "<f8")])], (1,)), bytes(8)),
        with_header(described([("a", "<f8"), ("a", "<f8")], (1,)), bytes(16)),
        with_header(described([("", "<f8")], (1,)), bytes(8)),
        with_header(b"{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}", bytes(8)),
        with_header(b"__import__('os').system('true')"),
        with_header(b"(" * 4000),
        with_header(b"-" * 4000 + b"1"),
        with_header(b"{" * 100),
        with_header(b" " * 60_000, version=2),
    ],
)
def test_what_is_no_array_of_numbers_is_refused_by_name(data, held, path):
    name = array_of(held)
    with pytest.raises(ModelError, match=rf"the array '{name}' cannot be read"):
        load_skops(rezipped(path, {**held, name: data}))


def test_an_array_that_lies_column_by_column_or_is_big_endian_is_the_same_array(tmp_path):
    original = members(written("logistic", tmp_path / "model.skops"))
    rows = np.random.default_rng(0).normal(size=(20, 4))
    expected = load_skops(tmp_path / "model.skops").predict_proba(rows)
    changed = {
        name: npy(np.asfortranarray(load_npy(data).astype(load_npy(data).dtype.newbyteorder(">"))))
        if name.endswith(".npy")
        else data
        for name, data in original.items()
    }
    found = load_skops(rezipped(tmp_path / "other.skops", changed)).predict_proba(rows)
    np.testing.assert_allclose(found, expected, atol=1e-15)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_files_are_read_however_skops_packs_them(method, held, path):
    assert load_skops(rezipped(path, held, method)).n_features_in_ == 4


def test_a_way_of_packing_that_may_ask_for_any_memory_is_refused(held, path):
    with pytest.raises(ModelError, match="packed in a way"):
        load_skops(rezipped(path, held, zipfile.ZIP_LZMA))


def test_an_encrypted_file_is_refused(held, path):
    data = bytearray(rezipped(path, held).read_bytes())
    for sign, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(sign)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(sign, at + 4)
    path.write_bytes(data)
    with pytest.raises(ModelError, match="encrypted"):
        load_skops(path)


def test_a_missing_array_and_a_missing_description_are_named(held, path):
    name = array_of(held)
    with pytest.raises(ModelError, match=f"lacks '{name}'"):
        load_skops(rezipped(path, {key: data for key, data in held.items() if key != name}))
    with pytest.raises(ModelError, match=r"lacks 'schema\.json'"):
        load_skops(rezipped(path, {"other.npy": b""}))


def test_a_name_that_is_there_twice_is_refused(held, path):
    rezipped(path, held)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("schema.json", b"{}")
    with pytest.raises(ModelError, match=r"holds 'schema\.json' twice"):
        load_skops(path)


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.npy", "a/../../up.npy", "C:\\up.npy", "\\up", "..\\up"]
)
def test_a_name_that_leads_out_of_the_file_is_refused(name, held, path):
    with pytest.raises(ModelError, match="leads out of it"):
        load_skops(rezipped(path, {**held, name: b""}))


@pytest.mark.parametrize(
    "schema", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b"1" * 10_000]
)
def test_a_description_that_is_none_is_refused(schema, held, path):
    with pytest.raises(ModelError, match=r"model\.skops"):
        load_skops(rezipped(path, {**held, "schema.json": schema}))


@pytest.mark.parametrize(
    "schema",
    [
        b" " * (2**27),
        b"[" + b"[]," * 10_000_000 + b"[]]",
        b"[" + b'{"a":0},' * 3_900_000 + b"0]",
        '["\U0001f9e0'.encode() + b"a" * 30_000_000 + b'"]',
    ],
    ids=["128 MiB of blanks", "30 MB of lists", "30 MB of dictionaries", "30 MB of wide text"],
)
def test_a_description_of_too_much_is_refused_before_it_is_read(schema, held, path):
    rezipped(path, {**held, "schema.json": schema}, zipfile.ZIP_DEFLATED)
    del schema
    with little_time_and_memory(seconds=5, mebibytes=100), pytest.raises(ModelError, match="too large"):
        load_skops(path)


def test_the_largest_description_that_is_read_takes_less_than_500_mb(held, path, in_fresh_python):
    entry = b'{"a":{}},'  # of all entries the one that takes most memory
    schema = b"[" + entry * 390_000 + b" " * 28_000_000 + b"0]"
    rezipped(path, {**held, "schema.json": schema}, zipfile.ZIP_DEFLATED)
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux says how much memory a process had at most")
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from nb_autolabel.classifiers.skops_file import load_skops\n"
        "def most():\n"
        "    lines = Path('/proc/self/status').read_text().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))\n"
        "before = most()\n"
        "try:\n"
        "    load_skops(sys.argv[1])\n"
        "except ValueError as error:\n"
        "    print(error)\n"
        "print(most() - before)"
    )
    said, kilobytes = in_fresh_python(code, path).splitlines()
    assert "the model is not a classifier" in said
    assert int(kilobytes) < 400_000


def test_an_array_that_is_named_many_times_is_counted_every_time(held, path):
    rezipped(path, {**held, "big.npy": npy(np.zeros(12_000_000))}, zipfile.ZIP_DEFLATED)
    assert path.stat().st_size < 1_000_000
    with little_time_and_memory(seconds=5, mebibytes=300), Archive(path) as archive:
        arrays = []
        with pytest.raises(ModelError, match=f"at most {MAX_BYTES} are read"):
            arrays += [archive.array("big.npy").shape for _ in range(25)]


def test_a_forest_of_one_large_tree_many_times_is_refused_in_little_time_and_memory(tmp_path):
    held = members(written("forest", tmp_path / "model.skops"))
    schema = json.loads(held["schema.json"])
    forest = attributes(last_step(schema))
    members_of = forest["estimators_"]["content"]
    tree = attributes(attributes(members_of[0])["tree_"])
    count = 2**20 - 1
    nodes = np.zeros(count, load_npy(held[tree["nodes"]["file"]]).dtype)
    inner = np.arange(count // 2)
    nodes["left_child"], nodes["right_child"] = -1, -1
    nodes["left_child"][inner], nodes["right_child"][inner] = 2 * inner + 1, 2 * inner + 2
    held[tree["nodes"]["file"]] = npy(nodes)
    held[tree["values"]["file"]] = npy(np.full((count, 1, 2), 0.5))
    forest["estimators_"]["content"] = members_of[:1] * 25
    held["schema.json"] = json.dumps(schema).encode()
    rezipped(tmp_path / "model.skops", held, zipfile.ZIP_DEFLATED)
    del nodes, held
    with little_time_and_memory(seconds=5, mebibytes=400), pytest.raises(ModelError, match="too large"):
        load_skops(tmp_path / "model.skops")


def test_one_array_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(held, path):
    bomb = b"".join([with_header(described("<f8", (2**28,))), bytes(2**28)])
    rezipped(path, {**held, array_of(held): bomb}, zipfile.ZIP_DEFLATED)
    del bomb
    with little_time_and_memory(mebibytes=20), pytest.raises(ModelError, match=f"at most {MAX_ARRAY}"):
        load_skops(path)


def test_an_archive_of_too_many_names_is_refused_before_they_are_read(path):
    with zipfile.ZipFile(path, "w") as archive:
        for at in range(70_000):
            archive.writestr(f"{at:020d}", b"")
    with little_time_and_memory(mebibytes=20), pytest.raises(ModelError, match="too large"):
        load_skops(path)


def test_a_file_that_is_too_large_is_refused_unopened(path):
    with path.open("wb") as file:
        file.truncate(MAX_FILE + 1)
    with pytest.raises(ModelError, match=rf"has {MAX_FILE + 1} bytes"):
        load_skops(path)


def test_a_pipe_a_folder_and_nothing_are_refused_at_once(path, tmp_path):
    os.mkfifo(path)
    with pytest.raises(ModelError, match="not a regular file"):
        load_skops(path)
    (tmp_path / "folder.skops").mkdir()
    with pytest.raises(ModelError, match="not a regular file"):
        load_skops(tmp_path / "folder.skops")
    with pytest.raises(ModelError, match="No such file"):
        load_skops(tmp_path / "none.skops")


@pytest.mark.parametrize("size", [0, 1, 22, 1000, -1, -22, -100])
def test_a_file_that_is_cut_off_is_refused(size, held, path):
    data = rezipped(path, held).read_bytes()
    path.write_bytes(data[:size])
    with pytest.raises(ModelError, match=r"model\.skops is no \.skops file"):
        load_skops(path)


def test_names_from_a_file_are_shown_without_control_characters(held, path):
    schema = json.loads(held["schema.json"])
    schema["__module__"] = "os\x1b[31m\n\u202e" + "a" * 10_000
    with pytest.raises(UnsafeDataError) as caught:
        load_skops(rezipped(path, {**held, "schema.json": json.dumps(schema).encode()}))
    assert len(str(caught.value)) < 1000
    assert str(caught.value).isprintable()


def test_what_is_read_stays_readable_after_the_file_is_gone(held, path):
    model = load_skops(rezipped(path, held))
    before = model.predict_proba(np.ones((2, 4)))
    with path.open("r+b") as file:
        file.truncate(10)
    path.unlink()
    np.testing.assert_array_equal(model.predict_proba(np.ones((2, 4))), before)


def test_the_archive_is_closed_also_when_it_is_refused(path):
    path.write_bytes(b"PK\x05\x06" + bytes(18))  # an empty archive
    with pytest.raises(ModelError, match=r"lacks 'schema\.json'"):
        load_skops(path)
    with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
        assert archive.namelist() == []
    path.unlink()
