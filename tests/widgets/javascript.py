"""Running functions of the browser's code in node, to hold them against Python."""

import json
import subprocess
from typing import Any

from tests.conftest import REPO
from tests.widgets.test_engine_js import node

_SCRIPT = """
import { readFileSync } from "node:fs";
const [names, exported, body] = process.argv.slice(1);
const text = names.split(",").map((name) => readFileSync(name, "utf8")).join("\\n") + `\\nexport { ${exported} };`;
const code = await import("data:text/javascript;base64," + Buffer.from(text).toString("base64"));
const work = new Function("code", "data", `return (${body})(data);`);
process.stdout.write(JSON.stringify(work(code, JSON.parse(readFileSync(0, "utf8")))));
"""


def run(files: str, exported: str, body: str, data: Any) -> Any:
    """Return what a function says of data.

    Parameters
    ----------
    files : str
        Names of the widgets' files without ending, separated by commas.
    exported : str
        Names used from them, separated by commas; in `body` they are ``code.name``.
    body : str
        A function of the data.
    data : Any
        Plain JSON.
    """
    paths = ",".join(str(REPO / "nb_autolabel" / "widgets" / f"{name}.js") for name in files.split(","))
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", _SCRIPT, paths, exported, body],
        input=json.dumps(data),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
