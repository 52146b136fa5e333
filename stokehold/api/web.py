"""The web UI, as it was built into the package: files known from the start, read when they are first asked for."""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from stokehold.api.routes import Mounted
from stokehold.domain.errors import NotFound

FOLDER = Path(__file__).parent.parent / "web"
INDEX = "index.html"
TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
PACKED = frozenset({".css", ".html", ".ico", ".js", ".json", ".svg", ".txt", ".webmanifest"})

_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable"}  # their names change with their content
_ASK_AGAIN = {"cache-control": "no-cache"}
_UNBUILT = b"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stokehold</title>
<style>:root { color-scheme: light dark } body { font: 1rem/1.5 system-ui, sans-serif; max-width: 38rem;
margin: 4rem auto; padding: 0 1rem }</style>
<h1>Stokehold</h1>
<p>The server runs. Its web UI was not built: run <code>make setup</code> where Node.js is installed, then start the
server again.</p>
<p>All else is there: the <code>stoke</code> command, and the <a href="/docs">REST API</a>.</p>
</html>
"""


class Content(Struct, frozen=True):
    """A file in memory. `packed` is empty where gzip gains nothing."""

    plain: bytes
    packed: bytes
    etag: str


class Web:
    """The pages in `folder`; scripts on them may call this server, and the storage at the URL `storage`."""

    def __init__(self, folder: Path, storage: str) -> None:
        # What is served are these files and no others: a path that a client makes up is never opened.
        self._beside = {path.name: path for path in folder.glob("*") if path.is_file()}
        self._assets = {path.name: path for path in folder.glob("assets/*") if path.is_file()}
        self._known: dict[Path, Content] = {}
        self._front = {**_ASK_AGAIN, "vary": "Accept, Accept-Encoding", **_guards(storage)}

    def targets(self) -> list[Mounted]:
        """Where the files are, but for the page itself: that is at the root, for those who ask for a page."""
        beside = [
            Mounted("GET", f"/{name}", partial(self._send, path, _ASK_AGAIN))
            for name, path in self._beside.items()
            if name != INDEX
        ]
        return [Mounted("GET", "/assets/{name}", self._send_asset), *beside] if self._beside else []

    async def front(self, headers: Headers) -> Response:
        """The page; where it was not built, one that says so."""
        if INDEX not in self._beside:
            return Response(_UNBUILT, media_type="text/html", headers=self._front)
        return await self._answer(self._beside[INDEX], headers, self._front)

    async def _send_asset(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path_params"]["name"]
        if name not in self._assets:
            raise NotFound(f"There is no asset {name[:80]!r}.")
        await self._send(self._assets[name], _FOR_EVER, scope, receive, send)

    async def _send(
        self, path: Path, more: Mapping[str, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        response = await self._answer(path, Headers(scope=scope), more)
        await response(scope, receive, send)

    async def _answer(self, path: Path, asked: Headers, more: Mapping[str, str]) -> Response:
        content = await self._content(path)
        headers = {
            "vary": "Accept-Encoding",
            "etag": content.etag,
            "x-content-type-options": "nosniff",
            **more,
        }
        if content.etag in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        body = content.plain
        if content.packed and takes_gzip(asked.get("accept-encoding", "")):
            headers["content-encoding"], body = "gzip", content.packed
        return Response(body, media_type=TYPES.get(path.suffix, "application/octet-stream"), headers=headers)

    async def _content(self, path: Path) -> Content:
        if path not in self._known:
            self._known[path] = await asyncio.to_thread(_load, path)
        return self._known[path]


def wants_page(headers: Headers) -> bool:
    """Whether a browser asks for something to look at, and not a program for an answer."""
    return "text/html" in headers.get("accept", "").lower()


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip."""
    for coding in accepted.lower().split(","):
        name, _, weight = coding.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" or not weight
    return False


def _guards(storage: str) -> dict[str, str]:
    """What a browser is told not to do, whatever got into the page."""
    where = urlsplit(storage)
    policy = (
        "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' blob: data:",
        "media-src blob:", f"connect-src 'self' {where.scheme}://{where.netloc}", "font-src 'self'",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
    )  # fmt: skip
    return {
        "content-security-policy": "; ".join(policy),
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
    }


def _load(path: Path) -> Content:
    """Read a file. Raises NotFound when it was there at the start and is no more."""
    try:
        plain = path.read_bytes()
    except OSError:
        raise NotFound(f"{path.name} is gone: the UI was built anew since the server began.") from None
    packed = gzip.compress(plain, mtime=0) if path.suffix in PACKED else b""
    digest = hashlib.sha256(plain).hexdigest()[:32]
    return Content(plain, packed if len(packed) < len(plain) else b"", f'W/"{digest}"')
