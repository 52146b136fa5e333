"""Every answer is compared with what /openapi.json says of it, by whoever asks: the SDK, or a test of the API."""

import copy
import json
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from stokehold.api.openapi import describe
from stokehold.api.operations import OPERATIONS
from stokehold.api.routes import Route, Router
from stokehold.domain.errors import StokeholdError

NOT_OURS = ("/runner/",)  # spoken by our own runner, in MessagePack


class Contract:
    """The description of the interface, read as a promise: no field may be there that it does not name."""

    def __init__(self, routes: Iterable[Route]) -> None:
        routes = list(routes)
        self.document = describe(routes)
        self._paths: dict[str, Any] = self.document["paths"]
        self._components = _closed(self.document["components"])
        self._router = Router(routes)
        self._validators: dict[str, Any] = {}

    def check(self, method: str, url: str, status: int, media: str, body: bytes, asked: bytes = b"") -> None:
        """Fail when the answer to `method url` is not one that the description allows."""
        path = urlsplit(url).path
        if path.startswith(NOT_OURS) or method == "HEAD":
            return
        try:
            route, _ = self._router.find(method, path)
        except StokeholdError:  # nothing is described there: the answer says so
            assert status in {404, 405}, f"{method} {path}: {status}"
            return
        where = f"{method} {route.path}: {status}"
        described = self._paths[route.path.replace("...", "")][method.lower()]["responses"]
        answer = described.get(str(status)) or (described.get("default") if status >= 400 else None)
        assert answer is not None, f"{where} is not described"
        content: dict[str, Any] = answer.get("content", {})
        if not content:
            assert not body or media == "text/html", f"{where}: a body that is not described: {body[:200]!r}"
            return
        assert media in content, f"{where}: {media} is not described"
        if media == "application/json" and not _some_fields_only(asked):
            self._validate(where, content[media]["schema"], json.loads(body))

    def _validate(self, where: str, schema: Any, value: Any) -> None:
        if where not in self._validators:
            whole = {"allOf": [schema], "components": self._components}
            self._validators[where] = jsonschema_rs.Draft202012Validator(whole)
        problems = [
            f"{'/'.join(map(str, error.instance_path)) or 'the answer'}: {error.message[:300]}"
            for error in self._validators[where].iter_errors(value)
        ]
        assert not problems, f"{where} is not as /openapi.json says:\n" + "\n".join(problems)


@cache
def ours() -> Contract:
    """The contract of this version."""
    return Contract(OPERATIONS)


def seen_by_sdk(response: Any, *_: Any, **__: Any) -> None:
    """A hook for `requests`, which is what the SDK calls with."""
    request = response.request
    asked = request.body.encode() if isinstance(request.body, str) else request.body or b""
    media = _media(response.headers)
    if media != "text/event-stream":
        ours().check(request.method, request.url, response.status_code, media, response.content, asked)


def seen_by_client(response: Any) -> None:
    """A hook for the client of the tests of the API."""
    request, media = response.request, _media(response.headers)
    if media != "text/event-stream":
        body = response.read()
        ours().check(request.method, str(request.url), response.status_code, media, body, request.content)


def _media(headers: Any) -> str:
    return str(headers.get("content-type", "")).partition(";")[0]


def _some_fields_only(asked: bytes) -> bool:
    """Whether a search asked for some fields: its answer holds only those."""
    try:
        body = json.loads(asked or b"null")
    except ValueError:
        return False
    return isinstance(body, dict) and bool({key.lower(): value for key, value in body.items()}.get("select"))


def _closed(part: Any) -> Any:
    """The same schemas, with objects that hold nothing but what is named."""
    part = copy.deepcopy(part)
    for schema in part["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return part
