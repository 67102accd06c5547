"""A server, or a store on it, cannot lead anywhere else, and what opens an address is not given away."""

from __future__ import annotations

import gzip
import json
import logging
import shutil
import traceback
from collections.abc import Callable
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AnalyzerNotFoundError, AutolabelError, DamagedDataError
from nb_autolabel.export.code import analyzer_code

from .test_hostile_names import add_key
from .test_hostile_size import little_time_and_memory
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import write_binary, write_zarr
from .test_reader_twins import assert_same_analyzer
from .test_remote import NoListing, Quiet, folder_at, serving

yarl = pytest.importorskip("yarl", reason="http addresses need aiohttp")


class Redirecting(NoListing):
    """Sends some paths elsewhere, and serves the others."""

    where: Callable[[str], str | None]

    def do_GET(self) -> None:
        target = type(self).where(self.path)
        if target is None:
            super().do_GET()
            return
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_HEAD(self) -> None:
        self.do_GET()


def redirecting(where: Callable[[str], str | None]) -> type[Redirecting]:
    return type("Sending", (Redirecting,), {"where": staticmethod(where)})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_zarr(tmp_path / "served" / "small.zarr")


# ---------------------------------------------------------------------- redirects


@pytest.mark.parametrize("at", [".zgroup", "templates/average/0.0.0"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_redirect_to_another_host_or_port_is_refused_by_name(
    at: str, host: str, folder: Path, tmp_path: Path
):
    other = write_zarr(tmp_path / "other" / "small.zarr")
    with folder_at(other) as (there, asked_there):
        elsewhere = there.replace("127.0.0.1", host)

        def where(path: str) -> str | None:
            return f"{elsewhere}{path.removeprefix('/small.zarr')}?leak=1" if path.endswith(at) else None

        handler = redirecting(where)
        with (
            folder_at(folder, handler) as (address, _),
            pytest.raises(
                AnalyzerNotFoundError, match=rf"redirects to another host.*http://{host}:\d+, which"
            ) as no,
        ):
            nbl.load(address).get_templates()

    assert "leak" not in str(no.value)
    assert asked_there == []


def test_a_redirect_to_another_name_of_the_same_machine_is_refused(folder: Path):
    handler = redirecting(lambda path: None)
    with folder_at(folder, handler) as (address, _):
        port = address.split(":")[2].split("/")[0]
        handler.where = staticmethod(  # type: ignore[method-assign]
            lambda path: f"http://localhost:{port}{path}" if path.endswith(".zmetadata") else None
        )
        with pytest.raises(AnalyzerNotFoundError, match="redirects to another host"):
            nbl.load(address)


@pytest.mark.parametrize("absolute", [True, False])
def test_a_redirect_on_the_same_host_is_followed(absolute: bool, folder: Path):
    handler = redirecting(lambda path: None)
    with folder_at(folder, handler) as (address, _):
        base = address.removesuffix("/small.zarr") if absolute else ""
        handler.where = staticmethod(  # type: ignore[method-assign]
            lambda path: f"{base}{path.replace('/old', '/small')}" if path.startswith("/old") else None
        )
        assert_same_analyzer(nbl.load(folder), nbl.load(address.replace("small.zarr", "old.zarr")))


@pytest.mark.parametrize(
    "target",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "",
        "//evil/x",
        "http://",
        "http://[",
        "data:,{}",
        "\\\\evil\\x",
    ],
)
def test_a_redirect_to_what_is_no_http_server_is_refused(target: str, folder: Path):
    with (
        folder_at(folder, redirecting(lambda path: target)) as (address, _),
        pytest.raises(AutolabelError, match=r"redirects|404"),
    ):
        nbl.load(address)


def test_redirects_in_a_circle_come_to_an_end(folder: Path):
    with (
        folder_at(folder, redirecting(lambda path: path)) as (address, asked),
        pytest.raises(AnalyzerNotFoundError, match="redirects more than 5 times"),
    ):
        nbl.load(address)
    assert len(asked) == 6


@pytest.mark.parametrize(
    ("start", "target", "followed"),
    [
        ("http://host/x", "https://host/x", True),
        ("http://host:8000/x", "https://host/x", True),
        ("http://host:8000/x", "https://host:8000/x", True),
        ("http://host/x", "https://HOST/y", True),
        ("https://host/x", "/y", True),
        ("https://host/x", "https://host:443/y", True),
        ("https://host/x", "http://host/x", False),
        ("https://host/x", "http://host:443/x", False),
        ("http://host/x", "https://host:8443/x", False),
        ("http://host/x", "http://host:8000/x", False),
        ("https://host/x", "https://host.evil/x", False),
        ("https://host/x", "https://host@evil/x", False),
        ("https://host/x", "//evil/x", False),
    ],
)
def test_from_http_to_https_is_the_only_other_place_that_is_followed(start: str, target: str, followed: bool):
    from nb_autolabel.analyzer.http_files import _followed
    from nb_autolabel.analyzer.remote_files import RefusedError

    if followed:
        assert _followed(yarl.URL(start), target).host == "host"
    else:
        with pytest.raises(RefusedError, match="redirects to another host"):
            _followed(yarl.URL(start), target)


# ---------------------------------------------------------------------- names


HOSTILE = ["%2e%2e", "%2e%2e%2f%2e%2e%2fsecret", "..%2fsecret", "%252e%252e", "a%2F..%2F..%2F..%2Fsecret"]
ODD = [
    "a b",
    "a%20b",
    "50%",
    "%",
    "c?d",
    "e#f",
    "g+h",
    "i&j=k",
    "ü",
    "%C3%BC",
    "~",
    "l;m",
    "n:o",
    "http:",
    "p@q",
    "[r]",
]


@pytest.mark.parametrize("name", [*HOSTILE, *ODD])
def test_a_name_in_a_store_is_quoted_once_and_leads_nowhere_else(name: str, folder: Path):
    values = np.arange(6.0) + 0.5
    put_array(folder, f"sorting/properties/{name}", values)
    put_array(folder.parent, "secret", values + 4000)
    (folder.parent / "secret/0").rename(folder.parent / "secret/0.0")
    put_array(folder.parent, "secret", values + 4000)
    consolidate(folder)

    with folder_at(folder) as (address, asked):
        analyzer = nbl.load(address)
        assert name in analyzer.get_sorting_property_keys()
        asked.clear()
        assert analyzer.get_sorting_property(name).tolist() == values.tolist()

    assert [unquote(path) for path in asked] == [f"/small.zarr/sorting/properties/{name}/0"]
    assert all(
        ".." not in PurePosixPath(path).parts and "?" not in path and "#" not in path for path in asked
    )


@pytest.mark.parametrize("name", [n for n in [*HOSTILE, *ODD] if not n.startswith(".")])
def test_names_that_a_server_lists_are_read_back(name: str, folder: Path):
    put_array(folder, f"sorting/properties/{name}", np.arange(6.0) + 0.5)
    (folder / ".zmetadata").unlink()

    with folder_at(folder, Quiet) as (address, _):
        analyzer = nbl.load(address)
        assert analyzer.get_sorting_property_keys() == nbl.load(folder).get_sorting_property_keys()
        assert analyzer.get_sorting_property(name).tolist() == [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]


def test_a_page_that_links_elsewhere_lists_no_such_names(folder: Path):
    links = [
        "../", "../../etc/", "http://evil/small.zarr/extensions/evil/", "//evil/x", "?C=N;O=D", "#top", "/", "",
        "/small.zarr/other/x", "%2e%2e/", "..%2fx", "a%2Fb", "a\\b", "deep/er/", "javascript:alert(1)", "http://[/",
        "good/", "/small.zarr/extensions/fine", "amp&amp;ersand",
    ]  # fmt: skip
    page = "".join(f'<a HREF = "{link}">x</a>' for link in links).encode()

    class Page(NoListing):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

    from nb_autolabel.analyzer.stores import open_store

    with folder_at(folder, Page) as (address, _):
        assert open_store(address).names("extensions") == ["amp&ersand", "fine", "good"]


def test_an_address_in_the_metadata_is_never_asked(folder: Path):
    """As references of kerchunk are: a key, or a chunk's content, that names another file or host."""
    with folder_at(write_zarr(folder.parent.parent / "other" / "small.zarr")) as (elsewhere, asked_there):
        meta = json.loads((folder / "extensions/templates/average/.zarray").read_text())
        for key in (elsewhere, f"extensions/{elsewhere}", "reference::file:///etc", "file:///etc/passwd"):
            add_key(folder, **{f"{key}/.zarray": meta, f"{key}/.zattrs": {"params": {}}})
        text = json.loads((folder / ".zmetadata").read_text())
        refs = {
            "sorting/unit_ids/0": [elsewhere],
            "extensions/templates/average/0.0.0": [f"{elsewhere}/x", 0, 10],
        }
        (folder / ".zmetadata").write_text(json.dumps({**text, "version": 1, "refs": refs}))
        with folder_at(folder) as (address, asked):
            analyzer = nbl.load(address)
            for name in analyzer.extension_names:
                extension = analyzer.get_extension(name)
                [extension.get_data(key) for key in extension.data_names]

    assert asked_there == []
    assert all(path.startswith("/small.zarr/") for path in asked)


# ---------------------------------------------------------------------- sizes


class Packed(NoListing):
    """Packs what the other side takes packed."""

    def do_GET(self) -> None:
        data = (Path(self.directory) / self.path.lstrip("/")).read_bytes()
        assert self.headers["Accept-Encoding"] == "gzip"
        body = gzip.compress(data, mtime=0)
        self.send_response(200)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def test_what_a_server_sends_packed_is_unpacked(folder: Path):
    with folder_at(folder, Packed) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(address))


def answering(at: str, body: bytes, **headers: str) -> type[NoListing]:
    class Other(NoListing):
        def do_GET(self) -> None:
            if not self.path.endswith(at):
                super().do_GET()
                return
            self.send_response(200)
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            for name, value in {"Content-Length": str(len(body)), **named}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    return Other


def test_a_packed_bomb_is_not_unpacked(folder: Path):
    bomb = gzip.compress(bytes(2**28), 1, mtime=0)
    handler = answering(".zmetadata", bomb, Content_Encoding="gzip")
    with (
        folder_at(folder, handler) as (address, _),
        little_time_and_memory(30, 64),
        pytest.raises(DamagedDataError, match=r"\.zmetadata has more than 16777216 bytes"),
    ):
        nbl.load(address)


def test_what_says_that_it_is_too_large_is_not_fetched(folder: Path):
    handler = answering(".zmetadata", b"{", Content_Length="3000000000")
    with (
        folder_at(folder, handler) as (address, _),
        pytest.raises(DamagedDataError, match="has 3000000000 bytes"),
    ):
        nbl.load(address)


def test_what_does_not_say_how_large_it_is_is_fetched_to_the_limit_only(folder: Path):
    class Endless(NoListing):
        def do_GET(self) -> None:
            if not self.path.endswith(".zmetadata"):
                super().do_GET()
                return
            self.send_response(200)
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b" " * 2**20)
            except OSError:
                pass  # the other side has hung up

    with (
        folder_at(folder, Endless) as (address, _),
        little_time_and_memory(30, 64),
        pytest.raises(DamagedDataError, match="more than 16777216 bytes"),
    ):
        nbl.load(address)


@pytest.mark.parametrize(
    ("body", "packing"),
    [
        (b"{}", "br"),
        (b"not packed", "gzip"),
        (gzip.compress(b"{}" * 1000, mtime=0)[:-9], "gzip"),
        (gzip.compress(b"{}", mtime=0) * 2, "gzip"),
    ],
)
def test_what_is_packed_in_another_way_or_badly_is_an_error_with_its_reason(
    body: bytes, packing: str, folder: Path
):
    handler = answering(".zmetadata", body, Content_Encoding=packing)
    with (
        folder_at(folder, handler) as (address, _),
        pytest.raises(AnalyzerNotFoundError, match="it is packed"),
    ):
        nbl.load(address)


# ---------------------------------------------------------------------- secrets


SIGNATURE = "X-Amz-Credential=AKIA%2F2024&X-Amz-Signature=0xSIG%2B%3D&token=tok3n"
SECRETS = ("hunter2", "jane", "AKIA", "0xSIG", "tok3n", "options-secret", "amFuZTpodW50ZXIy")


class Guarded(NoListing):
    """Answers who gives the password, the signature and the header, and repeats them to those who do not."""

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        given = (self.headers.get("Authorization"), query, self.headers.get("X-Key"))
        if given != ("Basic amFuZTpodW50ZXIyIQ==", SIGNATURE, "options-secret") or "refuse" in path:
            self.send_response(403, f"no to {given}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.path = path
        super().do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()


OPTIONS = {"headers": {"X-Key": "options-secret"}}


def secret(address: str) -> str:
    return f"{address.replace('://', '://jane:hunter2%21@')}?{SIGNATURE}"


def test_a_signature_and_a_password_in_the_address_open_every_file(folder: Path):
    with folder_at(folder, Guarded) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(secret(address), storage_options=OPTIONS))


def everything_said(error: BaseException) -> str:
    """The traceback with the values of our own frames, as IPython's verbose mode would show it."""
    kept = traceback.TracebackException.from_exception(error, capture_locals=False)
    frames = [f for f, _ in traceback.walk_tb(error.__traceback__) if "nb_autolabel" in f.f_code.co_filename]
    ours = [repr(list(f.f_locals.values())) for f in frames if "/tests/" not in f.f_code.co_filename]
    said = [line for line in kept.format() if "secret(address)" not in line]
    return "\n".join([*said, *ours[1:]])  # load itself was given the address


def test_what_opens_an_address_is_shown_nowhere(folder: Path, tmp_path: Path, caplog: Any, capsys: Any):
    caplog.set_level(logging.DEBUG)
    with folder_at(folder, Guarded) as (address, _):
        analyzer = nbl.load(secret(address), storage_options=OPTIONS)
        shown = [repr(analyzer), analyzer._repr_html_(), str(analyzer.folder), repr(analyzer._source)]
        shown += [repr(analyzer._source.store), repr(analyzer.get_extension("templates"))]
        shown += [analyzer.get_extension("templates").entry("average").where, analyzer_code(analyzer)]
        shown += [analyzer_code(analyzer.select_units(["u1"]))]
        shutil.move(folder / "extensions/templates/average/0.0.0", folder / "elsewhere")
        with pytest.raises(AutolabelError) as missing:
            analyzer.get_templates()
        (folder / "extensions/templates/average/1.0.0").write_bytes(b"damaged")
        with pytest.raises(AutolabelError) as damaged:
            analyzer.get_templates(["u6"])
        with pytest.raises(AnalyzerNotFoundError, match="403 Forbidden") as refused:
            nbl.load(secret(address.replace("small", "refuse")), storage_options=OPTIONS)
    with pytest.raises(AnalyzerNotFoundError) as gone:
        analyzer.get_extension("waveforms").get_data()

    errors = [missing, damaged, refused, gone]
    shown += [everything_said(error.value) for error in errors] + [str(error.value) for error in errors]
    shown += [caplog.text, *capsys.readouterr()]
    found = [(name, text) for name in SECRETS for text in shown if name in text]
    assert not found
    assert analyzer.folder == f"{address.replace('://', '://***@')}?***"


def test_the_code_says_where_to_put_the_address_and_the_options(folder: Path):
    with folder_at(folder, Guarded) as (address, _):
        code = analyzer_code(nbl.load(secret(address), storage_options=OPTIONS).select_units(["u2", "u1"]))
        lines = code.splitlines()
        assert [line for line in lines if line.startswith("#")] == [
            "# Put the whole address here: a user name, password or signature is not written down.",
            "# Put the storage options here: they may hold passwords and are not written down.",
        ]
        assert lines[-1] == (
            "analyzer = nbl.load(address, storage_options=storage_options).select_units(['u2', 'u1'])"
        )
        names: dict[str, Any] = {"nbl": nbl}
        with pytest.raises(AutolabelError, match="Put the user name, password or signature in the place"):
            exec(code, names)
        whole = code.replace(repr(names["address"]), repr(secret(address)))
        exec(whole.replace("storage_options = {}", f"storage_options = {OPTIONS!r}"), names)
        assert names["analyzer"].unit_ids.tolist() == ["u2", "u1"]


def test_the_code_of_an_address_without_secrets_is_one_line(folder: Path):
    with folder_at(folder) as (address, _):
        assert analyzer_code(nbl.load(address)) == f"analyzer = nbl.load({address!r})"


def test_a_time_limit_stays_when_other_options_of_the_session_are_given(folder: Path):
    from nb_autolabel.analyzer.address import address_of
    from nb_autolabel.analyzer.http_files import HttpFiles

    address = address_of("http://127.0.0.1:9/x.zarr")
    assert address is not None
    files = HttpFiles(address, {"client_kwargs": {"headers": {"X-Key": "k"}}}, 30.0)

    assert files._filesystem.client_kwargs["timeout"].total == 30.0
    assert files._filesystem.client_kwargs["headers"] == {"X-Key": "k"}


def test_options_that_make_no_sense_are_an_error_of_this_package(folder: Path):
    for options in (
        {"client_kwargs": 3},
        {"headers": 3},
        {"nonsense": 1},
        {"client_kwargs": {"nonsense": 1}},
    ):
        with folder_at(folder) as (address, _), pytest.raises(AutolabelError, match="cannot"):
            nbl.load(address, storage_options=options)


def test_a_binary_folder_behind_a_password_is_read(tmp_path: Path):
    class Listed(Guarded):
        list_directory = Quiet.list_directory

    folder = write_binary(tmp_path / "small")
    with folder_at(folder, Listed) as (address, _):
        assert_same_analyzer(nbl.load(folder), nbl.load(secret(address), storage_options=OPTIONS))


def test_a_server_that_answers_with_no_http_is_an_error_of_this_package():
    class Garbage(BaseHTTPRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"\x00\xff garbage jane:hunter2\r\n\r\n")

    with (
        serving(partial(Garbage)) as address,
        pytest.raises(AnalyzerNotFoundError, match="cannot be fetched"),
    ):
        nbl.load(f"{address}/x.zarr")
