"""One authenticated request, with all that an operation needs to answer it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import TypeVar

from msgspec import Struct

from stokehold.domain.errors import StokeholdError
from stokehold.s3.answer import Answer
from stokehold.s3.body import Body, Digest
from stokehold.s3.errors import S3Error
from stokehold.s3.request import Request
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database
from stokehold.store.objects import Address

T = TypeVar("T")


class Call(Struct, frozen=True):
    """One request of `account_id`; `now_us` in microseconds since 1970."""

    request: Request
    account_id: int
    body: Body
    database: Database
    blobs: Blobs
    now_us: int

    @property
    def bucket(self) -> str:
        return self.request.bucket

    @property
    def at(self) -> Address:
        return Address(self.account_id, self.request.bucket, self.request.key)

    def number(self, name: str, default: int, least: int = 0, most: int = 2**31 - 1) -> int:
        """A number among the parameters. Raises InvalidArgument."""
        text = self.request.parameters.get(name, "")
        if not text:
            return default
        if not re.fullmatch(r"[0-9]{1,12}", text) or not least <= int(text):
            raise S3Error("InvalidArgument", f"Argument {name} must be a whole number.", ArgumentName=name)
        return min(int(text), most)

    async def receive_blob(self, *, algorithm: str = "") -> tuple[str, Digest]:
        """Read the body into a new blob file: its id, and what was read. Nothing is left behind on failure."""
        writer = self.blobs.writer()
        committed: list[str] = []
        try:
            digest = await self.body.pour(
                writer, lambda: committed.append(writer.commit()), algorithm=algorithm
            )
        except BaseException:
            writer.discard()
            raise
        return committed[0], digest

    async def enter(self, blob: str, change: Callable[..., T], *args: object) -> T:
        """Run the change that makes `blob` known. When it is refused the file goes.

        After any other failure the change may have been committed all the same: then the file stays, and
        the sweep at the next start decides.
        """
        try:
            return await self.database.write(change, *args)
        except (S3Error, StokeholdError):
            await self.discard([blob])
            raise

    async def discard(self, blobs: list[str]) -> None:
        """Unlink files that nothing uses any more."""
        if len(blobs) > 16:
            await self.background(self.blobs.remove, blobs)
        elif blobs:
            self.blobs.remove(blobs)

    async def background(self, function: Callable[..., T], *args: object) -> T:
        """Run something that blocks in a worker thread."""

        return await asyncio.get_running_loop().run_in_executor(self.blobs.executor, function, *args)


Operation = Callable[[Call], Awaitable[Answer]]
