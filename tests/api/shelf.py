"""Object storage as small as can be: buckets in memory."""

from stokehold.domain.errors import NotFound
from stokehold.domain.protocol import Destination
from stokehold.domain.storage import ObjectInfo


class Shelf:
    """Keeps the contract of `Storage` for what the REST API asks of it."""

    endpoint = "http://storage.example.org:8081"

    def __init__(self) -> None:
        self.buckets: dict[tuple[int, str], dict[str, ObjectInfo]] = {}

    async def ensure_bucket(self, account_id: int, bucket: str) -> None:
        self.buckets.setdefault((account_id, bucket), {})

    async def missing_buckets(self, account_id: int, buckets: list[str]) -> list[str]:
        return [bucket for bucket in buckets if (account_id, bucket) not in self.buckets]

    async def list_objects(self, account_id: int, bucket: str, prefix: str = "") -> list[ObjectInfo]:
        if (account_id, bucket) not in self.buckets:
            raise NotFound
        return [o for key, o in sorted(self.buckets[account_id, bucket].items()) if key.startswith(prefix)]

    def presign_get(self, account_id: int, bucket: str, key: str, expires_s: int) -> str:
        return f"{self.endpoint}/{bucket}/{key}?account={account_id}&expires={expires_s}"

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
        return Destination(path, key, self.presign_get(account_id, bucket, key, expires_s))
