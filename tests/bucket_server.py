"""A local S3 server (moto's), with what a test or a benchmark needs in front of it: delays, refusals, failures, counts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Where botocore finds no credentials, whatever the machine has.
WITHOUT_CREDENTIALS = {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "none",
    "AWS_SHARED_CREDENTIALS_FILE": "none",
    "AWS_DEFAULT_REGION": "us-east-1",
}
OF_CREDENTIALS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_PROFILE",
    "AWS_ENDPOINT_URL",
)
_REFUSED = b"<?xml version='1.0'?><Error><Code>%s</Code><Message>no</Message></Error>"
Refusal = tuple[str, str]
FORBIDDEN: Refusal = ("403 Forbidden", "AccessDenied")
BAD_KEY: Refusal = ("403 Forbidden", "InvalidAccessKeyId")


class BucketServer:
    """What stands in front of the server.

    Attributes
    ----------
    address : str
        Of the server, for ``endpoint_url``.
    asked : list of (str, bool)
        Paths of requests, and whether each was signed.
    sent : int
        Bytes of all answers' bodies.
    latency : float
        Seconds before each answer.
    refuse : callable
        ``refuse(path, signed)`` returns a status and a code of S3, or None to let a request through.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._lock = threading.Lock()
        self.address = ""
        self.asked: list[tuple[str, bool]] = []
        self.sent = 0
        self.latency = 0.0
        self.refuse: Callable[[str, bool], Refusal | None] = lambda path, signed: None
        self.before: Callable[[str], None] = lambda path: None

    @property
    def options(self) -> dict[str, Any]:
        """Storage options that lead to the server, and say nothing of who asks."""
        return {"endpoint_url": self.address}

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path, signed = environ["PATH_INFO"], "HTTP_AUTHORIZATION" in environ
        own = environ.get("HTTP_X_TEST_SETUP")
        if not own:
            with self._lock:
                self.asked.append((path, signed))
            time.sleep(self.latency)
            self.before(path)
            refusal = self.refuse(path, signed)
            if refusal is not None:
                start(refusal[0], [("Content-Type", "application/xml")])
                return [] if environ["REQUEST_METHOD"] == "HEAD" else [_REFUSED % refusal[1].encode()]
        body = b"".join(self._app(environ, start))
        if not own:
            with self._lock:
                self.sent += len(body)
        return [body]

    def put(self, bucket: str, files: dict[str, bytes], public: bool = True) -> None:
        """Store files; not counted."""
        import urllib.request

        headers = {"X-Test-Setup": "1", "Authorization": "AWS4-HMAC-SHA256 Credential=test/x/us-east-1/s3/x"}
        acl = {"x-amz-acl": "public-read"} if public else {}

        def send(path: str, data: bytes, more: dict[str, str]) -> None:
            from urllib.parse import quote

            url = f"{self.address}/{quote(path)}"
            request = urllib.request.Request(url, data, {**headers, **more}, method="PUT")
            urllib.request.urlopen(request).close()

        send(bucket, b"", {})
        for key, data in files.items():
            send(f"{bucket}/{key}", data, {**acl, "Content-Type": "binary/octet-stream"})

    def put_folder(self, bucket: str, prefix: str, folder: Path, public: bool = True) -> int:
        """Store a folder; return the bytes of its files."""
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
        files = {f"{prefix}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in paths}
        self.put(bucket, files, public)
        return sum(map(len, files.values()))


@contextmanager
def bucket_server() -> Iterator[BucketServer]:
    """Run an empty server in a thread."""
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept, as those of a real server

        def log(self, type: str, message: str, *args: Any) -> None:
            del type, message, args

    front = BucketServer(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, front, threaded=True, request_handler=Quiet)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    front.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield front
    finally:
        from moto.s3.models import s3_backends

        server.shutdown()
        thread.join()
        server.server_close()
        s3_backends.reset()
