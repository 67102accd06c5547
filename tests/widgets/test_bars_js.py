"""The bars in the browser are those numpy counts, and the shared module of all views can be read."""

import subprocess

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.widgets import compare, hand, unitrefine_labeler  # noqa: F401 (views are found as classes)
from nb_autolabel.widgets.assets import static
from nb_autolabel.widgets.views import View
from tests.conftest import REPO
from tests.widgets.javascript import node, run

SCRIPT = """
(cases) => cases.map(({ axis, places, codes, rows, limits }) => ({
  heights: code.stack(
    Int16Array.from(places), Uint8Array.from(codes), [...Array(rows).keys()], rows, axis.bins
  ).map((row) => [...row]),
  middles: [...Array(axis.bins).keys()].map((bin) => {
    const [left, width] = code.binOf(axis, bin);
    return code.binAt(axis, left + width / 2);
  }),
  ends: [code.binOf(axis, 0)[0], code.binAt(axis, 1.01), code.binAt(axis, -0.01)],
  limits: code.limitPlaces(axis, limits),
}))
"""


@pytest.fixture(scope="module")
def labeler():
    made = nbl.BombcellLabeler(nbl.demo_analyzer(), split_non_somatic_good_mua=True)
    yield made
    made.close()


def test_every_stack_is_what_numpy_counts_and_every_bin_is_found_under_the_pointer(labeler):
    engine, trace = labeler.engine, labeler.trace
    n, rows = len(trace.codes), len(trace.rule_set.labels)
    places = np.frombuffer(engine._bins, dtype="<i2").reshape(-1, n)
    cases = [
        {
            "axis": axis,
            "places": places[at].tolist(),
            "codes": trace.codes.tolist(),
            "rows": rows,
            "limits": engine.limits[engine._keys[at]],
        }
        for at, axis in enumerate(engine._axes)
    ]
    for at, (case, said) in enumerate(
        zip(cases, run("core/axis,core/histogram", SCRIPT, cases), strict=True)
    ):
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


def test_the_built_files_can_be_read_and_hold_every_view():
    for name in ("widget.js", "view.js", "page.js"):
        subprocess.run([node(), "--check", "--input-type=module"], input=static(name), text=True, check=True)
    kinds = {kind.default_value for kind in (getattr(view, "_kind", None) for view in every(View)) if kind}
    views = {file.stem for file in (REPO / "frontend" / "src" / "views").glob("*.js")} - {"index"}
    assert kinds | {"limits"} == views
    for name in ("widget.js", "page.js"):
        assert all(f"// src/views/{view}.js" in static(name) for view in views)


def every(kind):
    return {kind, *(below for sub in kind.__subclasses__() for below in every(sub))}


def test_a_view_is_sent_as_a_few_lines_because_its_code_came_with_the_engine():
    assert len(static("view.js")) < 1500
