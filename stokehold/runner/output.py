"""What the program of one instance prints: reported while it runs, read for progress, and for its last words."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from stokehold.domain.progress import Gauge
from stokehold.domain.protocol import Printed
from stokehold.runner.reporter import Reporter
from stokehold.runner.tail import Tail

LAST_WORDS = 4096  # bytes of the standard error that may tell why a program failed

Constants = Callable[[], Mapping[str, str]]


class Output:
    """Both streams of one attempt."""

    def __init__(self, token: str, stdout: Path, stderr: Path, kept: int, reporter: Reporter) -> None:
        """`kept` is how many bytes of each stream the server keeps."""
        self._tails = Tail(token, 1, stdout, kept), Tail(token, 2, stderr, kept)
        self._stderr, self._reporter = stderr, reporter
        self._gauge: Gauge | None = None

    def begin_again(self) -> None:
        """An earlier runner has reported some of it."""
        for tail in self._tails:
            tail.again = True

    def report(self, constants: Constants, *, final: bool = False) -> float | None:
        """Report what was printed since the last look; returns the progress in percent that it tells, if any."""
        progress = None
        for tail in self._tails:
            pieces = tail.more(final=final)
            if pieces:
                self._reporter.add(*pieces)
                told = self._read(pieces, constants)
                progress = progress if told is None else told
        return progress

    def last_words(self) -> bytes:
        """The end of the standard error."""
        try:
            with self._stderr.open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - LAST_WORDS))
                return file.read()
        except FileNotFoundError:
            return b""

    def _read(self, pieces: Sequence[Printed], constants: Constants) -> float | None:
        if self._gauge is None:
            self._gauge = Gauge(constants())
        return self._gauge.read(b"".join(piece.data for piece in pieces)) if self._gauge else None
