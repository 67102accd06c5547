"""The files of `analyzer/` stand on one another without circles, and are short enough to be read at once."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import nb_autolabel.analyzer

FOLDER = Path(nb_autolabel.analyzer.__file__).parent
FILES = {file.stem: file for file in FOLDER.glob("*.py") if file.stem != "__init__"}


def imported(tree: ast.AST) -> set[str]:
    """Names of the neighbours that a file imports, anywhere in it and for whatever purpose."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1:
            found |= {node.module.split(".")[0]} if node.module else {alias.name for alias in node.names}
    return found & FILES.keys()


def test_no_file_imports_one_that_stands_on_it():
    """Neither at its top, nor in a function, nor for types only."""
    below = {name: imported(ast.parse(file.read_text("utf-8"))) for name, file in FILES.items()}
    order: list[str] = []
    while len(order) < len(below):
        ready = sorted(name for name, needs in below.items() if name not in order and needs <= set(order))
        assert ready, {name: sorted(needs - set(order)) for name, needs in below.items() if name not in order}
        order += ready
    assert order.index("store") < order.index("zarr_array") < order.index("zarr_format") < order.index("load")


def test_the_check_of_circles_sees_imports_in_functions_and_for_types():
    text = (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .load import load\n"
        "def f():\n    from . import source\n"
    )
    assert imported(ast.parse(text)) == {"load", "source"}


@pytest.mark.parametrize("file", sorted(FILES.values()), ids=lambda file: file.stem)
def test_a_file_has_at_most_350_lines(file: Path):
    assert len(file.read_text("utf-8").splitlines()) <= 350


@pytest.mark.parametrize("file", sorted(FILES.values()), ids=lambda file: file.stem)
def test_nobody_reaches_into_the_underscore_of_another(file: Path):
    """Of a class's own kind it may: other instances in its own methods."""
    reached = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_") or node.attr.startswith("__"):
            continue
        owner = node.value
        own = ast.unparse(owner) in ("self", "cls", "super()")
        if not own:
            reached.append(f"line {node.lineno}: {ast.unparse(node)}")
    assert [line for line in reached if not any(line.endswith(name) for name in FOREIGN)] == []


#: Underscores of fsspec's file systems: the only way to get at their coroutines and addresses.
FOREIGN = ("kind._get_kwargs_from_urls", "kind._strip_protocol")
