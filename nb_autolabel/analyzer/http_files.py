"""Files of an http server, below one address.

Names of files are quoted once in the address of a request, so that ``%2e%2e``,
``?`` and ``#`` are parts of a name and lead nowhere else; a query of the address (a signature) goes with
every request. Redirects are followed on the same host only. Of an answer, no more is taken, packed or
unpacked, than was asked for.
"""

from __future__ import annotations

import asyncio
import base64
import html
import re
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from http import HTTPStatus
from time import monotonic
from typing import Any
from urllib.parse import quote, unquote

import yarl

from .address import Address, without_secrets
from .fetching import wait_for
from .reading_display import ReadingDisplay
from .remote_files import RefusedError, TooLargeError
from .store import Listed
from .traffic import Traffic

#: More redirects than this, one after the other, are not followed.
MAX_REDIRECTS = 5
#: A page that lists a folder may not be larger than this.
MAX_LISTING = 2**24
#: What was sent packed may not unpack to more than this ...
PACKED_BYTES = 2**28
#: ... unless it is this many times its packed size at the most.
PACKED_RATIO = 200
#: Bytes a second; a server that sends less does not answer.
SLOWEST = 5000

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MISSING = 404


class HttpFiles:
    """Files below an http address; see :class:`RemoteFiles`.

    Parameters
    ----------
    address : Address
    options : dict
        Of fsspec's HTTPFileSystem: ``client_kwargs`` and ``get_client`` make the session, others go
        with each request.
    timeout : float
        Seconds without an answer, or without more of it, unless ``client_kwargs`` say otherwise.
    traffic : Traffic, optional
    display : ReadingDisplay, optional
    """

    #: Nothing of a server's is refused to everybody here: it is said for each file.
    denied = ""

    def __init__(
        self,
        address: Address,
        options: dict[str, Any],
        timeout: float,
        traffic: Traffic | None = None,
        display: ReadingDisplay | None = None,
    ) -> None:
        import aiohttp
        from fsspec.implementations.http import HTTPFileSystem

        options = dict(options)
        client = dict(options.pop("client_kwargs", None) or {})
        own_limit = "timeout" in client
        client.setdefault("timeout", aiohttp.ClientTimeout(total=timeout))
        self._timeout, self._traffic, self._display = timeout, traffic or Traffic(), display
        client["auto_decompress"] = False
        headers = dict(options.pop("headers", None) or {})
        if address.userinfo and "auth" not in client and "auth" not in options:
            user, _, password = address.userinfo.partition(":")
            pair = f"{unquote(user)}:{unquote(password)}".encode()
            headers.setdefault("Authorization", f"Basic {base64.b64encode(pair).decode()}")
        self._headers = headers
        self._base = str(yarl.URL(address.location, encoded=bool(options.pop("encoded", False)))).rstrip("/")
        self._query = f"?{quote(address.query, safe=_LEGAL)}" if address.query else ""
        self._filesystem = HTTPFileSystem(client_kwargs=client, skip_instance_cache=True, **options)
        self._options = dict(self._filesystem.kwargs)
        for name in ("allow_redirects", "max_redirects"):
            self._options.pop(name, None)
        if not own_limit:
            # Of a file that comes slowly, each piece comes in time.
            patient = aiohttp.ClientTimeout(total=None, connect=timeout, sock_read=timeout)
            self._options.setdefault("timeout", patient)

    def _run(self, call: Any, *args: Any) -> Any:
        return wait_for(self._filesystem.loop, call(*args), None, self._display)

    def get(self, key: str, limit: int | None) -> bytes | None:
        """Return the bytes of a file; see :meth:`RemoteFiles.get`.

        Raises
        ------
        RefusedError, TooLargeError
        """
        data: bytes | None = self._run(self._get, key, limit)
        return data

    async def _get(self, key: str, limit: int | None) -> bytes | None:
        async with self._answer("GET", key, "gzip") as answer:
            if answer.status == _MISSING:
                return None
            return await _body(answer, limit, self._timeout, self._traffic)

    def listed(self, key: str) -> list[Listed]:
        """Return what the server's page links below the folder; see :meth:`RemoteFiles.listed`.

        Raises
        ------
        RefusedError, TooLargeError
        """
        names: list[Listed] = self._run(self._listed, f"{key}/" if key else "")
        return names

    async def _listed(self, key: str) -> list[Listed]:
        async with self._answer("GET", key, "gzip") as answer:
            if answer.status == _MISSING or answer.content_type not in (
                "text/html",
                "application/octet-stream",
            ):
                return []
            body = await _body(answer, MAX_LISTING, self._timeout, self._traffic)
            page = body.decode("utf-8", "replace")
            return _linked(page, answer.url)

    def size(self, key: str) -> int | None:
        """Return the bytes of a file if the server tells; see :meth:`RemoteFiles.size`.

        Raises
        ------
        RefusedError
        """
        size: int | None = self._run(self._size, key)
        return size

    async def _size(self, key: str) -> int | None:
        # Some servers refuse to be asked for the size alone, or do not tell it.
        for method in ("HEAD", "GET"):
            try:
                async with self._answer(method, key, "identity") as answer:
                    told = answer.headers.get("Content-Length", "")
                    if answer.status == _MISSING:
                        return None
                    if told.isdecimal():
                        return int(told)
            except RefusedError:
                if method == "GET":
                    raise
        return None

    def below(self, name: str) -> HttpFiles:
        """Return the files below a folder; see :meth:`RemoteFiles.below`."""
        inner = HttpFiles.__new__(HttpFiles)
        inner.__dict__.update(self.__dict__, _base=f"{self._base}/{quote(name, safe='')}")
        return inner

    def ask_total(self) -> Future[None] | None:
        """Ask nothing: servers do not tell how large a folder is."""
        return None

    def _url(self, key: str) -> yarl.URL:
        return yarl.URL(f"{self._base}/{quote(key, safe='/')}{self._query}", encoded=True)

    @asynccontextmanager
    async def _answer(self, method: str, key: str, packing: str) -> AsyncIterator[Any]:
        """Give the answer to a request: of a file, or that there is none."""
        session = await self._filesystem.set_session()
        headers = {**self._headers, "Accept-Encoding": packing}
        url = self._url(key)
        for _ in range(MAX_REDIRECTS + 1):
            asked = session.request(method, url, headers=headers, allow_redirects=False, **self._options)
            async with await asyncio.wait_for(asked, self._timeout) as answer:
                if answer.status in _REDIRECTS:
                    url = _followed(url, answer.headers.get("Location", ""))
                    continue
                if answer.status != _MISSING and not 200 <= answer.status < 300:
                    raise RefusedError(_phrase(answer.status), lost=answer.status >= 500)
                yield answer
                return
        raise RefusedError(f"it redirects more than {MAX_REDIRECTS} times")


#: Characters that a query may hold; a percent sign is one that quotes already.
_LEGAL = "%/?:@!$&'()*+,;=~-._[]|"


def _phrase(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _followed(url: yarl.URL, location: str) -> yarl.URL:
    """Return where a redirect leads if that is the same host, by the same protocol or from http to https.

    Raises
    ------
    RefusedError
    """
    try:
        target = url.join(yarl.URL(location, encoded=True))
        place = (target.scheme, target.host, target.port)
    except ValueError:
        raise RefusedError("it redirects to an address that is none") from None
    upgraded = url.scheme == "http" and target.scheme == "https" and target.port in (url.port, 443)
    if not location or target.host != url.host or not (upgraded or place == (url.scheme, url.host, url.port)):
        scheme, host, port = place
        named = f"{scheme or 'an address without protocol'}://{host or ''}{f':{port}' if port else ''}"
        raise RefusedError(
            f"it redirects to another host or protocol, {without_secrets(named)}, which is not followed. "
            "If you trust it, open the address there"
        )
    return target.with_fragment(None)


async def _body(answer: Any, limit: int | None, timeout: float, traffic: Traffic) -> bytes:
    """Take the body of an answer, unpacked, until it is larger than the limit.

    A server that sends less than SLOWEST is given up after `timeout` seconds; on a slow connection, a large file takes
    longer than that.

    Raises
    ------
    RefusedError, TooLargeError
    """
    packing = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packing not in ("", "identity", "gzip", "x-gzip", "deflate"):
        raise RefusedError("it is packed in a way that was not asked for")
    packed = packing not in ("", "identity")
    told = answer.headers.get("Content-Length", "")
    if limit is not None and not packed and told.isdecimal() and int(told) > limit:
        raise TooLargeError(told)
    unpack = zlib.decompressobj(wbits=47) if packed else None  # gzip or zlib, as it says
    parts, came, size, started = [], 0, 0, monotonic()
    async for piece in answer.content.iter_chunked(2**16):
        came += len(piece)
        traffic.add(len(piece))
        seconds = monotonic() - started
        if seconds > timeout and came < SLOWEST * seconds:
            raise TimeoutError
        most = limit if limit is not None else max(PACKED_BYTES, PACKED_RATIO * came)
        data = piece if unpack is None else _unpacked(unpack, piece, most + 1 - size)
        size += len(data)
        if size > most and (limit is not None or packed):
            raise TooLargeError(f"more than {most}")
        parts.append(data)
    if unpack is not None and came and not unpack.eof:
        raise RefusedError("it is packed, and breaks off")
    return b"".join(parts)


def _unpacked(unpack: Any, piece: bytes, most: int) -> bytes:
    try:
        data: bytes = unpack.decompress(piece, most)
    except zlib.error:
        raise RefusedError("it is packed, and cannot be unpacked") from None
    if unpack.eof and unpack.unused_data:
        raise RefusedError("it is packed, and something follows its end")
    return data


_LINK = re.compile(r"""\bhref\s*=\s*["']([^"'<>]+)["']""", re.IGNORECASE)


def _linked(page: str, url: yarl.URL) -> list[Listed]:
    """Return what a page links directly below its own address; a link to a folder ends in a slash."""
    here, names = unquote(url.raw_path).rstrip("/"), []
    for link in _LINK.findall(page):
        try:
            target = url.join(yarl.URL(html.unescape(link), encoded=True))
            same = (target.host, target.port) == (url.host, url.port)
        except ValueError:
            continue
        folder, _, name = target.raw_path.rstrip("/").rpartition("/")
        if same and name and unquote(folder) == here and "/" not in unquote(name):
            names.append(Listed(unquote(name), target.raw_path.endswith("/")))
    return names
