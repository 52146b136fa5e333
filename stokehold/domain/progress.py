"""How far a program says it is: lines of its output that match a pattern, or a number in a file."""

import re
from collections.abc import Mapping
from typing import Any

import re2

from stokehold.domain.errors import Invalid

PATTERNS = ("DOCKER_PROGRESS1", "DOCKER_PROGRESS2", "DOCKER_PROGRESS3")  # constants
VARIABLE = "STOKEHOLD_PROGRESS_FILE"  # tells a program which file it may write
FILE = ".stokehold-progress"  # its name, in the instance's scratch directory

LONGEST = 2047
LOOKED_AT = 64 * 1024  # bytes: of more output at once, only the end counts

_PLACEHOLDER = re.compile(r"\$\{[A-Za-z0-9_.\-]+\}")
_NUMBER = re.compile(r"\s*(\d{1,15}(?:\.\d*)?|\.\d+)\s*(%?)\s*", re.ASCII)


def number(text: str) -> float | None:
    """A progress in percent, from 0 to 100; None when the text is not one.

    `42`, `42.5` and `0.4%` are percent; a number from 0 to 1 with a point in it, as `0.42`, is a fraction.
    """
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    value = float(match[1])
    if not match[2] and "." in match[1] and value <= 1:
        value *= 100
    return min(value, 100.0)


def check(field: str, pattern: str) -> None:
    """Raise Invalid, naming `field` and the rule, unless `pattern` can tell a progress."""
    _compiled(_PLACEHOLDER.sub("x", pattern), field)


class Gauge:
    """Reads progress from output: in the last match of any pattern, one group is a progress, two are done and total."""

    def __init__(self, constants: Mapping[str, str]) -> None:
        """A pattern that cannot be used, now that its constants are filled in, finds nothing."""
        self._patterns: list[Any] = []
        for name in PATTERNS:
            try:
                if constants.get(name):
                    self._patterns.append(_compiled(constants[name], name))
            except Invalid:
                continue

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def read(self, output: bytes) -> float | None:
        """The last progress that is told; None when none is."""
        output = output[-LOOKED_AT:]
        found = [match for pattern in self._patterns for match in pattern.finditer(output)]
        for match in sorted(found, key=lambda match: -match.start()):
            if (value := _told(match.groups())) is not None:
                return value
        return None


def _told(groups: tuple[bytes | None, ...]) -> float | None:
    words = [group.decode("ascii", "replace") for group in groups if group is not None]
    if len(words) == 1:
        return number(words[0])
    if len(words) == 2 and all(_NUMBER.fullmatch(word) for word in words):
        done, total = (float(word.strip().rstrip("%")) for word in words)
        return min(100 * done / total, 100.0) if total else None
    return None


def _compiled(pattern: str, field: str) -> Any:
    if len(pattern) > LONGEST:
        raise Invalid(field, f"a regular expression has fewer than {LONGEST + 1} characters")
    options = re2.Options()
    options.log_errors = False
    try:
        compiled = re2.compile(f"(?m){pattern}".encode(), options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0]
        shown = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise Invalid(field, f"not a usable regular expression: {shown[:120]}") from None
    if compiled.groups not in (1, 2):
        raise Invalid(
            field,
            "must have one group in parentheses, for the progress, or two, for what is done and the total",
        )
    return compiled
