"""Accounts, and the keys by which they are known to REST and S3."""

import hashlib

from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from stokehold.domain.errors import Conflict
from stokehold.store.database import wake
from stokehold.store.schema import accounts
from stokehold.store.vault import Vault

CHANGED = "accounts"  # topic: an account or its token is not what it was

_INTERNAL = "lease."  # access keys with this prefix sign the URLs that runners are given
_ACCOUNT = select(accounts.c.id, accounts.c.email, accounts.c.created_at, accounts.c.operator)


class Account(Struct, frozen=True):
    """A person or robot. `email` is also the S3 access key."""

    id: int
    email: str
    created_at: int
    operator: bool = False  # may do what is for those who run the server


def create(
    conn: Connection, vault: Vault, email: str, token: str, at: int, *, operator: bool = False
) -> Account:
    """Make an account with one API token. Raises Conflict when the e-mail is in use."""
    row = {
        "email": email,
        "token_digest": _digest(token),
        "token_sealed": vault.seal(token),
        "created_at": at,
        "operator": operator,
    }
    try:
        account_id = conn.execute(accounts.insert().values(row).returning(accounts.c.id)).scalar_one()
    except IntegrityError as error:
        raise Conflict(f"There is already an account with the e-mail {email}.") from error
    wake(conn, CHANGED)
    return Account(account_id, email, at, operator)


def by_token(conn: Connection, token: str) -> Account | None:
    """The account that `token` belongs to."""
    row = conn.execute(_ACCOUNT.where(accounts.c.token_digest == _digest(token))).first()
    return Account(*row) if row else None


def by_email(conn: Connection, email: str) -> Account | None:
    row = conn.execute(_ACCOUNT.where(accounts.c.email == email)).first()
    return Account(*row) if row else None


def storage_secret(conn: Connection, vault: Vault, access_key: str) -> tuple[int, str] | None:
    """(account id, secret key) of an S3 access key: an e-mail, or the key of internally signed URLs."""
    if access_key.startswith(_INTERNAL):
        return _internal(vault, access_key)
    query = select(accounts.c.id, accounts.c.token_sealed).where(accounts.c.email == access_key)
    row = conn.execute(query).first()
    return (row.id, vault.open(row.token_sealed)) if row else None


def signer(vault: Vault, account_id: int) -> tuple[str, str]:
    """(access key, secret key) for URLs that act on the storage of one account."""
    access_key = f"{_INTERNAL}{account_id}"
    return access_key, vault.derive(f"storage {access_key}")


def _internal(vault: Vault, access_key: str) -> tuple[int, str] | None:
    number = access_key.removeprefix(_INTERNAL)
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return None
    return int(number), signer(vault, int(number))[1]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
