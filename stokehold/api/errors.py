"""Errors as answers: one table, and one shape that every client reads (api.md 1.6)."""

import msgspec
import structlog
from msgspec import Struct
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stokehold.domain.errors import (
    Conflict,
    Forbidden,
    Invalid,
    NotBuilt,
    NotFound,
    StokeholdError,
    StorageFull,
    Unauthorized,
)
from stokehold.domain.hardware import Unavailable

_log = structlog.get_logger()


class TooLarge(StokeholdError):
    """The body is too large."""


class WrongMethod(StokeholdError):
    """The path exists, but not with this method."""

    def __init__(self, message: str, allowed: list[str]) -> None:
        super().__init__(message)
        self.allowed = allowed


class Problem(Struct):
    """What an error answers."""

    message: str


#: Statuses that clients retry (429, 500, 502, 503, 504) are never chosen here: api.md 1.8.
STATUS: dict[type[Exception], int] = {
    Invalid: 400,
    Unauthorized: 401,
    Unavailable: 402,  # so do clients know an impossible hardware constraint: api.md 1.6
    Forbidden: 403,
    NotFound: 404,
    WrongMethod: 405,
    Conflict: 409,
    TooLarge: 413,
    NotBuilt: 501,
    StorageFull: 507,
}
UNEXPECTED = "Something went wrong in the server; its log says what. Nothing is known to have been changed."


def status(error: Exception) -> int:
    """The HTTP status of an error; 500 for one that nobody thought of."""
    if isinstance(error, HTTPException):
        return error.status_code
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def message(error: Exception) -> str:
    """What the user is told. The unexpected is told to the log instead."""
    if isinstance(error, HTTPException):
        return str(error.detail)
    return error.message if isinstance(error, StokeholdError) else UNEXPECTED


def render(error: Exception, path: str = "") -> Response:
    """The answer to a request that failed."""
    code = status(error)
    if code == 500:
        _log.error("api.failed", path=path, exc_info=error)
    headers = {"allow": ", ".join(error.allowed)} if isinstance(error, WrongMethod) else None
    body = msgspec.json.encode(Problem(message(error)))
    return Response(body, code, headers, media_type="application/json")
