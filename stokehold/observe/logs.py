"""What an operator reads: one format for every log line, on standard error, and no secret in any."""

import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Literal, TextIO

import structlog

Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "text", "json"]

HIDDEN = "[hidden]"

#: Libraries that write URLs, signatures included, or what only their authors want to know.
TALKATIVE = (
    "uvicorn.access",
    "uvicorn.error",
    "httpx2",
    "httpcore2",
    "urllib3",
    "sqlalchemy",
    "alembic",
    "asyncio",
)

_SECRET_NAME = re.compile(
    r"token|secret|password|authori[sz]ation|signature|credential|master_key", re.IGNORECASE
)
_SECRET_TEXT = re.compile(
    r"""(?P<before>
        (?:token|secret|password|signature|credential)[\w-]* ["']? \s* [=:] \s* ["']?   # name=value
        | authorization ["']? \s* [=:] \s* ["']? (?:\w+\s+)?                           # header
    )[^\s"',;&)}@]+""",
    re.IGNORECASE | re.VERBOSE,
)
_PASSWORD = re.compile(r"(?P<before>://[^\s/:@]*:)[^\s/@]+(?=@)")  # user:password@ in a URL


def set_up_logs(level: Level = "info", format: Format = "auto", stream: TextIO | None = None) -> None:  # noqa: A002
    """Send the events of this process, and the messages of its libraries, to `stream` (standard error)."""
    out = stream or sys.stderr
    text = out.isatty() if format == "auto" else format == "text"
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            hide_secrets,
            _terminal(out) if text else structlog.processors.JSONRenderer(default=str),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=False,  # loggers are made at import, before the configuration is known
    )
    logging.basicConfig(handlers=[_Handover()], level=level.upper(), force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blank every value that is named like a secret or holds one."""
    for name, value in event.items():
        event[name] = _hidden(name, value)
    return event


def _hidden(name: str, value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case _ if _SECRET_NAME.search(name):
            return HIDDEN
        case Mapping():
            return {key: _hidden(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden("", inner) for inner in value]
        case _:
            return _blanked(_blanked(str(value), _SECRET_TEXT), _PASSWORD)


def _blanked(text: str, pattern: re.Pattern[str]) -> str:
    return pattern.sub(rf"\g<before>{HIDDEN}", text)


def _terminal(out: TextIO) -> Callable[..., str]:
    return structlog.dev.ConsoleRenderer(
        colors=out.isatty(), timestamp_key="at", exception_formatter=structlog.dev.plain_traceback
    )


class _Handover(logging.Handler):
    """Gives what libraries log to structlog: one format, and one place where secrets are hidden."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info
        )
