"""Write docs/reference/types.md: the fields of everything that the REST API takes and answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stokehold.api.openapi import describe
from stokehold.api.operations import OPERATIONS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "types.md"

HEAD = """# Types

*This page is written by `make docs` from the description that a server gives at `/openapi.json`.*

What the [operations](operations.md) take and answer. In what is sent, names match in any letter case and `null` means
not set. In answers, a field without a value is absent. A field without a default is always needed, or always there.
"""

#: What a schema may say beside its type, in words.
_RULES = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "as `{}`",
}


def render() -> str:
    """The whole page."""
    schemas = describe(OPERATIONS)["components"]["schemas"]
    return HEAD + "".join(_section(name, schema) for name, schema in sorted(schemas.items(), key=_place))


def kind(schema: dict[str, Any]) -> str:
    """What a schema allows, in words that link to the types. `null` is left out: it means not set everywhere."""
    if "$ref" in schema:
        name = title(schema["$ref"].rpartition("/")[2])
        return f"[{name}](types.md#{anchor(name)})"
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return " or ".join(kind(one) for one in schema[choice] if one.get("type") != "null")
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    return _plain(schema)


def title(name: str) -> str:
    """The name of a type as a person says it: `Page_Task_` is a page of tasks, and two types may share a name."""
    if name.startswith("Page_"):
        return f"Page of {name.removeprefix('Page_').rstrip('_')}"
    module, _, last = name.rpartition(".")
    return f"{last} ({module.rpartition('.')[2]})" if module else last


def anchor(name: str) -> str:
    """Where a heading is on its page."""
    return name.lower().translate(str.maketrans(" ", "-", "().,"))


def _plain(schema: dict[str, Any]) -> str:
    match schema.get("type"):
        case "array":
            return f"list of {kind(schema.get('items', {}))}"
        case "object" if isinstance(schema.get("additionalProperties"), dict):
            return f"map of text to {kind(schema['additionalProperties'])}"
        case "object":
            return "object"
        case None:
            return "anything"
        case name:
            return {"string": "text", "integer": "whole number"}.get(name, str(name))


def _section(name: str, schema: dict[str, Any]) -> str:
    about = f"\n{schema['description']}\n" if "description" in schema else ""
    if "enum" in schema:
        return f"\n## {title(name)}\n{about}\nOne of {', '.join(f'`{value}`' for value in schema['enum'])}.\n"
    rows = "".join(_rows(schema))
    return (
        f"\n## {title(name)}\n{about}\n| field | type | default | rule |\n|---|---|---|---|\n{rows}"
        if rows
        else f"\n## {title(name)}\n{about}\nAny object.\n"
    )


def _rows(schema: dict[str, Any]) -> Iterator[str]:
    needed = set(schema.get("required", ()))
    for field, told in schema.get("properties", {}).items():
        default = "" if field in needed else _default(told.get("default"))
        rules = ", ".join(text.format(value) for text, value in _rules(told))
        yield f"| `{field}` | {kind(told)} | {default} | {rules} |\n"


def _default(value: object) -> str:
    if value is None:
        return "not set"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`" if value != "" else "empty"


def _rules(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in (schema, *schema.get("anyOf", ())):
        yield from ((text, part[key]) for key, text in _RULES.items() if key in part)


def _place(item: tuple[str, Any]) -> str:
    return title(item[0]).lower()


if __name__ == "__main__":
    PAGE.write_text(render())
