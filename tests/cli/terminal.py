"""A command on a terminal of its own, with somebody who types."""

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.waiting import DEADLINE_S

STOKE = Path(sys.executable).with_name("stoke")


class Terminal:
    """`stoke …` in a pseudo-terminal."""

    def __init__(self, *arguments: str | Path, env: Mapping[str, str]) -> None:
        self.text = ""
        told = {**os.environ, **env, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"}
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            signal.signal(
                signal.SIGINT, signal.SIG_DFL
            )  # a shell's background job ignores it, with all its children
            os.execve(STOKE, [str(STOKE), *map(str, arguments)], told)

    def until(self, words: str, deadline_s: float = DEADLINE_S) -> None:
        """Read until these words have come."""
        end = time.monotonic() + deadline_s
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} did not come: {self.text[-2000:]}"
            assert self._read(0.2), f"{words!r} did not come before the end: {self.text[-2000:]}"

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def end(self) -> int:
        """Read to the end; the exit code."""
        while self._read(30.0):
            pass
        _, status = os.waitpid(self.pid, 0)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(status)

    def _read(self, patience_s: float) -> bool:
        if not select.select([self._fd], [], [], patience_s)[0]:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.text += data.decode(errors="replace")
        return bool(data)
