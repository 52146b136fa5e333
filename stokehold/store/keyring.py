"""The keys that sign S3 requests, remembered until an account changes."""

import time
from collections.abc import Callable

from stokehold.store import accounts, passes
from stokehold.store.accounts import CHANGED
from stokehold.store.database import Database
from stokehold.store.vault import Vault

MOST = 1000  # keys remembered; a server with more accounts at work begins anew


class Keyring:
    """Looks a key up once: each request of a client would otherwise read and unseal it again."""

    def __init__(
        self, database: Database, vault: Vault, clock: Callable[[], int] = lambda: time.time_ns() // 1000
    ) -> None:
        """`clock` gives microseconds since 1970."""
        self._database, self._vault, self._clock = database, vault, clock
        self._known: dict[str, tuple[int, str]] = {}
        database.listen(CHANGED, self._forget)

    async def find(self, access_key: str) -> tuple[int, str] | None:
        """(account id, secret key) of an access key. Neither keys that nobody has are remembered, nor passes,
        which end with their instance."""
        if passes.is_access_key(access_key):
            now = self._clock()
            return await self._database.read(passes.storage_secret, self._vault, access_key, now)
        if known := self._known.get(access_key):
            return known
        remembered = self._known
        found = await self._database.read(accounts.storage_secret, self._vault, access_key)
        if found is not None:
            if len(remembered) >= MOST:
                remembered.clear()
            remembered[access_key] = (
                found  # into the book of before the look: a change meanwhile has begun another
            )
        return found

    def signer(self, account_id: int) -> tuple[str, str]:
        """(access key, secret key) for URLs that act on the storage of one account."""
        return accounts.signer(self._vault, account_id)

    def _forget(self) -> None:
        self._known = {}
