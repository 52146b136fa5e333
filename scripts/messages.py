"""Write docs/runner-protocol.md from the structs of stokehold/domain/protocol.py."""

import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec.structs import FieldInfo, fields

from stokehold.domain import protocol

PAGE = Path(__file__).parent.parent / "docs" / "runner-protocol.md"

HEAD = """# The runner's protocol

*The tables of this page are written by `make docs` from `stokehold/domain/protocol.py`.*

A runner makes one kind of call: `POST /runner/v1/sync`, with its node's token in the `Authorization`
header. The body and the answer are MessagePack. Moments are microseconds since 1970 (UTC); durations are
microseconds.

## Rules

* **The runner asks.** The server never opens a connection to a node.
* **Two connections.** One asks for work and waits for it (`want`, `wait_s`); it is answered the moment
  there is work or a command. The other carries reports as they gather.
* **Reports are numbered and kept.** A runner writes each report to its outbox on disk and deletes it
  when the server has answered with an `acked` at or past its number. After a failure of either side it
  sends the rest again; the server takes each number once.
* **Every report carries its lease token.** A report of a lease that is no longer current changes
  nothing.
* **A lease lives as long as its node is heard.** Any call renews everything that the node holds. A node
  that stays silent for too long is lost, and its instances run elsewhere under new tokens.
* **A runner that starts again tells what it holds** (`held`). The server takes back the leases of that
  node that are not in the list. What the runner cannot find again it reports as `lost`; it never
  guesses.
* **Commands are idempotent** and repeated until the runner's `action` says that they arrived.
* **A runner has no credentials** of the storage or the database: it is given presigned URLs for the
  inputs and outputs of its instances. What a task wants to be known to its programs alone, secret constants
  and the passes of a privileged task (`exports`), a runner keeps in memory and writes to no disk.

"""


def render() -> str:
    """The whole page."""
    return HEAD + "\n".join(_section(struct) for struct in _structs())


def _structs() -> Iterator[type[msgspec.Struct]]:
    """Every message, in the order of the module."""
    for value in vars(protocol).values():
        if (
            isinstance(value, type)
            and issubclass(value, msgspec.Struct)
            and value.__module__ == protocol.__name__
        ):
            yield value


def _section(struct: type[msgspec.Struct]) -> str:
    config = struct.__struct_config__
    tag = f" · tag `{config.tag}`" if config.tag else ""
    form = " · sent as an array, in this order" if config.array_like else ""
    rows = "\n".join(_row(field) for field in fields(struct))
    text = " ".join((struct.__doc__ or "").split())
    return f"## {struct.__name__}\n\n{text}{tag}{form}\n\n| field | type | default |\n|---|---|---|\n{rows}\n"


def _row(field: FieldInfo) -> str:
    return f"| `{field.name}` | {_words(field.type)} | {_default(field)} |"


def _default(field: FieldInfo) -> str:
    if field.required:
        return "needed"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    return f"`{value!r}`"


def _words(kind: Any) -> str:
    """A type as a reader of the protocol, in any language, understands it."""
    inner = get_args(kind)
    match get_origin(kind):
        case None:
            return "nil" if kind is type(None) else kind.__name__
        case types.UnionType:
            return " or ".join(_words(part) for part in inner)
        case origin if origin is Literal:
            return " or ".join(repr(part) for part in inner)
        case origin if origin is dict:
            return f"map of {_words(inner[0])} to {_words(inner[1])}"
        case origin if origin is tuple:
            return "(" + ", ".join(_words(part) for part in inner) + ")"
        case _:
            return f"list of {_words(inner[0])}"


if __name__ == "__main__":
    PAGE.write_text(render())
