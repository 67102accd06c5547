"""Models of the Hugging Face Hub, through huggingface_hub itself, against a small server of our own."""

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.newest

SHA = "0123456789abcdef0123456789abcdef01234567"
OLD = "fedcba9876543210fedcba9876543210fedcba98"


class Hub(BaseHTTPRequestHandler):
    """Answers as much of the Hub's interface as a download needs."""

    files: dict[str, bytes]
    asked: list[str]
    #: What the list of files tells of each besides its name; the size of one that is not sent whole.
    told: dict[str, dict[str, int]]
    claimed: dict[str, str]
    broken = False
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET(body=False)

    def do_GET(self, body: bool = True) -> None:
        self.asked.append(f"{self.command} {self.path}")
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "models"]:
            repo, revision = "/".join(parts[2:4]), parts[5] if len(parts) > 5 else "main"
            if repo == "lab/gated":
                self._answer(403, b"{}", {"X-Error-Code": "GatedRepo"})
            elif repo not in ("lab/model", "lab/empty"):
                self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            elif revision not in ("main", "v1", SHA, OLD):
                self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            else:
                names = ["README.md"] if repo == "lab/empty" else sorted(self.files)
                sha = OLD if revision == "v1" else SHA
                siblings = [{"rfilename": name, **self.told.get(name, {})} for name in names]
                info = {"id": repo, "sha": sha, "siblings": siblings}
                self._answer(200, json.dumps(info).encode(), {"Content-Type": "application/json"})
            return
        name = parts[-1]
        data = self.files[name]
        headers = {"X-Repo-Commit": parts[3], "ETag": f'"{name}-{len(data)}"', "Accept-Ranges": "bytes"}
        if name in self.claimed:
            headers["X-Linked-Size"] = self.claimed[name]
        if self.broken and body and name.endswith(".skops"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 3])
            self.close_connection = True
            return
        self._answer(200, data, headers, body)

    def _answer(self, code: int, data: bytes, headers: dict[str, str], body: bool = True) -> None:
        self.send_response(code)
        for key, value in headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if body and self.command == "GET":
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(tmp_path) -> Iterator[tuple[str, type[Hub]]]:
    """Address of a server with one model, and its handler."""
    import skops.io
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    random = np.random.default_rng(0)
    table = pd.DataFrame({"snr": random.normal(8, 3, 80), "firing_rate": random.normal(5, 1, 80)})
    model = make_pipeline(SimpleImputer(strategy="median"), LogisticRegression(solver="liblinear")).fit(
        table, (table.snr < 6).astype(int)
    )
    skops.io.dump(model, tmp_path / "best_model.skops")
    handler = type("Handler", (Hub,), {})
    handler.files = {
        "best_model.skops": (tmp_path / "best_model.skops").read_bytes(),
        "model_info.json": json.dumps({"label_conversion": {"0": "neural", "1": "noise"}}).encode(),
        "README.md": b"# model",
    }
    handler.asked, handler.told, handler.claimed = [], {}, {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", handler
    server.shutdown()
    server.server_close()


def run_with_hub(code, address, home, **settings):
    """Run code in a process of its own whose Hub is at an address, with an empty cache and no proxy."""
    environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environment |= {"HF_ENDPOINT": address, "HF_HOME": str(home), "HF_HUB_DISABLE_TELEMETRY": "1", **settings}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done


def label(address, home, repo="lab/model", revision=None):
    """Label the demo with a model of the Hub in a process of its own; returns output, seconds, what was shown."""
    return label_each(address, home, [(repo, revision)])[0]


def label_each(address, home, models):
    """Label the demo with one model of the Hub after the other, in one process of its own."""
    code = (
        "import time, warnings; warnings.simplefilter('ignore')\n"
        "import nb_autolabel as nbl\n"
        "demo = nbl.demo_analyzer(); demo.get_metrics_extension_data(); import sklearn.ensemble, skops.io\n"
        f"for repo, revision in {models!r}:\n"
        "    start = time.perf_counter()\n"
        "    try:\n"
        "        found = nbl.unitrefine_label_units(demo, noise_neural_classifier=repo, revision=revision)\n"
        "        print(sorted(set(found['label'])))\n"
        "    except nbl_errors as error:\n"
        "        print(type(error).__name__, error)\n"
        "    print('seconds', time.perf_counter() - start)\n"
    ).replace("nbl_errors", "__import__('nb_autolabel.errors').errors.AutolabelError")
    # Progress bars also where there is no terminal.
    done = run_with_hub(code, address, home, TQDM_POSITION="-1")
    answers = re.findall(r"(.*?)\nseconds (\S+)\n", done.stdout, re.DOTALL)
    assert len(answers) == len(models), done.stdout
    return [(text, float(seconds), done.stderr) for text, seconds in answers]


def test_a_model_is_downloaded_once_and_then_used_without_asking_the_network(hub, tmp_path):
    address, handler = hub
    text, _, shown = label(address, tmp_path / "home")
    assert "['neural', 'noise']" in text
    assert "best_model.skops" in shown, "a progress bar names the file"
    assert not any("README" in path for path in handler.asked), "only what is needed is downloaded"
    handler.asked.clear()
    text, _, _ = label(address, tmp_path / "home")
    assert "['neural', 'noise']" in text
    assert handler.asked == []
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        text, seconds, _ = label(f"http://127.0.0.1:{nobody.getsockname()[1]}", tmp_path / "home")
    assert "['neural', 'noise']" in text
    assert seconds < 5


def test_without_network_and_cache_an_error_names_the_bundled_classifiers_at_once(tmp_path):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)  # connects, and never answers
        start = monotonic()
        text, seconds, _ = label(f"http://127.0.0.1:{deaf.getsockname()[1]}", tmp_path)
    assert "ModelNotFoundError" in text
    assert "bundled" in text
    assert seconds < 5, monotonic() - start
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        text, seconds, _ = label(f"http://127.0.0.1:{closed.getsockname()[1]}", tmp_path)
    assert "ModelNotFoundError" in text
    assert seconds < 5


def test_a_revision_is_downloaded_as_that_revision(hub, tmp_path):
    address, handler = hub
    text, _, _ = label(address, tmp_path, revision="v1")
    assert "['neural', 'noise']" in text
    assert any(OLD in path for path in handler.asked)
    handler.asked.clear()
    label(address, tmp_path, revision="v1")
    assert handler.asked == []
    text, _, _ = label(address, tmp_path, revision="v9")
    assert "no revision 'v9'" in text


def test_a_repository_that_cannot_be_used_says_why(hub, tmp_path):
    expected = {
        "lab/gated": "is gated",
        "lab/missing": "has no model 'lab/missing'",
        "lab/empty": "holds no .skops file. It holds: README.md",
        "lab/bad name!": "no name of a repository",
    }
    answers = label_each(hub[0], tmp_path, [(repo, None) for repo in expected])
    for (repo, message), (text, _, _) in zip(expected.items(), answers, strict=True):
        assert message in text, repo


def test_a_download_that_breaks_off_is_an_error_and_is_not_taken_for_a_model_later(hub, tmp_path):
    address, handler = hub
    handler.broken = True
    text, _, _ = label(address, tmp_path)
    assert "ModelError" in text
    handler.broken = False
    text, _, _ = label(address, tmp_path)
    assert "['neural', 'noise']" in text


def test_a_file_that_is_no_model_is_a_clear_error(hub, tmp_path):
    address, handler = hub
    handler.files["best_model.skops"] = b"not a model at all"
    text, _, _ = label(address, tmp_path)
    assert "ModelError best_model.skops is no .skops file" in text


@pytest.mark.parametrize("where", ["list", "head", "description"])
def test_a_model_that_is_too_large_is_refused_before_the_download_starts(hub, tmp_path, where):
    address, handler = hub
    if where == "head":
        handler.claimed = {"best_model.skops": "5000000000"}
    else:
        handler.told = {
            "model_info.json" if where == "description" else "best_model.skops": {"size": 5_000_000_000}
        }
    text, _, _ = label(address, tmp_path)
    assert "ModelError" in text
    assert "has 5000000000 bytes" in text
    assert "Nothing was" in text
    assert not any(asked.startswith("GET /lab/model/resolve") for asked in handler.asked)
    handler.told, handler.claimed = {"best_model.skops": {"size": len(handler.files["best_model.skops"])}}, {}
    assert "['neural', 'noise']" in label(address, tmp_path)[0]


def test_only_the_model_and_its_description_are_downloaded(hub, tmp_path):
    address, handler = hub
    handler.files |= {"second.skops": b"x", "weights.pkl": b"x", "folder/third.skops": b"x", "notes.md": b"x"}
    assert "['neural', 'noise']" in label(address, tmp_path)[0]
    fetched = {asked.split("/")[-1] for asked in handler.asked if asked.startswith("GET /lab/model/resolve")}
    assert fetched == {"best_model.skops", "model_info.json"}


def test_a_revision_that_would_lead_out_of_the_cache_is_no_revision(hub, tmp_path):
    revisions = ["../../x", "/etc", "a/../b", "-x", "", "a b", ".."]
    answers = label_each(hub[0], tmp_path, [("lab/model", revision) for revision in revisions])
    for revision, (text, _, _) in zip(revisions, answers, strict=True):
        assert "ModelNotFoundError" in text, revision
        assert "no name of a branch" in text, revision
    assert hub[1].asked == []


def test_errors_of_the_network_are_known_by_their_class_not_by_what_they_are_called():
    from nb_autolabel.classifiers.hub import _is_network

    class ConnectorDamagedError(Exception):
        """Has a name like one of the network's, and is none."""

    class UnreachableError(ConnectionRefusedError):
        """Has another name, and is one."""

    outer = RuntimeError("no")
    outer.__cause__ = UnreachableError()
    assert _is_network(outer)
    assert _is_network(TimeoutError())
    assert _is_network(socket.gaierror())
    assert not _is_network(ConnectorDamagedError("Connection Timeout"))
    assert not _is_network(OSError(28, "No space left on device"))
