"""Every notebook has a page in the documentation, with its figures, and widgets stand there as pages, tables or pictures."""

import importlib.util
import sys

import pytest

from tests.conftest import REPO

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbconvert", reason="only the standalone environment builds the documentation")
pytest.importorskip("nbclient")


@pytest.fixture(scope="module")
def render():
    spec = importlib.util.spec_from_file_location(
        "render_notebooks", REPO / "scripts" / "render_notebooks.py"
    )
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("render_notebooks", module)
    spec.loader.exec_module(module)
    return module


def shown(**data):
    return nbformat.v4.new_output("display_data", data={k.replace("__", "/"): v for k, v in data.items()})


def test_every_notebook_has_a_page_that_the_navigation_names(render):
    assert {path.stem for path in (REPO / "notebooks").glob("*.ipynb")} == set(render.PAGES)
    nav = (REPO / "mkdocs.yml").read_text(encoding="utf-8")
    assert all(f"notebooks/{name}.md" in nav for name in render.PAGES)


def test_a_notebook_that_was_not_executed_says_how_its_results_are_made(render):
    text = render.without_results("workshop")
    assert text.startswith("# Workshop")
    assert "`make docs` adds its results" in text
    assert "exercise.score(session.labels)" in text


def test_figures_are_files_in_a_folder_of_the_page(render):
    cell = nbformat.v4.new_code_cell("plot()", outputs=[shown(image__png="aGVsbG8=")])
    content = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Title\n\nText."), cell])
    text, files = render.markdown(content, "workshop")
    (name,) = files
    assert f"](workshop/{name})" in text
    assert files[name] == b"hello"
    assert text.startswith("# Title\n\n*Thirty units to label, with a score. This page is")


def test_widgets_become_a_saved_page_a_table_a_picture_or_a_sentence(render, tmp_path):
    live = tmp_path / "live_3.html"
    of = {render.WIDGET: {"model_id": "x"}}
    saved, table, picture, other = outputs = [
        nbformat.v4.new_output("display_data", data=data)
        for data in (
            of | {"text/plain": "BombcellLabeler(...)"},
            of | {"text/plain": "Score", "text/html": "<table></table>"},
            of | {"text/plain": "LabelingSession(...)"},
            of | {"text/plain": "Slider()"},
        )
    ]
    live.write_text("<p>")
    render.stand_in([saved], live)
    live.unlink()
    render.stand_in(outputs[1:], live)
    assert '<iframe src="live_3.html"' in saved["data"]["text/html"]
    assert table["data"]["text/html"] == "<table></table>"
    assert "../../images/guide_session.png" in picture["data"]["text/html"]
    assert "a running notebook shows" in other["data"]["text/html"]
    assert not any(render.WIDGET in output["data"] for output in outputs)


def test_pictures_that_stand_in_are_there(render):
    for file, words in render.PICTURES.values():
        assert (REPO / "docs" / "images" / file).is_file()
        assert words


def test_a_page_is_made_anew_when_its_notebook_or_the_package_changes(render, tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "nb_autolabel").mkdir()
    notebook = tmp_path / "notebooks" / "workshop.ipynb"
    notebook.write_text("{}")
    code = tmp_path / "nb_autolabel" / "a.py"
    code.write_text("1")
    monkeypatch.setattr(render, "REPO", tmp_path)
    first = render.key_of("workshop")
    assert render.key_of("workshop") == first
    code.write_text("2")
    second = render.key_of("workshop")
    notebook.write_text("{ }")
    assert len({first, second, render.key_of("workshop")}) == 3
