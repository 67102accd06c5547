"""Pages can be followed: every link leads somewhere, every guide says what it is for, shows it, and is found."""

import re
from pathlib import Path

import pytest

import nb_autolabel as nbl
from nb_autolabel import errors
from tests.conftest import REPO

DOCS = REPO / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), REPO / "README.md", REPO / "CONTRIBUTING.md", REPO / "CHANGELOG.md"])
GUIDES = sorted((DOCS / "guides").glob("*.md"))
#: Written when the documentation is built.
GENERATED = {DOCS / "metrics.md"}
_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def prose(page):
    """The text of a page without code."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))


def anchors(page):
    """Ids of the headings of a page, as MkDocs makes them, and those that are given."""
    text = page.read_text(encoding="utf-8")
    found = set(re.findall(r"\{ ?#([\w-]+) ?\}", text))
    for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE):
        plain = re.sub(r"[^\w\s-]", "", heading.replace("`", "")).strip().lower()
        found.add(re.sub(r"[-\s]+", "-", plain))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPO)))
def test_every_link_leads_to_a_page_a_picture_or_a_heading(page):
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            assert link.startswith(("https://", "mailto:")), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists() or target in GENERATED, f"{link}: nothing is there"
        if anchor and target.suffix == ".md" and target not in GENERATED:
            assert anchor in anchors(target), f"{link}: no such heading"


def test_the_check_of_links_sees_one_that_leads_nowhere(tmp_path):
    (tmp_path / "page.md").write_text("# A title\n\n[x](#a-title) [y](#other) `[z](code.md)`\n")
    assert _LINK.findall(prose(tmp_path / "page.md")) == ["#a-title", "#other"]
    assert anchors(tmp_path / "page.md") == {"a-title"}


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_every_guide_begins_with_what_it_is_for_and_has_a_picture(page):
    text = page.read_text(encoding="utf-8")
    title, first = text.split("\n\n")[:2]
    assert title.startswith("# ")
    assert first[0].isupper(), "a sentence, no code and no picture"
    assert re.search(r"[.?]$", first)
    pictures = re.findall(r"!\[([^\]]+)\]\((\S+)\)", text)
    assert pictures, "a picture"
    for words, path in pictures:
        assert len(words) > 20, "what is to be seen, in words"
        assert (page.parent / path).is_file()


def test_every_picture_is_used_and_made_by_a_script():
    used = {Path(link).name for page in PAGES for link in _LINK.findall(page.read_text(encoding="utf-8"))}
    scripts = "".join(file.read_text(encoding="utf-8") for file in (REPO / "scripts").glob("*.py"))
    for image in (DOCS / "images").iterdir():
        assert image.name in used, f"{image.name} is shown nowhere"
        stem = image.stem.removeprefix("guide_")
        assert f'"{stem}"' in scripts or image.name in scripts, f"no script makes {image.name}"


@pytest.mark.parametrize(
    "word", ["conda", "keyboard", "kilosort", "doctor", "glossary", "binder", "contamination", "drift"]
)
def test_words_that_people_search_for_are_on_a_page(word):
    assert any(word in page.read_text(encoding="utf-8").lower() for page in DOCS.rglob("*.md"))


def test_every_page_is_in_the_navigation():
    nav = (REPO / "mkdocs.yml").read_text(encoding="utf-8")
    for page in DOCS.rglob("*.md"):
        assert str(page.relative_to(DOCS)) in nav


def test_every_error_has_its_way_out():
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.AutolabelError):
            assert f"`{name}`" in page, name


@pytest.mark.parametrize(
    "word", ["sua", "mua", "noise", "non_soma", "contamination", "presence", "drift", "snr", "kappa"]
)
def test_the_glossary_has_the_words_that_titles_lead_to(word):
    assert word in anchors(DOCS / "glossary.md")
    if word in ("sua", "mua", "contamination", "presence", "drift"):
        texts = "".join(
            page.read_text(encoding="utf-8") for page in [*DOCS.rglob("*.md"), REPO / "scripts/docs_hooks.py"]
        )
        assert f"glossary.md#{word}" in texts


def test_what_coming_from_says_of_this_package_is_so():
    page = (DOCS / "coming_from.md").read_text(encoding="utf-8")
    limits = nbl.bombcell_get_default_thresholds()
    assert limits["mua"]["amplitude_median"]["min"] == 40
    assert limits["mua"]["rp_contamination"]["max"] == 0.1
    demo = nbl.demo_analyzer()
    assert "bombcell_label" in nbl.bombcell_label_units(demo, column_name="bombcell_label")
    assert list(nbl.unitrefine_label_units(demo)) == ["label", "probability"]
    for name in (
        "split_non_somatic_good_mua",
        "label_non_somatic",
        "missing_criteria",
        "preset",
        "corrections",
        "by_hand",
    ):
        assert f"`{name}" in page
