"""A trained model is uploaded through huggingface_hub, against a small server of our own."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .test_classifier_hub import run_with_hub

CODE = """
import numpy as np, pandas as pd, nb_autolabel as nbl
random = np.random.default_rng(0)
table = pd.DataFrame({"snr": random.gamma(3, 2, 80), "firing_rate": random.gamma(2, 2, 80)})
trained = nbl.train_unit_classifier(table, np.where(table.snr < 4, "noise", "good"), growth=nbl.Growth(iterations=5))
try:
    print("DONE", trained.push_to_hub("me/model"))
except __import__("nb_autolabel.errors").errors.AutolabelError as error:
    print("ERROR", error)
"""


class Hub(BaseHTTPRequestHandler):
    """Takes a repository and a commit."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length")
        body = self.rfile.read(int(length)) if length else self._chunks()
        if self.path.startswith("/api/repos/create"):
            found = {"url": f"http://{self.headers['Host']}/me/model", "name": "me/model"}
        elif "/preupload/" in self.path:
            files = json.loads(body)["files"]
            found = {
                "files": [{"path": f["path"], "uploadMode": "regular", "shouldIgnore": False} for f in files]
            }
        elif "/commit/" in self.path:
            for line in body.splitlines():
                entry = json.loads(line)
                if entry["key"] == "file":
                    self.server.files[entry["value"]["path"]] = base64.b64decode(entry["value"]["content"])
            found = {
                "commitUrl": f"http://{self.headers['Host']}/me/model/commit/1",
                "commitOid": "1",
                "success": True,
            }
        else:
            found = {}
        self._answer(200, found)

    def _chunks(self) -> bytes:
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def do_GET(self) -> None:
        self._answer(200, {"id": "me/model", "sha": "0" * 40, "siblings": [], "name": "me"})

    def _answer(self, code: int, content: dict) -> None:
        data = json.dumps(content).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


def push(address, home):
    return run_with_hub(CODE, address, home, HF_TOKEN="hf_test", HF_HUB_DISABLE_XET="1").stdout


def test_a_model_is_uploaded_with_its_description_and_card(tmp_path):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.files = {}
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        text = push(f"http://127.0.0.1:{server.server_address[1]}", tmp_path)
    finally:
        server.shutdown()
        server.server_close()
    assert "DONE" in text
    assert "/me/model/commit/1" in text
    assert set(server.files) == {"best_model.skops", "model_info.json", "README.md"}
    assert json.loads(server.files["model_info.json"])["label_conversion"] == {"0": "neural", "1": "noise"}
    assert server.files["best_model.skops"][:2] == b"PK"


def test_a_hub_that_cannot_be_reached_is_a_clear_error(tmp_path):
    assert "ERROR the model could not be uploaded to 'me/model'" in push("http://127.0.0.1:9", tmp_path)
