"""The bars in the browser are those numpy counts, and the shared module of all views can be read."""

import json
import subprocess

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets.assets import asset, engine_module, view_module
from tests.conftest import REPO
from tests.widgets.test_engine_js import node

SCRIPT = """
import { readFileSync } from "node:fs";
const text = ["axis", "bars"].map((name) => readFileSync(`${process.argv[1]}/${name}.js`, "utf8")).join("\\n")
  + "\\nexport { stack, binOf, binAt, limitPlaces };";
const address = "data:text/javascript;base64," + Buffer.from(text).toString("base64");
const { stack, binOf, binAt, limitPlaces } = await import(address);
const cases = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(({ axis, places, codes, rows, limits }) => ({
  heights: stack(
    Int16Array.from(places), Uint8Array.from(codes), [...Array(rows).keys()], rows, axis.bins
  ).map((row) => [...row]),
  middles: [...Array(axis.bins).keys()].map((bin) => {
    const [left, width] = binOf(axis, bin);
    return binAt(axis, left + width / 2);
  }),
  ends: [binOf(axis, 0)[0], binAt(axis, 1.01), binAt(axis, -0.01)],
  limits: limitPlaces(axis, limits),
}))));
"""


def run(cases):
    done = subprocess.run(
        [node(), "--input-type=module", "--eval", SCRIPT, str(REPO / "nb_autolabel" / "widgets")],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def labeler():
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), split_non_somatic_good_mua=True)
    yield made
    made.close()


def test_every_stack_is_what_numpy_counts_and_every_bin_is_found_under_the_pointer(labeler):
    engine, trace = labeler._parts["_engine"], labeler.trace
    n, rows = len(trace.codes), len(trace.rule_set.labels)
    places = np.frombuffer(engine._bins, dtype="<i2").reshape(-1, n)
    cases = [
        {
            "axis": axis,
            "places": places[at].tolist(),
            "codes": trace.codes.tolist(),
            "rows": rows,
            "limits": engine.limits[at],
        }
        for at, axis in enumerate(engine._axes)
    ]
    for at, (case, said) in enumerate(zip(cases, run(cases), strict=True)):
        bins = case["axis"]["bins"]
        counted = [
            np.bincount(places[at][trace.codes == row], minlength=bins).tolist() for row in range(rows)
        ]
        assert said["heights"] == counted
        assert said["middles"] == list(range(bins))
        assert said["ends"][1:] == [-1, -1]
        for place, limit in zip(said["limits"], case["limits"], strict=True):
            assert (place is None) == (limit is None)
            assert place is None or case["axis"]["low"] <= place <= case["axis"]["high"]


def test_the_module_of_the_engine_holds_every_view_and_can_be_read():
    subprocess.run([node(), "--check", "--input-type=module"], input=engine_module(), text=True, check=True)
    folder = REPO / "nb_autolabel" / "widgets"
    for file in folder.glob("*.js"):
        if file.name in ("view.js", "engine.js", "page.js"):
            continue
        marker = f"VIEWS.{file.stem} = " if "export default" in asset(file.name) else asset(file.name)
        assert marker in engine_module(), file.name


def test_a_view_is_sent_as_a_few_lines_because_its_code_came_with_the_engine():
    assert len(view_module("limits")) < 1500
