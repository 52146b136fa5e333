"""Write docs/reference/operations.md: every operation of the REST API, from its own description."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.api_types import kind
from stokehold.api.openapi import describe
from stokehold.api.operations import OPERATIONS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "operations.md"

HEAD = """# Operations

*This page is written by `make docs` from the description that a server gives at `/openapi.json`, which is also kept as
[openapi.json](openapi.json).*

The rules that hold for all of them, for lists and for filters are in [api.md](api.md). Bodies and answers are JSON;
their fields are in [types.md](types.md), what an error answers in [errors.md](errors.md). An operation needs a token
unless it says that it is open to all.
"""


def render() -> str:
    """The whole page."""
    document = describe(OPERATIONS)
    return HEAD + "".join(_group(document["paths"], tag["name"]) for tag in document["tags"])


def _group(paths: dict[str, Any], name: str) -> str:
    entries = [
        _entry(method, path, operation)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if name in operation["tags"]
    ]
    return f"\n## {name}\n" + "".join(entries)


def _entry(method: str, path: str, operation: dict[str, Any]) -> str:
    lines = "".join(f"* {line}\n" for line in _facts(operation))
    return f"\n### {method.upper()} {path}\n\n{operation['summary']}.\n" + (f"\n{lines}" if lines else "")


def _facts(operation: dict[str, Any]) -> Iterator[str]:
    """What there is to say of an operation beyond its summary."""
    if operation.get("x-built") is False:
        yield "**Not built**: it answers `501`."
        return
    if operation.get("security") == []:
        yield "Open to all: it needs no token."
    if named := ", ".join(f"`{one['name']}`" for one in operation["parameters"] if one["in"] == "path"):
        yield f"In the path: {named}."
    if named := ", ".join(f"`{one['name']}`" for one in operation["parameters"] if one["in"] == "query"):
        yield f"In the query: {named}."
    if body := operation.get("requestBody"):
        needed = "" if body["required"] else ", which may be absent"
        yield f"Body: {kind(_schema(body))}{needed}."
    yield from _answers(operation)


def _answers(operation: dict[str, Any]) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if status == "default":
            continue
        what = kind(_schema(answer)) if "content" in answer else "nothing"
        media = next(iter(answer.get("content", {"": None})))
        told = {"text/event-stream": "server-sent events", "text/plain": "plain text"}.get(media, what)
        why = "" if status == "200" else f" ({answer['description'][0].lower()}{answer['description'][1:]})"
        yield f"Answer {status}: {told}{why}."


def _schema(part: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(part["content"].values()))["schema"]
    return found


if __name__ == "__main__":
    PAGE.write_text(render())
