"""Sweeps: one command, many sets of parameters, one instance for each."""

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from stokehold.client.errors import BadInput, Conflict
from stokehold.client.facts import Error, TaskFacts

SCRIPT = b'eval "$(sed -n "$((INSTANCE_ID + 1))p" .stoke/commands)"\n'
COMMAND = "sh .stoke/sweep.sh"
TAG = "stoke-sweep:"
DIGEST = "stokehold.sweep"
_FIELD = re.compile(r"\{(\w*)\}")


class Outcome(Struct, frozen=True):
    """What became of one set of parameters. `state`: Success, Failure or Cancelled."""

    instance_id: int
    parameters: Any
    state: str
    output: str = ""
    error: Error | None = None

    @property
    def ok(self) -> bool:
        return self.state == "Success"

    def json(self) -> Any:
        """What the command printed, as JSON."""
        return json.loads(self.output)


class Plan(Struct, frozen=True):
    """The parameters of a sweep, and the command of each."""

    name: str
    parameters: list[Any]
    commands: list[str]

    @property
    def digest(self) -> str:
        return hashlib.sha256("\n".join(self.commands).encode()).hexdigest()[:16]

    @property
    def tag(self) -> str:
        return TAG + self.name

    def files(self) -> dict[str, bytes]:
        """What the instances read: the script, and a line for each of them."""
        lines = "".join(f"{command}\n" for command in self.commands)
        return {".stoke/sweep.sh": SCRIPT, ".stoke/commands": lines.encode()}

    def check(self, earlier: TaskFacts) -> None:
        """Raises Conflict when a task of the same name was made of something else."""
        if earlier.labels.get(DIGEST) != self.digest:
            raise Conflict(
                f"The sweep {self.name!r} exists already, with another command or other parameters.",
                "Choose another name, or delete the tasks of the old one.",
            )


def plan(command: str, parameters: Iterable[Any], name: str = "") -> Plan:
    """Fill the parameters into the command. Raises BadInput.

    `{}` takes a parameter that is one value, or the values of a list in turn; `{key}` those of a mapping. Values are
    quoted: each is one word of the command, whatever is in it.
    """
    values = list(parameters)
    if not values:
        raise BadInput("A sweep needs at least one set of parameters.")
    commands = [fill(command, value) for value in values]
    if any("\n" in line for line in commands):
        raise BadInput("Commands and parameters of a sweep must have no line breaks.")
    digest = hashlib.sha256("\n".join(commands).encode()).hexdigest()[:8]
    return Plan(name or f"sweep-{digest}", values, commands)


def fill(command: str, value: Any) -> str:
    """The command of one set of parameters. Raises BadInput."""
    given = iter(value if _sequence(value) else [value])

    def one(match: re.Match[str]) -> str:
        key = match[1]
        try:
            return _quoted(next(given) if not key else value[int(key) if _sequence(value) else key])
        except (KeyError, IndexError, TypeError, ValueError, StopIteration):
            raise BadInput(f"The command asks for {match[0]}, which {value!r} does not have.") from None

    if isinstance(value, Mapping) or _FIELD.search(command):
        return _FIELD.sub(lambda m: m[0] if command[: m.start()].endswith("$") else one(m), command)
    return " ".join([command, *map(_quoted, given)])


def _quoted(value: Any) -> str:
    return shlex.quote(value if isinstance(value, str) else json.dumps(value))


def _sequence(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)
