"""The documentation site: every page of it is reached, and every link in it leads somewhere."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.website import Page, build, problems
from tests.tools import missing


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not all(map(find_spec, ("sphinx", "myst_parser", "furo"))):
        missing("Sphinx is not installed (`make setup` does it)")
    folder = tmp_path_factory.mktemp("site")
    build(folder)
    return folder


def test_the_site_is_built_with_every_page(site: Path) -> None:
    docs = Path(__file__).parent.parent / "docs"
    pages = {path.relative_to(docs).with_suffix(".html") for path in docs.rglob("*.md")}
    assert {str(page) for page in pages if not (site / page).exists()} == set()


def test_the_first_page_leads_to_all_four_kinds(site: Path) -> None:
    links = Page(site / "index.html").links
    kinds = (
        "tutorial/index.html",
        "how-to/tasks.html",
        "reference/cli.html",
        "explanation/exactly-once.html",
    )
    assert set(kinds) <= set(links)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('<a href="gone.html">', "links to gone.html, which is not there"),
        ('<a href="#nowhere">', "links to #nowhere, which is not there"),
        ('<a href="page.html#nowhere">', "links to page.html#nowhere, which is not there"),
        (
            '<script src="https://cdn.example.org/x.js"></script>',
            "loads https://cdn.example.org/x.js from elsewhere",
        ),
        ('<img src="//cdn.example.org/x.png">', "loads //cdn.example.org/x.png from elsewhere"),
    ],
)
def test_what_is_broken_is_told(tmp_path: Path, text: str, problem: str) -> None:
    (tmp_path / "page.html").write_text(text)
    assert list(problems(tmp_path)) == [f"page.html {problem}"]


def test_what_leads_somewhere_is_no_problem(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<h1 id="here"><a href="#here"><a href="a%20file.json"><a href="https://example.org/">'
    )
    (tmp_path / "a file.json").touch()
    assert list(problems(tmp_path)) == []
