"""The house rules that a reader of the code relies on."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import nb_autolabel

PACKAGE = Path(nb_autolabel.__file__).parent
#: From the ground up; a room may import those before it in the list, and itself.
ROOMS = [
    "errors",
    "file_bytes",
    "labels",
    "unit_ids",
    "labels_by_unit",
    "metric_names",
    "analyzer",
    "metrics",
    "rules",
    "classifiers",
    "evidence",
    "computing",
    "pairs",
    "plots",
    "comparison",
    "export",
    "session",
    "cohort",
    "widgets",
    "magics",
    "cli_parser",
    "cli_signals",
    "cli",
    "__main__",
]
HEAVY = [
    "zarr",
    "pandas",
    "sklearn",
    "matplotlib",
    "ipywidgets",
    "bqplot",
    "numcodecs",
    "fsspec",
    "anywidget",
    "spikeinterface",
]


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(file: Path) -> set[str]:
    depth = len(file.relative_to(PACKAGE).parts)
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == depth:
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found |= {name.split(".")[0] for name in names}
        if isinstance(node, ast.ImportFrom) and node.level < depth and node.level > 0:
            found.add(room_of(file))
        if (
            isinstance(node, ast.ImportFrom)
            and node.level == 0
            and (node.module or "").startswith("nb_autolabel.")
        ):
            found.add(node.module.split(".")[1])
    return found - {"_version"}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: str(f.relative_to(PACKAGE)))
def test_lower_rooms_never_import_higher_ones(file):
    room = room_of(file)
    if room in ("__init__", "_version"):
        return
    allowed = set(ROOMS[: ROOMS.index(room) + 1])
    assert imported_rooms(file) <= allowed


#: The front end's rooms, from the ground up.
MODULE_ROOMS = ["core", "state", "ui", "card", "views", "hosts"]
SOURCES = PACKAGE.parent / "frontend" / "src"


@pytest.mark.parametrize("file", sorted(SOURCES.rglob("*.js")), ids=lambda f: str(f.relative_to(SOURCES)))
def test_lower_rooms_of_the_front_end_never_import_higher_ones(file):
    """Types may be named from anywhere: they are comments."""
    room = file.parent.name
    found = set(re.findall(r'^import .*"\.\./(\w+)/', file.read_text(encoding="utf-8"), re.MULTILINE))
    assert found <= set(MODULE_ROOMS[: MODULE_ROOMS.index(room) + 1])


#: Private names of others that are used, and why there is no public way.
KNOWN = {
    "_asdict": "named tuples have it for everybody",
    "_baseline_prediction": "as the next one",
    "_exit": "Python documents it for the end of a copy of a process",
    "_predictors": "scikit-learn has no other way to the trees of its histogram gradient boosting",
    "_get_kwargs_from_urls": "fsspec has it for those who open filesystems themselves",
    "_strip_protocol": "fsspec has it for those who open filesystems themselves",
    "_repr_mimebundle_": "IPython's protocol",
    "_repr_html_": "IPython's protocol",
}


def reached_into(tree):
    """Private names that are taken from something else than the object or class itself, or one of its own class."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.startswith("__"):
            continue
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        own = own or (
            isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "super"
        )
        if not own and node.attr not in KNOWN:
            found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: str(f.relative_to(PACKAGE)))
def test_nobody_reaches_into_a_private_name_of_another(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    # What a file defines itself it may use of another object of the same class.
    assert [name for name in reached_into(tree) if name.rsplit(".", 1)[-1] not in defined] == []


def test_the_check_of_private_names_sees_one():
    assert reached_into(ast.parse("def f(labeler):\n    return labeler._session"))
    assert not reached_into(ast.parse("class A:\n    def f(self):\n        return self._x + super()._y"))


@pytest.mark.parametrize("ending", ["py", "js"])
def test_no_file_is_longer_than_350_lines(ending):
    """A longer one says why in its first lines: "Longer than 350 lines: ..."."""
    folder = PACKAGE if ending == "py" else PACKAGE.parent / "frontend" / "src"
    long = {
        str(file.relative_to(folder)): len(lines)
        for file in sorted(folder.rglob(f"*.{ending}"))
        if "static" not in file.parts
        and len(lines := file.read_text(encoding="utf-8").splitlines()) > 350
        and not any("Longer than 350 lines:" in line for line in lines[:12])
    }
    assert not long


def test_the_check_of_imports_sees_an_import_of_a_higher_room(tmp_path, monkeypatch):
    package = tmp_path / "nb_autolabel"
    (package / "rules").mkdir(parents=True)
    file = package / "rules" / "bad.py"
    file.write_text("def f():\n    from ..widgets.engine import Engine\n    return Engine\n")
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", package)
    assert imported_rooms(file) == {"widgets"}


def test_importing_the_package_imports_no_heavy_package():
    script = f"import nb_autolabel, sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("use", ["nbl.presets()", "nbl.bombcell_get_default_thresholds()", "nbl.RuleSet"])
def test_what_needs_no_heavy_package_loads_none(use):
    script = f"import nb_autolabel as nbl, sys; {use}; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_labeling_a_table_needs_no_widget_and_no_plotting_package():
    script = (
        "import nb_autolabel as nbl, pandas as pd, sys;"
        "nbl.threshold_metrics_label_units(pd.DataFrame({'snr': [1.0]}), {'snr': {'min': 2}});"
        "print([m for m in ('zarr', 'matplotlib', 'ipywidgets', 'bqplot', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_can_be_imported_and_is_sorted():
    assert list(nb_autolabel.__all__) == sorted(nb_autolabel.__all__)
    for name in nb_autolabel.__all__:
        assert getattr(nb_autolabel, name).__doc__, name


def test_the_stub_lists_public_names_in_order():
    lines = (PACKAGE / "__init__.pyi").read_text(encoding="utf-8").splitlines()
    assert [line.split(" import ")[0] for line in lines] == sorted(
        line.split(" import ")[0] for line in lines
    )


def test_nothing_unpickles_or_evaluates():
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = {alias.name.split(".")[0] for alias in node.names}
                assert not names & {"pickle", "cloudpickle", "joblib", "dill", "marshal", "shelve"}, file
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant), file
                assert node.value.value is False, file
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in {"eval", "exec", "compile"}, file
