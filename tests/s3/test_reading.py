"""An object is read whole, whatever happens to its key meanwhile."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from stokehold.s3.ranges import Range
from stokehold.s3.reading import Reading, read
from stokehold.store import buckets, objects
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database
from stokehold.store.objects import Address, Attributes, Extent, NoSuchKey, Object
from tests.s3.gateway import new_account

MIB = 1024**2


class Shelf:
    """A bucket on the index and the files themselves, without a gateway."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self.database, self.blobs = database, blobs
        account_id = database.write_now(new_account, "alice@example.org")
        database.write_now(buckets.create, account_id, "buck", 0)
        self.at = Address(account_id, "buck", b"k")

    def put(self, *parts: bytes) -> None:
        extents = tuple(Extent(self.blob(part), len(part)) for part in parts)
        new = Object(b"k", sum(map(len, parts)), f"etag-{len(parts)}", 0, Attributes(), extents)
        self.blobs.remove(self.database.write_now(objects.put, self.at, new))

    def blob(self, data: bytes) -> str:
        writer = self.blobs.writer()
        writer.write(data)
        return writer.commit()

    async def open(self, start: int = 0, length: int | None = None) -> Reading:
        def choose(there: Object) -> Range:
            return Range(start, there.size - start if length is None else length, there.size)

        return await read(self.database, self.blobs, self.at, choose)


@pytest.fixture
def shelf(sqlite_url: str, tmp_path: Path) -> Iterator[Shelf]:
    database, blobs = Database(sqlite_url), Blobs(tmp_path / "blobs")
    yield Shelf(database, blobs)
    blobs.close()
    database.close()


async def rest(reading: Reading) -> bytes:
    return b"".join([piece async for piece in reading.pieces()])


@pytest.mark.parametrize(
    "parts", [[b""], [b"hello"], [b"a" * (3 * MIB)], [b"a" * MIB, b"b" * (2 * MIB + 1), b"c"]]
)
def test_any_range_is_that_of_the_whole(shelf: Shelf, parts: list[bytes]) -> None:
    shelf.put(*parts)
    whole = b"".join(parts)

    async def check() -> None:
        for start, length in (
            (0, len(whole)),
            (len(whole) // 2, len(whole) // 3),
            (MIB - 1, 2),
            (len(whole), 0),
        ):
            if start + length <= len(whole):
                assert await rest(await shelf.open(start, length)) == whole[start : start + length]

    asyncio.run(check())


@pytest.mark.parametrize("parts", [1, 3])
def test_an_object_replaced_while_it_is_read_is_read_to_its_end(shelf: Shelf, parts: int) -> None:
    old = [os.urandom(2 * MIB) for _ in range(parts)]
    shelf.put(*old)

    async def check() -> bytes:
        pieces = (reading := await shelf.open()).pieces()
        first = await anext(pieces)
        await asyncio.to_thread(shelf.put, b"new")
        found = first + b"".join([piece async for piece in pieces])
        reading.close()
        return found

    assert asyncio.run(check()) == b"".join(old)
    files = [path for path in shelf.blobs.folder.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in files] == [b"new"]


def test_readers_beside_a_writer_always_get_one_whole_version(shelf: Shelf) -> None:
    versions = [[bytes([n]) * (MIB // 2), bytes([n]) * MIB] if n % 2 else [bytes([n]) * 9] for n in range(12)]
    shelf.put(*versions[0])

    async def check() -> None:
        async def reader() -> None:
            while not done.is_set():
                found = await rest(await shelf.open())
                assert list(found[:1]) * len(found) == list(found)

        done = asyncio.Event()
        readers = [asyncio.create_task(reader()) for _ in range(3)]
        for parts in versions:
            await asyncio.to_thread(shelf.put, *parts)
        done.set()
        await asyncio.gather(*readers)

    asyncio.run(check())
    assert not shelf.blobs._pins


def test_an_object_that_is_replaced_whenever_it_is_looked_at_is_read_in_the_end(shelf: Shelf) -> None:
    shelf.put(b"0")
    later = iter(range(1, 20))

    def choose(there: Object) -> Range:
        for number in later:
            shelf.put(b"%d" % number)
            break
        return Range(0, there.size, there.size)

    reading = asyncio.run(read(shelf.database, shelf.blobs, shelf.at, choose))
    assert reading.data == b"19"


def test_an_object_that_goes_while_its_files_are_pinned_leaves_none_of_them(shelf: Shelf) -> None:
    class Pinning(Blobs):
        def pin(self, blobs: Sequence[str]) -> None:
            super().pin(blobs)
            self.remove(shelf.database.write_now(objects.remove, shelf.at.account_id, "buck", [b"k"]))

    shelf.put(b"a" * MIB, b"b" * MIB)
    with closing(Pinning(shelf.blobs.folder)) as blobs, pytest.raises(NoSuchKey):
        asyncio.run(read(shelf.database, blobs, shelf.at, lambda there: Range(0, there.size, there.size)))
    assert [path for path in blobs.folder.rglob("*") if path.is_file()] == []


def test_a_missing_file_is_an_error_of_ours(shelf: Shelf) -> None:
    shelf.put(b"x" * MIB)
    for path in shelf.blobs.folder.rglob("*"):
        if path.is_file():
            path.unlink()
    with pytest.raises(FileNotFoundError):
        asyncio.run(shelf.open())


def test_a_reading_that_is_never_begun_holds_nothing_once_closed(shelf: Shelf) -> None:
    async def check() -> Any:
        shelf.put(b"a" * MIB, b"b" * MIB)
        reading = await shelf.open()
        assert len(shelf.blobs._pins) == 2
        reading.close()
        return shelf.blobs._pins

    assert not asyncio.run(check())
