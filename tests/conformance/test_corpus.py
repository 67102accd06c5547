"""The common corpus of cases says what Python says, so that the browser's code is held against Python by it."""

import pytest

from tests.conformance.corpus import FOLDER, as_text, corpora


@pytest.fixture(scope="module")
def made():
    return corpora()


@pytest.mark.parametrize(
    "name", ["rules", "whatif", "histograms", "numbers", "agreement", "filters", "undecided"]
)
def test_the_files_of_the_corpus_are_what_python_says_today(made, name):
    """If not, and the change is meant: ``python -m tests.conformance.corpus``."""
    assert (FOLDER / f"{name}.json").read_text(encoding="utf-8") == as_text(made[name])


def test_every_file_has_cases_and_every_corpus_a_file(made):
    assert {file.stem for file in FOLDER.glob("*.json")} == set(made)
    assert all(len(cases) > 1 for cases in made.values())
