"""Routes: a list that one can read, and the finding of one for a path as clients write it (api.md 1.1)."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp

from stokehold.api.call import Call
from stokehold.api.errors import WrongMethod
from stokehold.domain.errors import NotFound

Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation. `{name}` in `path` is one segment, `{name...}` all that are left.

    `body` and `answers` are wire types, and `query` names parameters, for the document that describes it all.
    `partly` is the wire type of the answer 207, given when some of several things were done.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    group: str = ""
    body: Any = None
    answers: Any = None
    partly: Any = None
    query: tuple[str, ...] = ()
    open: bool = False  # to all: needs no token
    built: bool = True
    stream: bool = False  # server-sent events: a browser's EventSource may give its token as `?token=`


@dataclass(frozen=True, slots=True)
class Mounted:
    """An operation that speaks ASGI itself."""

    method: str
    path: str
    app: ASGIApp


Target = Route | Mounted


@dataclass(slots=True)
class _Node:
    children: "dict[str, _Node]" = field(default_factory=dict)
    any: "_Node | None" = None
    rest: dict[str, Target] = field(default_factory=dict)
    here: dict[str, Target] = field(default_factory=dict)


class Router:
    """Finds routes. Static segments match in any case and win over parameters."""

    def __init__(self, routes: Iterable[Target]) -> None:
        self._root = _Node()
        for route in routes:
            self._add(route)

    def find(self, method: str, path: str) -> tuple[Target, dict[str, str]]:
        """The route, and the values of its parameters. Raises NotFound, WrongMethod."""
        segments = split(path)
        allowed: set[str] = set()
        wanted = "GET" if method == "HEAD" else method
        for routes, values in _leaves(self._root, segments, 0, ()):
            if wanted in routes:
                target = routes[wanted]
                return target, dict(zip(_names(target.path), values, strict=True))
            allowed |= routes.keys()
        if allowed:
            raise WrongMethod(f"{method} is not possible on {_shown(path)}.", sorted(allowed))
        raise NotFound(f"There is nothing at {_shown(path)}.")

    def _add(self, route: Target) -> None:
        node = self._root
        for segment in split(route.path):
            if segment.endswith("...}"):
                node.rest[route.method] = route
                return
            if segment.startswith("{"):
                node.any = node.any or _Node()
                node = node.any
            else:
                node = node.children.setdefault(segment.lower(), _Node())
        node.here[route.method] = route


def split(path: str) -> list[str]:
    """The segments of a path, without its version and without empty ones."""
    segments = [segment for segment in path.split("/") if segment]
    if segments and segments[0].lower() == "v1":
        del segments[0]
    if segments and segments[0].lower() == "pool":  # the .NET client writes /pool/{uuid}
        segments[0] = "pools"
    return segments


def _leaves(
    node: _Node, segments: list[str], index: int, values: tuple[str, ...]
) -> "Iterable[tuple[dict[str, Target], tuple[str, ...]]]":
    """The ends that a path leads to, the most specific one first."""
    if index == len(segments):
        if node.here:
            yield node.here, values
    else:
        child = node.children.get(segments[index].lower())
        if child is not None:
            yield from _leaves(child, segments, index + 1, values)
        if node.any is not None and "\0" not in segments[index]:
            yield from _leaves(node.any, segments, index + 1, (*values, segments[index]))
    if node.rest:
        yield node.rest, (*values, "/".join(segments[index:]))


def _names(path: str) -> list[str]:
    return [segment.strip("{}.") for segment in split(path) if segment.startswith("{")]


def _shown(path: str) -> str:
    return path if len(path) <= 200 else f"{path[:200]}…"
