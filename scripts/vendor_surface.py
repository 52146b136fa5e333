"""Make the table of the vendor's interface that the tests compare ours with, from their OpenAPI document.

    python -m scripts.vendor_surface compute-api-openapi.json

The table names operations, and the fields of their answers: no prose of theirs.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "tests" / "api" / "vendor_surface.json"
_METHODS = ("get", "post", "put", "patch", "delete")
_REF = "#/components/schemas/"


def surface(document: dict[str, Any]) -> dict[str, Any]:
    """`operations`: "GET /path" → the type of its answer; `types`: name → field → type.

    A type is the name of another, `[T]` a list, `{T}` a map, "" anything that is only a value.
    """
    schemas: dict[str, Any] = document["components"]["schemas"]
    operations = {
        f"{method.upper()} {_path(path)}": _answer(operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in _METHODS
    }
    types: dict[str, dict[str, str]] = {}
    waiting = {_name(kind) for kind in operations.values()}
    while waiting:
        name = waiting.pop()
        if name in schemas and name not in types:
            types[name] = _fields(schemas[name], schemas)
            waiting |= {_name(kind) for kind in types[name].values()}
    used = {name: fields for name, fields in types.items() if fields}
    return {"operations": dict(sorted(operations.items())), "types": dict(sorted(used.items()))}


def _path(path: str) -> str:
    return re.sub(r"^/v\{version\}(?=/|$)", "", path) or "/"


def _answer(operation: dict[str, Any]) -> str:
    content = operation["responses"].get("200", {}).get("content", {})
    return _type(content["application/json"]["schema"]) if "application/json" in content else ""


def _fields(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, str]:
    """The fields of a type with those of what it extends or may be."""
    fields: dict[str, str] = {}
    for part in [*schema.get("allOf", ()), *schema.get("oneOf", ()), *schema.get("anyOf", ())]:
        fields |= _fields(schemas[part["$ref"].removeprefix(_REF)] if "$ref" in part else part, schemas)
    return fields | {name: _type(kind) for name, kind in schema.get("properties", {}).items()}


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if schema.get("type") == "array":
        return f"[{_type(schema.get('items', {}))}]"
    if isinstance(schema.get("additionalProperties"), dict):
        return "{" + _type(schema["additionalProperties"]) + "}"
    parts = [*schema.get("oneOf", ()), *schema.get("allOf", ()), *schema.get("anyOf", ())]
    return _type(parts[0]) if parts else ""


def _name(kind: str) -> str:
    return kind.strip("[]{}")


if __name__ == "__main__":
    table = surface(json.loads(Path(sys.argv[1]).read_text()))
    PAGE.write_text(json.dumps(table, indent=1) + "\n")
