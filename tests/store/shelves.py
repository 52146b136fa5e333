"""Accounts and objects for the tests of the storage's index."""

from stokehold.store import buckets
from stokehold.store.database import Connection, Database
from stokehold.store.objects import Address, Attributes, Extent, Object
from stokehold.store.schema import accounts
from stokehold.store.storage_schema import blobs, objects


def account(database: Database, email: str = "alice@example.org") -> int:
    def insert(conn: Connection) -> int:
        row = {"email": email, "token_digest": email, "token_sealed": b"", "created_at": 0}
        return int(conn.execute(accounts.insert().values(row).returning(accounts.c.id)).scalar_one())

    return database.write_now(insert)


def bucket(database: Database, account_id: int, name: str = "buck") -> int:
    database.write_now(buckets.create, account_id, name, 0)
    return database.read_now(buckets.find, account_id, name).id


def made(key: bytes, *extents: tuple[str, int]) -> Object:
    size = sum(length for _, length in extents)
    return Object(
        key, size, f"etag-of-{key.decode()}", 1, Attributes(), tuple(Extent(*one) for one in extents)
    )


def at(account_id: int, key: bytes, name: str = "buck") -> Address:
    return Address(account_id, name, key)


def uses(conn: Connection) -> dict[str, int]:
    """How often each blob is used."""
    return {row.id: row.uses for row in conn.execute(blobs.select())}


def keys(conn: Connection) -> list[bytes]:
    return [row.key for row in conn.execute(objects.select().order_by(objects.c.key))]


def counters(database: Database, account_id: int, name: str = "buck") -> tuple[int, int]:
    found = database.read_now(buckets.find, account_id, name)
    return found.object_count, found.bytes_used
