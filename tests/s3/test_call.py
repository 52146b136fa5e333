"""What becomes of a blob whose entry in the index fails."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from stokehold.s3.auth import Payload
from stokehold.s3.body import Body
from stokehold.s3.call import Call
from stokehold.s3.errors import S3Error
from stokehold.s3.request import parse
from stokehold.store.blobs import Blobs
from stokehold.store.database import Connection, Database


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[Blobs]:
    opened = Blobs(tmp_path / "blobs")
    yield opened
    opened.close()


@pytest.fixture
def call(sqlite_url: str, blobs: Blobs) -> Iterator[Call]:
    database = Database(sqlite_url)
    scope = {
        "method": "PUT",
        "raw_path": b"/b/k",
        "query_string": b"max-keys=7&bad=x",
        "headers": [(b"host", b"h")],
    }
    request = parse(scope, [])
    yield Call(request, 1, Body(request, Payload(), _never, blobs.executor), database, blobs, 0)
    database.close()


async def _never() -> None:
    await asyncio.Event().wait()


def blob(blobs: Blobs) -> str:
    writer = blobs.writer()
    writer.write(b"hello")
    return writer.commit()


def refuse(_conn: Connection) -> None:
    raise S3Error("PreconditionFailed")


def break_down(_conn: Connection) -> None:
    raise RuntimeError("who knows whether this was committed")


def test_a_refused_blob_goes(call: Call, blobs: Blobs) -> None:
    name = blob(blobs)
    with pytest.raises(S3Error):
        asyncio.run(call.enter(name, refuse))
    assert not blobs.path(name).exists()


def test_a_blob_whose_fate_is_unknown_stays_for_the_sweep(call: Call, blobs: Blobs) -> None:
    name = blob(blobs)
    with pytest.raises(RuntimeError):
        asyncio.run(call.enter(name, break_down))
    assert blobs.path(name).exists()


def test_many_blobs_are_unlinked(call: Call, blobs: Blobs) -> None:
    names = [blob(blobs) for _ in range(20)]
    asyncio.run(call.discard(names))
    assert not any(blobs.path(name).exists() for name in names)


def test_numbers_among_the_parameters(call: Call) -> None:
    assert (call.number("max-keys", 1000), call.number("max-keys", 1000, most=5), call.number("none", 3)) == (
        7,
        5,
        3,
    )
    for name, least in (("bad", 0), ("max-keys", 8)):
        with pytest.raises(S3Error, match="InvalidArgument"):
            call.number(name, 0, least)
