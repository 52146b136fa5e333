"""The interface described by itself: OpenAPI 3.1 from the routes and their wire types."""

import re
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import msgspec
from starlette.responses import Response

from stokehold import __version__
from stokehold.api.call import Call
from stokehold.api.errors import Problem
from stokehold.api.routes import Handler, Route

_PARAMETER = re.compile(r"\{(\w+)(?:\.\.\.)?\}")
_REF = "#/components/schemas/{name}"
_INTRODUCTION = (
    "Every path also answers under `/v1`, in any letter case. Names in bodies and queries match in any case, "
    "unknown ones are passed over, and `null` means not set. Wherever `{id}` stands, a UUID or a shortname does. "
    "Errors answer `{\"message\": …}`, which names the field and its rule."
)  # fmt: skip


def serving(routes: Callable[[], Iterable[Route]]) -> Handler:
    """The operation that answers the description; it asks for the routes when it is first called."""
    described = cache(lambda: msgspec.json.encode(describe(routes())))

    async def document(_call: Call) -> Response:
        return Response(described(), media_type="application/json")

    return document


async def page(_call: Call) -> Response:
    """The description, to read: one page that loads nothing from elsewhere."""
    text = files("stokehold.api").joinpath("docs.html").read_text()
    return Response(text, media_type="text/html")


def describe(routes: Iterable[Route]) -> dict[str, Any]:
    """An OpenAPI 3.1 document of these routes."""
    routes = list(routes)
    told = (kind for route in routes for kind in (route.body, route.answers, route.partly))
    kinds = [Problem, *(kind for kind in told if kind is not None)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    named = {_key(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, named)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Stokehold", "version": __version__, "description": _INTRODUCTION},
        "tags": [{"name": group} for group in dict.fromkeys(route.group for route in routes)],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "apiKey", "in": "header", "name": "Authorization"}},
        },
        "security": [{"token": []}],
    }


def _operation(route: Route, named: dict[str, Any]) -> dict[str, Any]:
    words = re.findall(r"\w+", f"{route.method.lower()} {route.path}")
    operation: dict[str, Any] = {
        "operationId": words[0] + "".join(word[:1].upper() + word[1:] for word in words[1:]),
        "tags": [route.group],
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *map(_query_parameter, route.query)],
        "responses": _responses(route, named),
    }
    if route.open:
        operation["security"] = []
    if not route.built:
        operation["x-built"] = False
    if route.stream:
        operation["x-stream"] = True  # its answer may go on for as long as the client listens
    if route.body is not None:
        content = {"application/json": {"schema": _body(route, named)}}
        operation["requestBody"] = {"required": route.partly is not None, "content": content}
    return operation


def _body(route: Route, named: dict[str, Any]) -> Any:
    one = named[_key(route.body)]
    return {"oneOf": [one, {"type": "array", "items": one}]} if route.partly is not None else one


def _responses(route: Route, named: dict[str, Any]) -> dict[str, Any]:
    problem = {"application/json": {"schema": named[_key(Problem)]}}
    wrong = {"default": {"description": "What is wrong", "content": problem}}
    if not route.built:
        return {"501": {"description": "Not built yet", "content": problem}, **wrong}
    success: dict[str, Any] = {"description": "Done" if route.answers is None else "The answer"}
    if route.answers is not None:
        text = "text/event-stream" if route.stream else "text/plain"
        kind = text if route.answers is str else "application/json"
        success["content"] = {kind: {"schema": named[_key(route.answers)]}}
    answers = {"200": success}
    if route.partly is not None:
        content = {"application/json": {"schema": named[_key(route.partly)]}}
        answers["207"] = {"description": "Some were done: each says what became of it", "content": content}
    return answers | wrong


def _path_parameters(route: Route) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(route.path)
    ]


def _query_parameter(name: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}


def _key(kind: Any) -> str:
    return repr(kind)
