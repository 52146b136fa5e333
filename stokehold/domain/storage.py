"""The object storage that tasks read and write, as the rest of the server sees it.

Two implementations: the built-in gateway and an external S3. All calls are safe to make at the same time and to repeat.
"""

from typing import Protocol

from msgspec import Struct

from stokehold.domain.protocol import Destination

PART_SIZE = 8 * 1024 * 1024  # clients guess ETags of large objects from parts of this size (api.md 5.3)


class ObjectInfo(Struct, frozen=True):
    """One stored object; `etag` has no quotes."""

    key: str
    size: int
    etag: str


class Storage(Protocol):
    """Buckets are named within an account: two accounts may use one name."""

    @property
    def endpoint(self) -> str:
        """The URL that clients use."""

    async def ensure_bucket(self, account_id: int, bucket: str) -> None:
        """Create the bucket unless it is there."""

    async def missing_buckets(self, account_id: int, buckets: list[str]) -> list[str]:
        """Those of `buckets` that do not exist, in their order."""

    async def list_objects(self, account_id: int, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        """Every object whose key begins with `prefix`, in key order. Raises NotFound without the bucket."""

    def presign_get(self, account_id: int, bucket: str, key: str, expires_s: int) -> str:
        """A URL that reads the object until it expires."""

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
        """URLs that store one object of `size` bytes: one PUT, or parts of PART_SIZE and a completion.

        `writer` is "<row id of the task>.<instance id>": a storage that can tell reports when one instance's result
        replaces another's.
        """
