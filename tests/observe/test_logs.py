"""One format for every log line, and no secret in any of them."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest
import structlog

from stokehold.domain.protocol import Returned
from stokehold.observe.logs import HIDDEN, Format, set_up_logs


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged as JSON; afterwards logging is as it was."""
    out = io.StringIO()
    handlers, level = logging.root.handlers[:], logging.root.level
    logging.getLogger(
        "uvicorn"
    ).propagate = True  # a server of another test may have kept its messages to itself
    logging.getLogger("uvicorn.error").setLevel(logging.NOTSET)
    set_up_logs("info", "json", out)
    yield out
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def last(lines: io.StringIO) -> dict[str, object]:
    parsed: dict[str, object] = json.loads(lines.getvalue().splitlines()[-1])
    return parsed


def test_an_event_is_one_line_of_json_with_its_fields(lines: io.StringIO) -> None:
    structlog.get_logger().info("instance.lost", task="t", attempt=2)
    event = last(lines)
    assert event.pop("at")
    assert event == {"event": "instance.lost", "level": "info", "task": "t", "attempt": 2}


def test_events_below_the_level_are_not_written(lines: io.StringIO) -> None:
    structlog.get_logger().debug("detail")
    logging.getLogger("uvicorn.error").debug("detail")
    assert lines.getvalue() == ""


def test_messages_of_libraries_come_in_the_same_format(lines: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("listening on %s", "socket")
    assert last(lines)["event"] == "listening on socket"
    assert last(lines)["logger"] == "uvicorn.error"
    assert last(lines)["level"] == "warning"


def test_libraries_that_write_whole_urls_stay_quiet(lines: io.StringIO) -> None:
    logging.getLogger("httpx2").info("GET http://s3/b/k?X-Amz-Signature=abc")
    logging.getLogger("uvicorn.access").info("GET /b/k?X-Amz-Signature=abc")
    assert lines.getvalue() == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"token": "hunter2"},
        {"headers": {"Authorization": "hunter2"}},
        {"url": "http://s3/b/k?X-Amz-Signature=hunter2&X-Amz-Expires=60"},
        {"database": "postgresql://me:hunter2@db/stokehold"},
        {"report": Returned("hunter2")},
        {"reports": [Returned("hunter2")]},
        {"error": "bad header authorization: Bearer hunter2"},
        {"constants": {"QARNOT_SECRET_KEY": "hunter2"}},
    ],
)
def test_no_secret_is_written(lines: io.StringIO, fields: dict[str, object]) -> None:
    structlog.get_logger().info("happened", **fields)
    assert "hunter2" not in lines.getvalue()
    assert HIDDEN in lines.getvalue()


def test_what_is_no_secret_is_written(lines: io.StringIO) -> None:
    fields = {
        "api": "http://127.0.0.1:8080",
        "at_ipv6": "http://[::1]:8081/x",
        "runtime": "process",
        "count": 3,
    }
    structlog.get_logger().info("server.ready", **fields)
    assert fields.items() <= last(lines).items()


@pytest.mark.parametrize("form", ["json", "text"])
def test_no_secret_of_an_exception_is_written(lines: io.StringIO, form: Format) -> None:
    set_up_logs("info", form, lines)
    try:
        int("password=hunter2")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert "ValueError" in lines.getvalue()
    assert "hunter2" not in lines.getvalue()


def test_a_terminal_gets_text(lines: io.StringIO) -> None:
    set_up_logs("info", "text", lines)
    structlog.get_logger().info("server.ready", port=1)
    assert "server.ready" in lines.getvalue()
    assert not lines.getvalue().startswith("{")


def test_loggers_made_before_the_set_up_obey_it(lines: io.StringIO) -> None:
    early = structlog.get_logger()
    again = io.StringIO()
    early.info("first")
    set_up_logs("error", "json", again)
    early.info("second")
    assert again.getvalue() == ""


def test_a_process_that_logs_does_not_carry_rich() -> None:
    code = "import sys, stokehold.observe.logs; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
