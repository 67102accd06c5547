"""The pinned versions are of every package that is asked for, name no registry, and are what the Makefile installs."""

import re
import tomllib

import pytest

from tests.conftest import REPO

FILES = sorted((REPO / "constraints").glob("*.txt"))


def plain(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path) -> dict[str, str]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return dict(line.split("==") for line in lines)


def asked_for(*extras: str) -> set[str]:
    project = tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][name] for name in extras)]
    names = {plain(re.split(r"[\[<>=~! ;]", one, maxsplit=1)[0]) for several in lists for one in several}
    return names - {plain(project["name"])}


def test_there_is_a_file_for_each_environment():
    assert [path.name for path in FILES] == ["oracle.txt", "test.txt"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_pin_is_a_name_and_a_version_and_nothing_else(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    assert all(
        line.startswith("#") or re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.!+]*", line) for line in lines
    )
    assert not re.search(r"://|@|^-|file:", "\n".join(lines), re.MULTILINE)
    names = [plain(name) for name in pins(path)]
    assert len(set(names)) == len(names)
    assert "nb-autolabel" not in names, "the checkout itself is not pinned"


def test_every_package_that_an_environment_asks_for_is_pinned():
    test, oracle = (
        {plain(name) for name in pins(REPO / "constraints" / f"{n}.txt")} for n in ("test", "oracle")
    )
    assert asked_for("lab", "test", "docs", "dev") - test == set()
    assert asked_for() - oracle == set()
    assert {
        "spikeinterface",
        "zarr",
        "scikit-learn",
        "numba",
        "phylib",
        "pynwb",
        "pytest",
    } <= oracle


def test_the_versions_that_the_makefile_names_are_the_pinned_ones():
    makefile = (REPO / "Makefile").read_text(encoding="utf-8")
    oracle = pins(REPO / "constraints" / "oracle.txt")
    named = dict(re.findall(r"^(SPIKEINTERFACE|OLDEST_SKLEARN) := (.*)$", makefile, re.MULTILINE))
    assert oracle["spikeinterface"] == named["SPIKEINTERFACE"]
    assert oracle["scikit-learn"] == named["OLDEST_SKLEARN"]
    assert oracle["zarr"].startswith("2.18.")


def test_every_installation_of_the_makefile_is_constrained():
    makefile = (REPO / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    installs = [
        line for line in makefile.splitlines() if "pip install" in line and "--upgrade pip" not in line
    ]
    assert len(installs) == 4
    for line in installs:
        assert f"$(call pins,{'oracle' if 'ORACLE' in line else 'test'})" in line
