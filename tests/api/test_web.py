"""The web UI is given to browsers, and nothing but its files is."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.datastructures import Headers
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.api.web import takes_gzip, wants_page
from tests.api.conftest import TOKEN

PAGE = "<!doctype html><title>Stokehold</title>"
SCRIPT = "export const numbers = [" + "1, " * 1000 + "];"
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built UI."""
    made = tmp_path / "web"
    (made / "assets").mkdir(parents=True)
    (made / "index.html").write_text(PAGE)
    (made / "favicon.svg").write_text("<svg/>")
    (made / "assets" / "main-x1.js").write_text(SCRIPT)
    (made / "assets" / "font-x2.woff2").write_bytes(b"font")
    (tmp_path / "secret.txt").write_text("secret")
    return made


@pytest.fixture
def browser(services: Services, folder: Path) -> Iterator[TestClient]:
    """A browser that nobody has signed in to."""
    with TestClient(build(services, ui=folder), headers=BROWSER) as opened:
        yield opened


def test_a_browser_is_shown_the_page_and_a_program_is_asked_for_its_token(browser: TestClient) -> None:
    shown = browser.get("/")
    assert (shown.status_code, shown.text) == (200, PAGE)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert shown.headers["vary"] == "Accept, Accept-Encoding"
    for accept in ("*/*", "application/json", ""):
        assert browser.get("/", headers={"accept": accept}).status_code == 401
        answer = browser.get("/", headers={"accept": accept, "authorization": TOKEN})
        assert (answer.status_code, answer.content) == (200, b"")


def test_the_page_is_asked_for_again_and_sent_only_when_it_has_changed(browser: TestClient) -> None:
    first = browser.get("/")
    assert first.headers["cache-control"] == "no-cache"
    again = browser.get("/", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert browser.get("/", headers={"if-none-match": 'W/"another"'}).status_code == 200


def test_the_page_may_load_nothing_from_elsewhere_and_call_only_this_server_and_its_storage(
    browser: TestClient,
) -> None:
    headers = browser.get("/").headers
    rules = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["connect-src"] == "'self' http://storage.example.org:8081"
    assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("no-referrer", "nosniff")


def test_assets_are_kept_for_ever_and_sent_compressed(browser: TestClient) -> None:
    plain = browser.get("/assets/main-x1.js", headers={"accept-encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == (SCRIPT, False)
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    with browser.stream("GET", "/assets/main-x1.js", headers={"accept-encoding": "br, gzip"}) as packed:
        body = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == "Accept-Encoding"
    assert len(body) == int(packed.headers["content-length"]) < 200
    assert gzip.decompress(body).decode() == SCRIPT


def test_what_gzip_does_not_make_smaller_is_sent_as_it_is(browser: TestClient) -> None:
    font = browser.get("/assets/font-x2.woff2", headers={"accept-encoding": "gzip"})
    assert (font.content, font.headers["content-type"]) == (b"font", "font/woff2")
    icon = browser.get("/favicon.svg", headers={"accept-encoding": "gzip"})
    assert (icon.text, icon.headers["content-type"]) == ("<svg/>", "image/svg+xml")
    assert icon.headers["cache-control"] == "no-cache"
    assert "content-encoding" not in {*font.headers, *icon.headers}


@pytest.mark.parametrize(
    "path",
    [
        "/assets/other.js", "/assets/", "/assets/..%2findex.html", "/assets/../../secret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt", "/assets/%2fetc%2fpasswd", "/..%2fsecret.txt", "/index.html",
        "/assets/main-x1.js%00",
    ],
)  # fmt: skip
def test_nothing_but_the_files_that_were_built_is_sent(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_a_file_that_went_with_a_new_build_is_not_found(browser: TestClient, folder: Path) -> None:
    (folder / "assets" / "main-x1.js").unlink()
    response = browser.get("/assets/main-x1.js")
    assert (response.status_code, "built anew" in response.text) == (404, True)


def test_without_a_built_ui_a_page_says_how_it_is_built(services: Services, tmp_path: Path) -> None:
    with TestClient(build(services, ui=tmp_path / "none"), headers=BROWSER) as browser:
        shown = browser.get("/")
        assert (shown.status_code, "make setup" in shown.text) == (200, True)
        assert "default-src 'none'" in shown.headers["content-security-policy"]
        assert browser.get("/assets/x.js").status_code == 404
        assert browser.get("/", headers={"accept": "*/*"}).status_code == 401


def test_a_head_is_a_get_without_its_body(browser: TestClient) -> None:
    assert browser.head("/").headers["etag"] == browser.get("/").headers["etag"]


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0", False), ("gzip; q=0.0", False), ("br", False),
        ("", False), ("x-gzip", False),
    ],
)  # fmt: skip
def test_gzip_is_sent_where_it_is_taken(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes


def test_a_page_is_what_text_html_asks_for() -> None:
    assert wants_page(Headers(BROWSER))
    assert not wants_page(Headers({"accept": "*/*"}))
    assert not wants_page(Headers({}))
