"""Passes: the credentials of one running instance. Nothing of them is stored: they follow from the master key.

A pass acts for the account of its task while its attempt runs, and for LIFE_US at most. It is dead as soon as the
attempt has ended or was lost, or the deletion of its task was asked.
"""

import hmac
import re
from typing import Any

from sqlalchemy import Connection, bindparam, select

from stokehold.store.accounts import Account
from stokehold.store.schema import accounts, attempts, tasks
from stokehold.store.vault import Vault

LIFE_US = 7 * 24 * 3600 * 1_000_000

_TOKEN = re.compile(r"P([0-9]{1,18})x[0-9a-f]{64}")
_ACCESS_KEY = re.compile(r"pass\.([0-9]{1,18})\.(.+)")

_HOLDER = (
    select(accounts.c.id, accounts.c.email, accounts.c.created_at, attempts.c.token)
    .join(tasks, tasks.c.account_id == accounts.c.id)
    .join(attempts, attempts.c.task_id == tasks.c.id)
    .where(
        attempts.c.id == bindparam("attempt"),
        attempts.c.ended_at.is_(None),
        attempts.c.leased_at > bindparam("since"),
        tasks.c.delete_asked.is_(False),
    )
)


def token(vault: Vault, attempt_id: int, lease: str) -> str:
    """The pass of an attempt, as an API token and an S3 secret key; `lease` is the attempt's lease token."""
    return f"P{attempt_id}x{vault.derive(f'pass {lease}')}"


def access_key(attempt_id: int, email: str) -> str:
    """The S3 access key that goes with a pass, which has the form of an e-mail."""
    return f"pass.{attempt_id}.{email}"


def is_token(text: str) -> bool:
    """Whether `text` has the form of a pass; no account's token has."""
    return _TOKEN.fullmatch(text) is not None


def is_access_key(text: str) -> bool:
    return _ACCESS_KEY.fullmatch(text) is not None


def holder(conn: Connection, vault: Vault, text: str, now: int) -> Account | None:
    """The account that a living pass acts for. Its `email` is the pass's own access key, as clients expect it."""
    shape = _TOKEN.fullmatch(text)
    row = _living(conn, int(shape[1]), now) if shape else None
    if shape is None or row is None:
        return None
    attempt_id = int(shape[1])
    if not hmac.compare_digest(token(vault, attempt_id, row.token), text):
        return None
    return Account(row.id, access_key(attempt_id, row.email), row.created_at)


def storage_secret(conn: Connection, vault: Vault, key: str, now: int) -> tuple[int, str] | None:
    """(account id, secret key) of the access key of a living pass."""
    shape = _ACCESS_KEY.fullmatch(key)
    row = _living(conn, int(shape[1]), now) if shape else None
    if shape is None or row is None or row.email != shape[2]:
        return None
    return row.id, token(vault, int(shape[1]), row.token)


def _living(conn: Connection, attempt_id: int, now: int) -> Any:
    return conn.execute(_HOLDER, {"attempt": attempt_id, "since": now - LIFE_US}).first()
