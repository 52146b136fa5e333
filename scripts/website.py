"""Build the documentation site into site/, strictly: what is broken in it fails."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).parent.parent
SITE = ROOT / "site"

#: Where a page is told to load something by itself, or to lead somewhere.
_LOADING = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
_LEADING = {"a": "href"}


class SiteError(Exception):
    """The site could not be built, or something in it leads nowhere."""


class Page(HTMLParser):
    """What a page of the site has and wants."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.anchors |= {told[name] for name in ("id", "name") if name in told}
        for wanted, found in ((_LOADING, self.loaded), (_LEADING, self.links)):
            if target := told.get(wanted.get(tag, "")):
                found.append(target)


def build(folder: Path) -> None:
    """Make the site of docs/ in `folder`, from nothing. Raises SiteError with all that is wrong."""
    shutil.rmtree(folder, ignore_errors=True)  # a page that is gone must not seem to be there
    command = [sys.executable, "-m", "sphinx", "--fail-on-warning", "--keep-going", "--quiet"]
    done = subprocess.run(
        [*command, "--doctree-dir", folder / ".doctrees", ROOT / "docs", folder],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SiteError(done.stderr)
    if wrong := list(problems(folder)):
        raise SiteError("\n".join(wrong))


def problems(folder: Path) -> Iterator[str]:
    """What the pages link to and is not there, and what they would load from elsewhere."""
    pages = {path: Page(path) for path in sorted(folder.rglob("*.html"))}
    for path, page in pages.items():
        name = path.relative_to(folder)
        yield from (f"{name} loads {url} from elsewhere" for url in page.loaded if urlsplit(url).netloc)
        for link in page.links:
            if not urlsplit(link).scheme and not _leads(path, link, pages):
                yield f"{name} links to {link}, which is not there"


def _leads(path: Path, link: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(link)
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target not in pages:
        return target.exists() and not parts.fragment
    return not parts.fragment or unquote(parts.fragment) in pages[target].anchors


if __name__ == "__main__":
    try:
        build(SITE)
    except SiteError as error:
        sys.exit(str(error))
    print(f"the site is in {SITE}: open {SITE / 'index.html'}")
