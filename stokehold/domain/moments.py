"""Moments and durations as clients write and read them (api.md 1.5). Inside, both are microseconds."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from stokehold.domain.errors import Invalid

SECOND = 1_000_000
NEVER = "0001-01-01T00:00:00Z"  # .NET clients cannot take a null date

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = 86_400
_FRACTION = re.compile(r"(\.\d{6})\d+")
_TIMESPAN = re.compile(
    r"(?P<sign>-?)(?:(?P<days>\d{1,8})\.)?(?P<hours>\d{1,8}):(?P<minutes>\d{1,2}):(?P<seconds>\d{1,2})"
    r"(?:\.(?P<fraction>\d{1,7}))?",
    re.ASCII,
)


def date_text(moment: int | None) -> str:
    """`2021-07-20T16:40:13.537708Z`: six digits at most, because a client parses no more."""
    if moment is None:
        return NEVER
    seconds, fraction = divmod(moment, SECOND)
    return f"{_second(seconds)}.{fraction:06}Z" if fraction else f"{_second(seconds)}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    """Lists show the same few moments again and again."""
    return (_EPOCH + timedelta(seconds=seconds)).isoformat()[:19]


def date(text: str, field: str) -> int:
    """Read an ISO date: any number of decimals, any offset; without one it is UTC. Raises Invalid."""
    try:
        read = datetime.fromisoformat(_FRACTION.sub(r"\1", text.strip()))
        if read.tzinfo is None:
            read = read.replace(tzinfo=UTC)
        return (read - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise Invalid(field, f"{text[:60]!r} is not a date such as 2026-01-31T12:00:00Z") from None


@lru_cache(maxsize=4096)
def timespan_text(duration: int) -> str:
    """`1.03:16:50.5000000`, or `00:28:04` when nothing else is needed: .NET's constant format."""
    seconds, fraction = divmod(max(duration, 0), SECOND)
    days, seconds = divmod(seconds, _DAY)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return (f"{days}." if days else "") + text + (f".{fraction:06}0" if fraction else "")


def timespan(text: str, field: str) -> int:
    """Read `[d.]hh:mm:ss[.fffffff]`; hours may pass 23. Raises Invalid."""
    match = _TIMESPAN.fullmatch(text.strip())
    if match is None:
        raise Invalid(
            field, f"{text[:60]!r} is not a duration such as 1.06:30:00 (days.hours:minutes:seconds)"
        )
    part = {name: int(match[name] or 0) for name in ("days", "hours", "minutes", "seconds")}
    seconds = part["days"] * _DAY + part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
    duration = seconds * SECOND + int((match["fraction"] or "0").ljust(7, "0")[:6])
    return -duration if match["sign"] else duration
