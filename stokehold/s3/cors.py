"""What lets web pages of other origins use the gateway: their requests are signed, and no cookie says who asks."""

from collections.abc import Sequence
from typing import Any

from stokehold.s3.answer import Answer
from stokehold.s3.request import Request

ANY = "*"
METHODS = "GET, HEAD, PUT, POST, DELETE"
REMEMBERED_S = 24 * 3600  # for how long a browser need not ask again


class Cors:
    """The origins whose pages may use the gateway; `*` stands for all, and none turns all of this off."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._origins = frozenset(origins)

    def preflight(self, request: Request) -> Answer | None:
        """The answer to a browser that asks what a page may send; None when `request` is something else."""
        headers = request.headers
        asked = request.method == "OPTIONS" and "access-control-request-method" in headers
        if not asked or not self._allows(headers.get("origin", "")):
            return None
        allowed = {
            "access-control-allow-methods": METHODS,
            "access-control-max-age": str(REMEMBERED_S),
        }
        if names := headers.get("access-control-request-headers"):
            allowed["access-control-allow-headers"] = names
        if headers.get("access-control-request-private-network") == "true":
            allowed["access-control-allow-private-network"] = "true"
        return Answer(204, allowed)

    def stamp(self, scope: dict[str, Any], answer: Answer) -> None:
        """Let the page that asked read the answer, with all of its headers."""
        if not self._origins:
            return
        # On every answer: a cache that kept one for an image must not give it to a script.
        answer.headers["vary"] = "Origin"
        origin = _origin(scope)
        if self._allows(origin):
            shown = {name for name in answer.headers if not name.startswith("access-control-")}
            shown = {*shown, "content-length", "date"} - {"vary", "connection"}
            answer.headers["access-control-allow-origin"] = origin
            answer.headers["access-control-expose-headers"] = ", ".join(sorted(shown))

    def _allows(self, origin: str) -> bool:
        return bool(origin) and (ANY in self._origins or origin in self._origins)


def _origin(scope: dict[str, Any]) -> str:
    """The origin as it was sent. Read here, because a request that cannot be parsed is answered as well."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), "")
