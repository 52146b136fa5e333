"""Write docs/reference/errors.md from the tables of stokehold/domain/errors.py and stokehold/api/errors.py."""

import re
from collections.abc import Iterator
from pathlib import Path

from stokehold.api.errors import STATUS
from stokehold.domain.errors import Fault, Kind, table

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "errors.md"

HEAD = """# Errors

*This page is written by `make docs` from `stokehold/domain/errors.py` and `stokehold/api/errors.py`.*

## Errors of requests

A request that is refused answers `{"message": "…"}`. When a field is to blame, the message begins with its name,
then tells the rule: `instanceCount: must be from 1 to 2147483647, not 0`. Nothing has been created or changed.

| status | when |
|---|---|
"""

MIDDLE = """
A list of submissions answers a list, in the same order, whose items have these statuses in `statusCode`.

`501` means that a part of the interface is not built yet; [capabilities.md](capabilities.md) says which. Clients try
`429`, `500`, `502`, `503` and `504` again by themselves, so none of these is ever a planned answer.

## Errors of tasks

The `errors` of a task hold one entry for each distinct failure of its instances, and each failed instance in
`completedInstances` has its own `error`: `{"code", "message", "debug"}`. Codes never change: scripts may compare them.

| kind | meaning |
|---|---|
| program | what the user gave did not work; only these use up the task's retries |
| resource | the node had too little of something |
| infrastructure | our failure; the instance has been tried again before this shows |

`GET /errors` (an extension) answers this table: for each code its `kind`, its `message` with the names of its blanks
in braces, and the `advice` that such messages end with.

| code | kind | message | what to do |
|---|---|---|---|
"""


def render() -> str:
    """The whole page."""
    return HEAD + "".join(_statuses()) + MIDDLE + "".join(_faults())


def _statuses() -> Iterator[str]:
    for kind, code in STATUS.items():
        yield f"| {code} | {(kind.__doc__ or '').strip()} |\n"


def _faults() -> Iterator[str]:
    for code, fault in sorted(table().items(), key=_place):
        yield f"| `{code}` | {fault.kind} | {_blanks(fault.what)} | {_blanks(fault.advice)} |\n"


def _place(item: tuple[str, Fault]) -> tuple[int, str]:
    return list(Kind).index(item[1].kind), item[0]


def _blanks(message: str) -> str:
    """`{reason}` is what the message is completed with."""
    return re.sub(r"\{(\w+)[^}]*\}", r"*\1*", message)


if __name__ == "__main__":
    PAGE.write_text(render())
