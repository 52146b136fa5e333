"""What a program prints is reported as it comes; progress and last words are read from it."""

from pathlib import Path

import pytest

from stokehold.domain.progress import PATTERNS
from stokehold.domain.protocol import Printed, Report
from stokehold.runner.outbox import Outbox
from stokehold.runner.output import LAST_WORDS, Output
from stokehold.runner.reporter import Reporter
from stokehold.runner.server_link import ServerLink

NOTHING: dict[str, str] = {}


class Desk:
    """One program's streams, and the reports that are made of them."""

    def __init__(self, folder: Path) -> None:
        self.stdout, self.stderr = folder / "1", folder / "2"
        link = ServerLink("http://127.0.0.1:9", folder / "token")
        self._reporter = Reporter(Outbox(folder / "outbox"), link, "node", "session")
        self.output = Output("1.x", self.stdout, self.stderr, 1000, self._reporter)

    def reports(self) -> list[Report]:
        self._reporter.keep()
        return self._reporter._outbox.batch(100)[1]


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_both_streams_are_reported_once_as_they_grow(desk: Desk) -> None:
    assert desk.output.report(lambda: NOTHING) is None
    desk.stdout.write_bytes(b"a\nb")
    desk.stderr.write_bytes(b"oh\n")
    desk.output.report(lambda: NOTHING)
    desk.output.report(lambda: NOTHING, final=True)
    assert desk.reports() == [
        Printed("1.x", 1, 0, b"a\n"), Printed("1.x", 2, 0, b"oh\n"), Printed("1.x", 1, 2, b"b"),
    ]  # fmt: skip


def test_what_an_earlier_runner_may_have_reported_is_marked(desk: Desk) -> None:
    desk.stdout.write_bytes(b"a\n")
    desk.output.begin_again()
    desk.output.report(lambda: NOTHING)
    assert desk.reports() == [Printed("1.x", 1, 0, b"a\n", again=True)]


def test_progress_is_what_either_stream_told_last(desk: Desk) -> None:
    constants = {PATTERNS[0]: r"(\d+) %"}
    desk.stdout.write_bytes(b"10 %\n20 %\n")
    assert desk.output.report(lambda: constants) == 20
    desk.stderr.write_bytes(b"30 %\n")
    assert desk.output.report(lambda: constants) == 30
    desk.stdout.write_bytes(b"10 %\n20 %\nno more\n")
    assert desk.output.report(lambda: constants) is None


def test_last_words_are_the_end_of_the_standard_error(desk: Desk) -> None:
    assert desk.output.last_words() == b""
    desk.stderr.write_bytes(b"x" * LAST_WORDS + b"the end")
    assert desk.output.last_words() == b"x" * (LAST_WORDS - 7) + b"the end"
