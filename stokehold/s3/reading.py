"""Reading the bytes of an object, whatever happens to its key meanwhile."""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable

from stokehold.s3.ranges import Range
from stokehold.store.blobs import Blobs
from stokehold.store.database import Connection, Database
from stokehold.store.objects import Address, Extent, Object, find

PIECE = 1024 * 1024
INLINE = 256 * 1024  # up to here the bytes come along with the row, in one hop to a thread

Choose = Callable[[Object], Range]


class Reading:
    """An object as it was at one moment, and a range of its bytes."""

    def __init__(self, blobs: Blobs, there: Object, wanted: Range) -> None:
        self.object, self.range = there, wanted
        self.data: bytes | None = None
        self._blobs = blobs
        self._slices = list(_slices(there.extents, wanted))
        self._descriptor = -1
        self._pinned: list[str] = []
        self._begin()

    @property
    def spread(self) -> bool:
        """The bytes lie in several files, which must be pinned."""
        return len(self._slices) > 1

    def pin(self) -> None:
        self._pinned = [blob for blob, _, _ in self._slices]
        self._blobs.pin(self._pinned)

    def close(self) -> None:
        """Let go of the files."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self._blobs.unpin(self._pinned)
        self._pinned = []

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The bytes, the next piece being read while one is used. Closes itself."""
        if self.data is not None:
            yield self.data
            return
        loop = asyncio.get_running_loop()
        plan = [
            (blob, start + offset, min(PIECE, length - offset))
            for blob, start, length in self._slices
            for offset in range(0, length, PIECE)
        ]
        ahead: asyncio.Future[bytes] | None = None
        try:
            for step in [*plan, None]:
                piece = await ahead if ahead else b""
                ahead = loop.run_in_executor(self._blobs.executor, self._read, *step) if step else None
                if piece:
                    yield piece
        finally:
            if ahead:
                await asyncio.wait([ahead])
            self.close()

    def _begin(self) -> None:
        if len(self._slices) != 1:
            self.data = None if self._slices else b""
            return
        blob, start, length = self._slices[0]
        self._descriptor = self._blobs.open(blob)
        if length <= INLINE:
            self.data = self._read(blob, start, length)
            self.close()

    def _read(self, blob: str, start: int, length: int) -> bytes:
        if self._descriptor >= 0:
            return _read_fully(self._descriptor, start, length)
        descriptor = self._blobs.open(blob)
        try:
            return _read_fully(descriptor, start, length)
        finally:
            os.close(descriptor)


async def read(database: Database, blobs: Blobs, at: Address, choose: Choose) -> Reading:
    """Open the object; `choose` looks at it in a worker thread and says which bytes, or raises to refuse.

    Between the row and the files another request may replace the object: then the new one is read, and so on.
    Raises FileNotFoundError when the files are gone of an object that is still the same.
    """
    missed: Object | None = None
    while True:
        opened = await database.read(_open, blobs, at, choose, missed)
        if isinstance(opened, Object):
            missed = opened
        elif not opened.spread or await _pinned(database, at, opened):
            return opened


async def _pinned(database: Database, at: Address, reading: Reading) -> bool:
    """Pin the files; let go of them again unless they are still the object's."""
    reading.pin()
    same = False
    try:
        same = (await database.read(find, at)).extents == reading.object.extents
        return same
    finally:
        if not same:
            reading.close()


def _open(
    conn: Connection, blobs: Blobs, at: Address, choose: Choose, missed: Object | None
) -> Reading | Object:
    """The object, opened; or, when its files have gone since its row was read, only what it was."""
    there = find(conn, at)
    try:
        return Reading(blobs, there, choose(there))
    except FileNotFoundError:
        if missed is not None and missed.extents == there.extents:
            raise
        return there


def _slices(extents: tuple[Extent, ...], wanted: Range) -> "list[tuple[str, int, int]]":
    """Those parts of the blobs that the range covers: (blob, start, length)."""
    found: list[tuple[str, int, int]] = []
    position, end = 0, wanted.start + wanted.length
    for extent in extents:
        first, last = max(wanted.start, position), min(end, position + extent.size)
        if first < last:
            found.append((extent.blob, first - position, last - first))
        position += extent.size
    return found


def _read_fully(descriptor: int, start: int, length: int) -> bytes:
    data = os.pread(descriptor, length, start)
    if len(data) == length:
        return data
    pieces = [data]
    while data and sum(map(len, pieces)) < length:
        read = sum(map(len, pieces))
        data = os.pread(descriptor, length - read, start + read)
        pieces.append(data)
    return b"".join(pieces)
