"""The built-in storage as the rest of the server uses it: the index directly, the bytes by presigned URLs."""

import asyncio
import secrets
import time
from collections.abc import Callable

from stokehold.domain.protocol import Destination, Part
from stokehold.domain.storage import PART_SIZE, ObjectInfo
from stokehold.s3.attributes import WRITER
from stokehold.s3.multipart import MAX_PARTS
from stokehold.s3.sigv4 import Signer
from stokehold.store import blob_uses, buckets, object_pages, uploads
from stokehold.store.blobs import Blobs
from stokehold.store.database import Connection, Database
from stokehold.store.objects import Address, Attributes
from stokehold.store.uploads import Plan

PAGE = 1000
ABANDONED_S = 7 * 24 * 3600  # an upload whose URLs have all expired
REPEATABLE_S = 24 * 3600  # how long a completion can be repeated


class BuiltinStorage:
    """domain.storage.Storage on the gateway's own index.

    `signer` gives access key and secret of an account, for its presigned URLs; `clock` seconds since 1970.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        endpoint: str,
        signer: Callable[[int], tuple[str, str]],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database, self._blobs = database, blobs
        self._endpoint, self._signer, self._clock = endpoint.rstrip("/"), signer, clock

    @property
    def endpoint(self) -> str:
        return self._endpoint

    async def ensure_bucket(self, account_id: int, bucket: str) -> None:
        await self._database.write(buckets.create, account_id, bucket, self._now_us())

    async def missing_buckets(self, account_id: int, names: list[str]) -> list[str]:
        return await self._database.read(buckets.missing, account_id, names)

    async def list_objects(self, account_id: int, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        found: list[ObjectInfo] = []
        after: bytes | None = b""
        while after is not None:
            page = await self._database.read(_page, account_id, bucket, prefix.encode(), after)
            found += (ObjectInfo(entry.key.decode(), entry.size, entry.etag) for entry in page.entries)
            after = page.last
        return found

    def presign_get(self, account_id: int, bucket: str, key: str, expires_s: int) -> str:
        path = f"/{bucket}/{key}".encode()
        return self._signed(account_id).presign("GET", path, (), self._clock(), expires_s)

    async def plan_upload(
        self,
        account_id: int,
        bucket: str,
        key: str,
        path: str,
        size: int,
        expires_s: int,
        *,
        writer: str = "",
    ) -> Destination:
        if size <= PART_SIZE:
            told = ((WRITER, writer),) if writer else ()
            url = self._signed(account_id).presign(
                "PUT", f"/{bucket}/{key}".encode(), told, self._clock(), expires_s
            )
            return Destination(path, key, url)
        upload_id = secrets.token_hex(16)
        at = Address(account_id, bucket, key.encode())
        await self._database.write(
            uploads.create, at, upload_id, Plan(Attributes(writer=writer)), self._now_us()
        )
        parts, complete = await asyncio.to_thread(self._presign_parts, at, upload_id, size, expires_s)
        return Destination(path, key, "", parts, complete)

    async def sweep(self) -> int:
        """Forget abandoned uploads and unlink orphaned files; returns how many files. For the start, and daily."""
        now = self._clock()
        opened, completed = int((now - ABANDONED_S) * 1e6), int((now - REPEATABLE_S) * 1e6)
        while gone := await self._database.write(uploads.expire, opened, completed):
            self._blobs.remove(gone)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._blobs.executor, self._blobs.sweep, self._known, now)

    def _known(self, ids: list[str]) -> set[str]:
        return self._database.read_now(blob_uses.known, ids)

    def _presign_parts(
        self, at: Address, upload_id: str, size: int, expires_s: int
    ) -> tuple[list[Part], str]:
        signer, now = self._signed(at.account_id), self._clock()
        path = f"/{at.bucket}/".encode() + at.key
        upload = ("uploadId", upload_id)
        step = PART_SIZE * -(-size // (PART_SIZE * MAX_PARTS))
        parts = [
            Part(
                signer.presign("PUT", path, (("partNumber", str(number)), upload), now, expires_s),
                offset,
                min(step, size - offset),
            )
            for number, offset in enumerate(range(0, size, step), 1)
        ]
        return parts, signer.presign("POST", path, (upload,), now, expires_s)

    def _signed(self, account_id: int) -> Signer:
        return Signer(self._endpoint, *self._signer(account_id))

    def _now_us(self) -> int:
        return int(self._clock() * 1e6)


def _page(conn: Connection, account_id: int, bucket: str, prefix: bytes, after: bytes) -> object_pages.Page:
    bucket_id = buckets.find(conn, account_id, bucket).id
    return object_pages.page(conn, bucket_id, prefix, b"", after, PAGE)
