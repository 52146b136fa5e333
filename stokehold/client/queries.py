"""Filters of lists, as the server reads them."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any


def matching(  # noqa: PLR0913 # each is optional
    *, name: str = "", name_prefix: str = "", states: Iterable[str] = (), tags: Iterable[str] = (),
    all_tags: Iterable[str] = (), created_after: str | datetime | None = None,
    created_before: str | datetime | None = None, job: str = "",
    labels: Mapping[str, str] | None = None,
) -> dict[str, Any] | None:  # fmt: skip
    """The filter that all of these make together; None when it keeps everything.

    `tags`: at least one of them. `all_tags`, `labels`: every one of them.
    """
    parts: list[dict[str, Any]] = []
    if name:
        parts.append(_leaf("Equal", "Name", name))
    if created_before:
        parts.append(_leaf("LessThan", "CreationDate", _moment(created_before)))
    if created_after:
        parts.append(_leaf("GreaterThan", "CreationDate", _moment(created_after)))
    if name_prefix:
        parts.append(_leaf("Like", "Name", f"/^{re.escape(name_prefix)}/"))
    if job:
        parts.append(_leaf("Equal", "JobUuid", job))
    parts += [_leaf("Equal", "Tags", tag) for tag in all_tags]
    parts += [_leaf("Equal", f"Labels.{key}", value) for key, value in (labels or {}).items()]
    if some := list(tags):
        parts.append({"operator": "Or", "filters": [_leaf("Equal", "Tags", tag) for tag in some]})
    if wanted := list(states):
        parts.append({"operator": "In", "field": "State", "values": wanted})
    return {"operator": "And", "filters": parts} if parts else None


def _leaf(operator: str, field: str, value: str) -> dict[str, Any]:
    return {"operator": operator, "field": field, "value": value}


def _moment(value: str | datetime) -> str:
    return value if isinstance(value, str) else value.astimezone().isoformat()
