"""The table of task errors, for pages and programs that explain them: an extension."""

import re

from starlette.responses import Response

from stokehold.api.call import Call, answer
from stokehold.api.progress import Answer
from stokehold.domain.errors import table


class Fault(Answer, kw_only=True):
    """An error that tasks and instances can show, whose failure it is, and what to do."""

    code: str
    kind: str
    message: str  # of what happened; the names of its blanks are in braces
    advice: str


async def faults(call: Call) -> Response:
    """Every error by its code."""
    return answer(_FAULTS)


def _plain(message: str) -> str:
    return re.sub(r"\{(\w+)[^}]*\}", r"{\1}", message)


_FAULTS = [
    Fault(code=code, kind=str(fault.kind), message=_plain(fault.what), advice=_plain(fault.advice))
    for code, fault in sorted(table().items())
]
