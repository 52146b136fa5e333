"""Regular expressions written by users. They run on RE2: a search takes time linear in the text."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import re2

from stokehold.domain.errors import Invalid

LONGEST = 2047  # api.md 3.1: fewer than 2048 characters

_PLACEHOLDER = re.compile(r"\$\{[A-Za-z0-9_.\-]+\}")
_HINTS = {
    "invalid perl operator": "look-around, atomic groups, comments and the flags x and n are not supported",
    "invalid escape sequence": "back-references, \\Z, \\G, \\u and \\c are not supported",
    "invalid repetition size": "a repetition may be at most 1000",
    "bad repetition operator": "possessive and doubled repetitions are not supported",
    "invalid character class range": "blocks such as \\p{IsGreek} are not supported; write \\p{Greek}",
    "pattern too large": "it needs too much memory",
}


def check(field: str, pattern: str) -> None:
    """Raise Invalid, naming `field` and the rule, unless `pattern` can be used.

    Each `${CONSTANT}` stands for a plain letter here: its value is known when the task runs.
    """
    if len(pattern) > LONGEST:
        raise Invalid(field, f"a regular expression has fewer than {LONGEST + 1} characters")
    matcher(_PLACEHOLDER.sub("x", pattern), field)


@lru_cache(maxsize=128)
def matcher(pattern: str, field: str = "regular expression") -> Callable[[str], bool]:
    """Whether `pattern` is found anywhere in a text. Raises Invalid when it cannot be used."""
    if _subtracts(pattern):
        raise Invalid(field, "the class subtraction [a-z-[aeiou]] is not supported: write the class out")
    try:
        compiled = re2.compile(pattern, _options())
    except re2.error as error:
        raise Invalid(field, _rule(error)) from None
    except UnicodeEncodeError:
        raise Invalid(field, "it holds half of a surrogate pair") from None
    search = compiled.search
    return lambda text: search(text.encode("utf-8", "replace")) is not None


class Glance(NamedTuple):
    """Texts that are in everything which a pattern finds; with `lowered`, in what that is in small ASCII letters.

    `end` is the one that is at its end.
    """

    parts: tuple[str, ...]
    lowered: bool = False
    end: str = ""


def required(pattern: str) -> Glance:
    """What can be told at a glance. A letter in both its cases, `[aA]`, is how case is told not to matter."""
    in_one_case = _BOTH_CASES.sub(lambda found: found[1], pattern)
    if in_one_case == pattern:
        runs = _runs(pattern)
        return Glance(_longest(runs), end=runs[-2] if _ANCHORED.search(pattern) and len(runs) > 1 else "")
    words = [word for run in _runs(in_one_case) for word in _NOT_ASCII.split(run)]
    return Glance(_longest([word.lower() for word in words]), lowered=True)


def plain(pattern: str) -> Glance | None:
    """The one text that `pattern` looks for when there is no more to it: what holds it is found, and nothing else."""
    glance = required(pattern) if _PLAIN.fullmatch(pattern) else Glance(())
    if len(glance.parts) != 1 or (glance.lowered and _CASED.search(_BOTH_CASES.sub("", pattern))):
        return None
    return glance


def _longest(runs: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({run for run in runs if run}, key=len, reverse=True)[:_MOST_RUNS])


def _runs(pattern: str) -> Sequence[str]:
    if any(mark in pattern for mark in _NO_GLANCE):
        return ()
    runs, index = [""], 0
    while index < len(pattern):
        piece = _piece(pattern, index)
        if piece is None:
            return ()
        char, index = piece
        if char and pattern[index : index + 1] not in {"*", "+", "?", "{"}:
            runs[-1] += char
        else:
            runs.append("")
    return runs


_MOST_RUNS = 4
_BOTH_CASES = re.compile(r"\[([A-Za-z])(?!\1)(?i:\1)\]")
_PLAIN = re.compile(rf"(?:{_BOTH_CASES.pattern}|\\[^A-Za-z0-9]|[^\\^$.|?*+()\[\]{{}}])+")
_CASED = re.compile(r"[^\x00-@\[-`{-\x7f]")  # what may have another case that matters
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_ANCHORED = re.compile(r"(?<!\\)\$\Z")
_NO_GLANCE = ("|", "(", "\\Q")  # alternatives, groups and flags, quoting
_SPECIAL = frozenset("^$.]}*+?")
_ONE_OF_MANY = frozenset("dDwWsSbBAz")  # escapes of one letter that stand for a class or a place


def _piece(pattern: str, index: int) -> tuple[str, int] | None:
    """(the character that must be there, or none, the place after it); None when this cannot be told."""
    char = pattern[index]
    if char == "\\":
        escaped = pattern[index + 1 : index + 2]
        if escaped.isascii() and escaped.isalnum():
            return ("", index + 2) if escaped in _ONE_OF_MANY else None
        return escaped, index + 2
    if char == "[":
        return "", _class_end(pattern, index)
    if char == "{":
        return "", _after(pattern, "}", index - 1)
    return ("" if char in _SPECIAL else char), index + 1


def _class_end(pattern: str, start: int) -> int:
    """The place after the class that begins at `start`."""
    index = start + 1 + pattern.startswith("^", start + 1)
    index += pattern.startswith("]", index)
    while index < len(pattern) and pattern[index] != "]":
        if pattern[index] == "\\":
            index += 1
        elif pattern.startswith("[:", index):
            index = _after(pattern, ":]", index) - 1
        index += 1
    return index + 1


class Selection:
    """Which files are results: those that the whitelist matches, less those that the blacklist matches."""

    __slots__ = ("_keep", "_leave")

    def __init__(self, whitelist: str = "", blacklist: str = "") -> None:
        self._keep = matcher(whitelist, "whitelist") if whitelist else None
        self._leave = matcher(blacklist, "blacklist") if blacklist else None

    def __call__(self, path: str) -> bool:
        """Whether the file at `path`, relative and with `/`, is selected."""
        if self._keep is not None and not self._keep(path):
            return False
        return self._leave is None or not self._leave(path)


def selection(whitelist: str | None = None, blacklist: str | None = None) -> Selection:
    """What two regexes, constants filled in, select; absent or empty ones filter nothing."""
    return Selection(whitelist or "", blacklist or "")


def _options() -> re2.Options:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # only yes or no is asked
    return options


def _rule(error: re2.error) -> str:
    reason = error.args[0].decode("utf-8", "replace") if error.args else "it cannot be read"
    hint = _HINTS.get(reason.partition(":")[0].partition(" -")[0])
    shown = reason if len(reason) <= 120 else f"{reason[:120]}…"
    return f"not a usable regular expression: {shown}" + (f" ({hint})" if hint else "")


def _subtracts(pattern: str) -> bool:
    """Whether a class holds `-[`: RE2 reads it as two literals where .NET takes the second class away."""
    start = -1  # of the members of the class that we are in
    index = 0
    while index < len(pattern):
        char = pattern[index]
        if pattern.startswith(r"\Q", index) and start < 0:
            index = _after(pattern, r"\E", index)
            continue
        if char == "\\":
            index += 2
            continue
        if start < 0 and char == "[":
            index += pattern.startswith("^", index + 1)
            start = index + 1
        elif start >= 0 and pattern.startswith("[:", index):
            index = _after(pattern, ":]", index)
            continue
        elif start >= 0 and char == "]" and index > start:
            start = -1
        elif start >= 0 and index > start and pattern.startswith("-[", index):
            return True
        index += 1
    return False


def _after(pattern: str, mark: str, index: int) -> int:
    end = pattern.find(mark, index + 2)
    return len(pattern) if end < 0 else end + len(mark)
