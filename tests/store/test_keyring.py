"""The keyring: one look for each key, none that outlives a change."""

import asyncio

from sqlalchemy import update

from stokehold.store import accounts, passes
from stokehold.store.accounts import CHANGED
from stokehold.store.database import Connection, Database, wake
from stokehold.store.keyring import Keyring
from stokehold.store.schema import accounts as table
from stokehold.store.vault import Vault
from tests.store.kitchen import Kitchen

VAULT = Vault(b"k" * 32)


def test_a_key_is_found_and_a_change_of_accounts_forgets_it(database: Database) -> None:
    async def story() -> None:
        keyring = Keyring(database, VAULT)
        assert await keyring.find("a@b.c") is None
        account = await database.write(accounts.create, VAULT, "a@b.c", "first", 0)
        assert await keyring.find("a@b.c") == (account.id, "first")
        await database.write(_renew, "second")
        assert await keyring.find("a@b.c") == (account.id, "second")

    asyncio.run(story())


def _renew(conn: Connection, token: str) -> None:
    conn.execute(update(table).values(token_sealed=VAULT.seal(token)))
    wake(conn, CHANGED)


def test_internal_keys_sign_for_their_account_alone(database: Database) -> None:
    keyring = Keyring(database, VAULT)
    one, other = keyring.signer(1), keyring.signer(2)
    assert one[1] != other[1]
    assert asyncio.run(keyring.find(one[0])) == (1, one[1])


def test_the_pass_of_an_instance_is_found_while_it_runs_and_never_remembered(database: Database) -> None:
    kitchen = Kitchen(database)
    kitchen.task()
    [lease] = kitchen.lease(1)
    number = int(lease.token.partition(".")[0])
    key = passes.access_key(number, "user@example.org")

    async def story() -> None:
        keyring = Keyring(database, VAULT, lambda: kitchen.now)
        assert await keyring.find(key) == (kitchen.account, passes.token(VAULT, number, lease.token))
        kitchen.end(lease.token)
        assert await keyring.find(key) is None

    asyncio.run(story())
