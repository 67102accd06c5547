"""Running functions of the browser's code in node, to hold them against Python."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import REPO

SOURCES = REPO / "frontend" / "src"
_SCRIPT = """
import { readFileSync } from "node:fs";
const [files, body] = process.argv.slice(1);
const modules = await Promise.all(files.split(",").map((file) => import(file)));
const code = Object.assign({}, ...modules);
const work = new Function("code", "data", `return (${body})(data);`);
process.stdout.write(JSON.stringify(await work(code, JSON.parse(readFileSync(0, "utf8")))));
"""


def node() -> str:
    """Return the path of node; skips where it is not installed."""
    beside = Path(sys.executable).with_name("node")
    found = str(beside) if beside.exists() else shutil.which("node")
    if not found:
        pytest.skip("node is not installed; `make test` installs it with the test tools")
    return found


def run(files: str, body: str, data: Any) -> Any:
    """Return what a function says of data.

    Parameters
    ----------
    files : str
        Modules below ``frontend/src`` without ending, separated by commas.
    body : str
        A function of the data; what the modules export is ``code.name`` in it.
    data : Any
        Plain JSON, with infinities.
    """
    paths = ",".join((SOURCES / f"{name}.js").as_uri() for name in files.split(","))
    # JSON knows no infinity; as a limit it is the largest double, which no finite value passes.
    text = json.dumps(data).replace("-Infinity", "-1e999").replace("Infinity", "1e999")
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", _SCRIPT, paths, body],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
