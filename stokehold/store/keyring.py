"""The keys that sign S3 requests, remembered until an account changes."""

from stokehold.store import accounts
from stokehold.store.accounts import CHANGED
from stokehold.store.database import Database
from stokehold.store.vault import Vault

MOST = 1000  # keys remembered; a server with more accounts at work begins anew


class Keyring:
    """Looks a key up once: each request of a client would otherwise read and unseal it again."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database, self._vault = database, vault
        self._known: dict[str, tuple[int, str]] = {}
        database.listen(CHANGED, self._forget)

    async def find(self, access_key: str) -> tuple[int, str] | None:
        """(account id, secret key) of an access key. Keys that nobody has are not remembered."""
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
