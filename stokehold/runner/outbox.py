"""The reports that the server has not acknowledged, on disk: a restart of either side loses none."""

import ctypes
import os
from collections import deque
from collections.abc import Sequence
from io import FileIO
from pathlib import Path

import msgspec

from stokehold.domain.protocol import Ended, Lost, Report, Returned

ROOM = 4 * 1024 * 1024  # past this size a file whose reports are all acknowledged is begun anew

_KEEP_SIZE = 0x01  # FALLOC_FL_KEEP_SIZE
_libc = ctypes.CDLL(None, use_errno=True)
_encoder = msgspec.msgpack.Encoder()


class Outbox:
    """Numbered reports in their order.

    The page cache is safe from a kill; a machine that dies loses its attempts anyway.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._pending: deque[tuple[int, Report]] = deque()
        self._next = 1
        self._read()
        self._file = self._open()

    def add(self, reports: Sequence[Report]) -> None:
        """Number and keep reports, all of them or none. Raises OSError when the disk does not take them."""
        numbered = list(enumerate(reports, self._next))
        lines = bytearray()
        for item in numbered:
            body = _encoder.encode(item)
            lines += len(body).to_bytes(4, "big") + body
        self._write(lines)
        self._pending.extend(numbered)
        self._next += len(numbered)

    def batch(self, most: int, most_bytes: int = 4 * 1024 * 1024) -> tuple[int, list[Report]]:
        """The number of the oldest pending report, and the reports from there on."""
        taken: list[Report] = []
        size = 0
        for _, report in self._pending:
            size += len(getattr(report, "data", b""))
            if taken and (len(taken) >= most or size > most_bytes):
                break
            taken.append(report)
        return (self._pending[0][0] if self._pending else self._next), taken

    def ack(self, last: int) -> None:
        """Forget the reports up to number `last`."""
        while self._pending and self._pending[0][0] <= last:
            self._pending.popleft()
        if not self._pending and self._file.tell() > ROOM:
            self._begin_anew()

    def ended(self) -> set[str]:
        """The tokens whose end waits here."""
        return {report.token for _, report in self._pending if isinstance(report, Ended | Lost | Returned)}

    def __len__(self) -> int:
        return len(self._pending)

    def close(self) -> None:
        self._file.close()

    def _begin_anew(self) -> None:
        """Keep the numbering: an empty file would begin at 1 and the server would take new reports for old ones."""
        body = _encoder.encode((self._next - 1, None))
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(len(body).to_bytes(4, "big") + body)
        except OSError:
            return  # the disk is full: the file at hand still has its reserve
        self._file.close()
        os.replace(fresh, self._path)
        self._file = self._open()

    def _open(self) -> FileIO:
        """The file, with room reserved in it: the last reports must find their place when the disk is full."""
        file = FileIO(self._path, "ab")
        _libc.fallocate(file.fileno(), _KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(ROOM))
        return file

    def _write(self, lines: bytearray) -> None:
        size = os.fstat(self._file.fileno()).st_size
        left = memoryview(lines)
        try:
            while left:
                left = left[self._file.write(left) :]
        except OSError:
            os.truncate(self._path, size)  # a piece of a line would make all that follows unreadable
            raise

    def _read(self) -> None:
        data = self._path.read_bytes() if self._path.exists() else b""
        start = 0
        while len(data) - start >= 4:
            end = start + 4 + int.from_bytes(data[start : start + 4], "big")
            if end > len(data):
                break  # the last line was being written
            number, report = _record.decode(data[start + 4 : end])
            self._next = number + 1
            if report is not None:
                self._pending.append((number, report))
            start = end
        if start < len(data):
            os.truncate(self._path, start)


_record = msgspec.msgpack.Decoder(tuple[int, Report | None])
