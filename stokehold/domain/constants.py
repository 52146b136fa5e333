"""Constants refer to one another as `${KEY}`; this module replaces the references.

A reference that is not defined or lies deeper than 32 levels stays as it is written, so that a shell's own `${NAME}`
survives. `$NAME` without braces is never touched. A reference that leads back to itself is refused by
`refuse_cycles`; where one is met all the same, it stays as it is written.
"""

import re
from collections.abc import Mapping

from stokehold.domain.errors import Invalid

LARGEST = (
    1024 * 1024
)  # characters of all that is replaced in one call: far above what a kernel takes as arguments
DEEPEST = 32
MOST_STEPS = 10_000  # a doubling chain of empty constants grows in time without growing in size

_REFERENCE = re.compile(r"\$\{([^${}]+)\}")


def substitute(text: str, constants: Mapping[str, str]) -> str:
    """Replace every `${KEY}` of `text`, and those of what replaces it. Raises Invalid when the text explodes."""
    if "${" not in text:
        return text
    return _Expansion(constants).expand(text)


def resolve(constants: Mapping[str, str]) -> dict[str, str]:
    """Replace the references in every value. Raises Invalid when a value explodes."""
    resolved = dict(constants)
    expansion: _Expansion | None = None
    for key, value in constants.items():
        if "${" in value:
            expansion = expansion or _Expansion(constants)
            resolved[key] = expansion.value(key)
    return resolved


def refuse_cycles(constants: Mapping[str, str]) -> None:
    """Raise Invalid, naming the way round, when a constant refers to itself, directly or through others."""
    edges = {
        key: dict.fromkeys(_REFERENCE.findall(value)) for key, value in constants.items() if "${" in value
    }
    way: list[str] = []
    safe: set[str] = set()

    def walk(key: str) -> None:
        if key in way:
            raise Invalid("constants", _round([*way[way.index(key) :], key]))
        if key in edges and key not in safe:
            way.append(key)
            for referred in edges[key]:
                walk(referred)
            way.pop()
            safe.add(key)

    for key in edges:
        walk(key)


def _round(names: list[str]) -> str:
    shown = " → ".join(name[:80] for name in names[:10]) + (" → …" if len(names) > 10 else "")
    return (
        f"{names[0][:80]} refers to itself ({shown}); write $NAME, without braces, for a variable of a shell"
    )


class _Expansion:
    """One replacement: remembers what is finished (for speed) and what is being replaced (for cycles)."""

    __slots__ = ("constants", "finished", "open", "size", "steps", "stuck")

    def __init__(self, constants: Mapping[str, str]) -> None:
        self.constants = constants
        self.finished: dict[str, str] = {}
        self.open: list[str] = []
        self.size = 0
        self.steps = 0
        self.stuck = 0  # how many references were left because of a cycle or of the depth

    def value(self, key: str) -> str:
        """The value of `key` with its references replaced."""
        self.open.append(key)
        stuck = self.stuck
        text = self.expand(self.constants[key])
        self.open.pop()
        if self.stuck == stuck:  # else the value depends on where the walk began
            self.finished[key] = text
        return text

    def expand(self, text: str) -> str:
        if "${" not in text:
            return text
        return _REFERENCE.sub(self._replacement, text)

    def _replacement(self, reference: re.Match[str]) -> str:
        key = reference[1]
        value = self.constants.get(key)
        if value is None:
            return reference[0]
        done = value if "${" not in value else self.finished.get(key)
        if done is None:
            done = self._deeper(key, reference[0])
        self._spend(len(done))
        return done

    def _deeper(self, key: str, written: str) -> str:
        if key in self.open or len(self.open) >= DEEPEST:
            self.stuck += 1
            return written
        return self.value(key)

    def _spend(self, size: int) -> None:
        self.size += size
        self.steps += 1
        if self.size > LARGEST:
            raise Invalid(
                "constants", f"they grow beyond {LARGEST} characters when their ${{…}} are replaced"
            )
        if self.steps > MOST_STEPS:
            raise Invalid("constants", f"more than {MOST_STEPS} of their ${{…}} would have to be replaced")
