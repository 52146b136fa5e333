"""Every path, method and field of an answer that the vendor's description has is served, or has a reason here.

`vendor_surface.json` is made from their document by `scripts/vendor_surface.py`; `vendor_reasons.toml` is ours.
What is not built yet has its reason in `stokehold/api/unbuilt.py`.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scripts.vendor_surface import surface
from stokehold.api.openapi import describe
from stokehold.api.operations import OPERATIONS
from stokehold.api.routes import Route, Router
from stokehold.api.unbuilt import CAPABILITIES
from stokehold.domain.errors import StokeholdError

REF = "#/components/schemas/"
HERE = Path(__file__).parent
SURFACE: dict[str, Any] = json.loads((HERE / "vendor_surface.json").read_text())
REASONS: dict[str, dict[str, str]] = tomllib.loads((HERE / "vendor_reasons.toml").read_text())
DOCUMENT = describe(OPERATIONS)
ROUTER = Router(OPERATIONS)


def served(operation: str) -> Route | None:
    """Our operation for one of the vendor's."""
    method, path = operation.split(" ")
    try:
        route, _ = ROUTER.find(method, re.sub(r"\{.*?\}", "x", path))
    except StokeholdError:
        return None
    assert isinstance(route, Route)
    return route


def answer(route: Route) -> Any:
    """The schema of what we answer; None when it is not JSON."""
    operation = DOCUMENT["paths"][route.path.replace("...", "")][route.method.lower()]
    content = operation["responses"]["200"].get("content", {})
    return content.get("application/json", {}).get("schema")


def missing(kind: str, schema: Any, seen: set[str]) -> Iterator[str]:
    """`Type.field` for every field of the vendor's type that our schema has not, however deep."""
    name = kind.strip("[]{}")
    if name not in SURFACE["types"] or name in seen:
        return
    seen.add(name)
    ours = {key.lower(): value for key, value in properties(inner(schema)).items()}
    for field, field_kind in SURFACE["types"][name].items():
        if field.lower() not in ours:
            yield f"{name}.{field}"
        else:
            yield from missing(field_kind, ours[field.lower()], seen)


def inner(schema: Any) -> Any:
    """What a schema speaks of, below references, lists, maps, and null."""
    while schema:
        if "$ref" in schema:
            schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        elif "items" in schema:
            schema = schema["items"]
        elif isinstance(schema.get("additionalProperties"), dict) and "properties" not in schema:
            schema = schema["additionalProperties"]
        elif options := [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]:
            schema = next((one for one in options if "$ref" in one), options[0])
        else:
            return schema
    return {}


def properties(schema: Any) -> dict[str, Any]:
    found: dict[str, Any] = schema.get("properties", {})
    return found


def unserved() -> set[str]:
    """Every field of an answer of an operation that we serve and the vendor describes, that ours has not."""
    found: set[str] = set()
    for operation, kind in SURFACE["operations"].items():
        route = served(operation)
        if route is not None and route.built:
            found |= set(missing(kind, answer(route), set()))
    return found


def test_the_table_is_whole() -> None:
    assert len(SURFACE["operations"]) == 69
    assert {"TaskOutput", "JobOutput", "UserOutput"} <= set(SURFACE["types"])


@pytest.mark.parametrize("operation", SURFACE["operations"])
def test_every_operation_of_the_vendor_is_served_or_has_a_reason(operation: str) -> None:
    assert (served(operation) is not None) != (operation in REASONS["operations"])


def test_every_field_of_the_vendors_answers_is_served_or_has_a_reason() -> None:
    unbuilt = {capability.name for capability in CAPABILITIES}
    waiting = {field for field, capability in REASONS["until_built"].items() if capability in unbuilt}
    assert sorted(unserved() - REASONS["fields"].keys() - waiting) == []


def test_reasons_speak_of_what_the_vendor_has_and_we_do_not() -> None:
    fields = {f"{name}.{field}" for name, kinds in SURFACE["types"].items() for field in kinds}
    assert {*REASONS["fields"], *REASONS["until_built"]} <= fields
    assert sorted(REASONS["fields"].keys() - unserved()) == [], "served now: the reason can go"
    assert set(REASONS["operations"]) <= set(SURFACE["operations"])


def test_a_field_that_is_missing_is_found() -> None:
    fields = set(missing("[TaskOutput]", {"type": "array", "items": {"properties": {"UUID": {}}}}, set()))
    assert "TaskOutput.state" in fields
    assert "TaskOutput.uuid" not in fields


def test_the_table_is_made_of_names_and_types_alone() -> None:
    task = {
        "properties": {"uuid": {"type": "string", "description": "prose"}, "parts": {"$ref": REF + "Part"}}
    }
    part = {"allOf": [{"$ref": REF + "Base"}], "properties": {"sizes": {"additionalProperties": {}}}}
    schemas = {"Task": task, "Part": part, "Base": {"properties": {"id": {}}}, "Unused": {}}
    answer = {"schema": {"type": "array", "items": {"$ref": REF + "Task"}}}
    listing = {"get": {"responses": {"200": {"content": {"application/json": answer}}}}}
    document = {"paths": {"/v{version}/tasks": listing}, "components": {"schemas": schemas}}
    assert surface(document) == {
        "operations": {"GET /tasks": "[Task]"},
        "types": {"Part": {"id": "", "sizes": "{}"}, "Task": {"uuid": "", "parts": "Part"}},
    }
