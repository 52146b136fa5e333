"""Following what programs print: from their files to reports, while they run and once more at their end."""

import ctypes
import os
from pathlib import Path

from stokehold.domain.protocol import OUTPUT_KEPT, Printed, Stream

PIECE = 256 * 1024  # bytes in one report
_PUNCH = 0x03  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE
_PUNCH_EVERY = 32 * 1024 * 1024

_libc = ctypes.CDLL(None, use_errno=True)


class Tail:
    """One output stream of one attempt."""

    def __init__(self, token: str, stream: Stream, path: Path, kept: int = OUTPUT_KEPT) -> None:
        """`kept` is how many bytes of a stream the server keeps: older output need not travel."""
        self.token, self.stream, self.path = token, stream, path
        self.again = False  # whether an earlier runner has told some of it
        self._sent = 0
        self._seen = 0  # the size at the last look
        self._punched = 0
        self._kept = kept

    def more(self, *, final: bool = False) -> list[Printed]:
        """What was printed since the last look: whole lines; one without end when it stops growing, or if `final`."""
        try:
            size = os.stat(self.path).st_size
        except FileNotFoundError:
            return []
        if size <= self._sent:
            return []
        final = final or size == self._seen
        self._seen = size
        with self.path.open("rb") as file:
            pieces = self._read(file.fileno(), size, final)
        if self._sent - self._punched > _PUNCH_EVERY:
            self._punch()
        return pieces

    def _read(self, descriptor: int, size: int, final: bool) -> list[Printed]:
        self._sent = max(self._sent, size - self._kept)
        pieces: list[Printed] = []
        while self._sent < size:
            data = os.pread(descriptor, min(PIECE, size - self._sent), self._sent)
            whole = data if final or len(data) == PIECE else data[: data.rfind(b"\n") + 1]
            if not whole:
                break
            pieces.append(Printed(self.token, self.stream, self._sent, whole, self.again))
            self._sent += len(whole)
        return pieces

    def _punch(self) -> None:
        """Give back the disk of what has been sent: a program that prints for days must not fill it."""
        descriptor = os.open(self.path, os.O_WRONLY)
        try:
            _libc.fallocate(descriptor, _PUNCH, ctypes.c_long(0), ctypes.c_long(self._sent))
        finally:
            os.close(descriptor)
        self._punched = self._sent
