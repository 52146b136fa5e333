"""The built-in storage keeps the contract of domain.storage, and its URLs work for any HTTP client."""

import asyncio
import hashlib
import os
import time
from typing import Any

import pytest

from stokehold.domain.errors import Invalid, NotFound
from stokehold.domain.protocol import Destination
from stokehold.domain.storage import PART_SIZE, ObjectInfo, Storage
from tests.s3 import wire
from tests.s3.gateway import ALICE, BOB, Gateway


@pytest.fixture
def alice(gateway: Gateway, s3: Any) -> int:
    return gateway.ids[ALICE]


def fetch(gateway: Gateway, method: str, url: str, body: bytes = b"") -> wire.Reply:
    return wire.send(gateway, method, url.removeprefix(gateway.endpoint), {}, body)


def store(gateway: Gateway, plan: Destination, body: bytes) -> wire.Reply:
    """What a runner does with a plan."""
    if plan.url:
        return fetch(gateway, "PUT", plan.url, body)
    inner = ""
    for number, part in enumerate(plan.parts, 1):
        reply = fetch(gateway, "PUT", part.url, body[part.offset : part.offset + part.size])
        inner += f"<Part><PartNumber>{number}</PartNumber><ETag>{reply.headers['etag']}</ETag></Part>"
    document = f"<CompleteMultipartUpload>{inner}</CompleteMultipartUpload>"
    return fetch(gateway, "POST", plan.complete, document.encode())


def test_it_is_a_storage(gateway: Gateway) -> None:
    storage: Storage = gateway.storage
    assert storage.endpoint == gateway.endpoint


def test_a_bucket_is_made_once_and_found(gateway: Gateway, alice: int) -> None:
    async def check() -> None:
        storage = gateway.storage
        assert await storage.missing_buckets(alice, ["y", "buck", "x"]) == ["y", "x"]
        await storage.ensure_bucket(alice, "new")
        await storage.ensure_bucket(alice, "new")
        assert await storage.missing_buckets(alice, ["new"]) == []
        assert await storage.missing_buckets(gateway.ids[BOB], ["new"]) == ["new"]
        with pytest.raises(Invalid, match="bucket"):
            await storage.ensure_bucket(alice, "No Good")

    asyncio.run(check())


def test_lists_hold_every_object_under_a_prefix(gateway: Gateway, s3: Any, alice: int) -> None:
    for key in ("a/2", "a/1", "b"):
        s3.put_object(Bucket="buck", Key=key, Body=b"hello")
    md5 = hashlib.md5(b"hello").hexdigest()

    async def check() -> None:
        found = await gateway.storage.list_objects(alice, "buck", "a/")
        assert found == [ObjectInfo("a/1", 5, md5), ObjectInfo("a/2", 5, md5)]
        with pytest.raises(NotFound):
            await gateway.storage.list_objects(gateway.ids[BOB], "buck")

    asyncio.run(check())


@pytest.mark.parametrize("key", ["k", "dir/a b+é~*.txt", "../x", "%2e"])
def test_a_presigned_url_reads_one_object(gateway: Gateway, s3: Any, alice: int, key: str) -> None:
    s3.put_object(Bucket="buck", Key=key, Body=b"hello")
    assert fetch(gateway, "GET", gateway.storage.presign_get(alice, "buck", key, 60)).body == b"hello"


@pytest.mark.parametrize("size", [0, 5, PART_SIZE, PART_SIZE + 1, 2 * PART_SIZE + 7])
def test_a_planned_upload_stores_the_object(gateway: Gateway, s3: Any, alice: int, size: int) -> None:
    body = os.urandom(size)
    plan = asyncio.run(gateway.storage.plan_upload(alice, "buck", "out/x é", "x é", size, 60))
    assert (plan.path, plan.key, bool(plan.parts)) == ("x é", "out/x é", size > PART_SIZE)
    assert store(gateway, plan, body).status == 200
    found = s3.get_object(Bucket="buck", Key="out/x é")
    assert found["Body"].read() == body
    assert ("-" in found["ETag"]) == (size > PART_SIZE)


def test_a_plan_for_a_missing_bucket_is_refused_or_fails(gateway: Gateway, alice: int) -> None:
    with pytest.raises(NotFound):
        asyncio.run(gateway.storage.plan_upload(alice, "gone", "k", "k", PART_SIZE + 1, 60))
    plan = asyncio.run(gateway.storage.plan_upload(alice, "gone", "k", "k", 5, 60))
    assert store(gateway, plan, b"hello").code == "NoSuchBucket"


def test_an_enormous_upload_keeps_within_ten_thousand_parts(gateway: Gateway, alice: int) -> None:
    size = PART_SIZE * 10_000 + 1
    plan = asyncio.run(gateway.storage.plan_upload(alice, "buck", "k", "k", size, 60))
    assert len(plan.parts) <= 10_000
    assert sum(part.size for part in plan.parts) == size


def test_the_sweep_takes_orphans_and_abandoned_uploads_and_nothing_else(
    gateway: Gateway, s3: Any, alice: int
) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"kept")
    upload = s3.create_multipart_upload(Bucket="buck", Key="u")["UploadId"]
    s3.upload_part(Bucket="buck", Key="u", UploadId=upload, PartNumber=1, Body=b"part")
    for _ in range(2):  # one orphan is old, the other may be an upload that is just being entered
        writer = gateway.blobs.writer()
        writer.write(b"orphan")
        orphan = gateway.blobs.path(writer.commit())
    old = time.time() - 7200
    left = gateway.blobs.temporary / "left"
    left.write_bytes(b"half")
    for path in gateway.files():
        if path != orphan:
            os.utime(path, (old, old))
    assert asyncio.run(gateway.storage.sweep()) == 2
    assert sorted(path.read_bytes() for path in gateway.files()) == [b"kept", b"orphan", b"part"]
    clock = gateway.storage._clock
    gateway.storage._clock = lambda: clock() + 8 * 24 * 3600
    asyncio.run(gateway.storage.sweep())
    assert [path.read_bytes() for path in gateway.files()] == [b"kept"]
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == b"kept"
