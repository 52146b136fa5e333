"""Lengths of time, as the vendor's commands take them."""

import re
from datetime import datetime, timedelta

from stokehold.client.errors import BadInput

_SPAN = re.compile(
    r"(?:(?P<days>\d+)(?:\.(?=\d)|$))?(?:(?P<hours>\d+)(?::(?P<minutes>\d+)(?::(?P<seconds>\d+))?)?)?"
)
_DATES = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d")


def duration(text: str, now: datetime) -> str:
    """Days, `D.HH[:MM[:SS]]`, `HH:MM[:SS]`, or what is left until a date, as `D.HH:MM:SS`. Raises BadInput."""
    span = _until(text, now) or _span(text)
    if span is None or span <= timedelta():
        raise BadInput(
            f"{text!r} is no time to come.", "Give days, [D.]HH:MM:SS, or a date as 2026/05/31 12:00:00."
        )
    minutes, seconds = divmod(span.seconds, 60)
    return f"{span.days}.{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _span(text: str) -> timedelta | None:
    found = _SPAN.fullmatch(text)
    told = found.groupdict() if found else {}
    return timedelta(**{unit: int(value) for unit, value in told.items() if value}) if told else None


def _until(text: str, now: datetime) -> timedelta | None:
    for form in _DATES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=now.tzinfo) - now
        except ValueError:
            continue
    return None
