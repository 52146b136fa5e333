"""The values of secret constants, sealed under the master key: each opens for its own task and constant alone."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from stokehold.domain.secret import FORCED
from stokehold.store.secret_schema import task_secrets
from stokehold.store.vault import Vault

Sealed = tuple[tuple[str, bytes], ...]  # (key, sealed value) of each secret of a task


def seal(vault: Vault, uuid: str, values: Mapping[str, str]) -> Sealed:
    """The values, so that only the task `uuid` can have them back."""
    return tuple((key, vault.seal(value, _bound(uuid, key))) for key, value in values.items())


def unseal(vault: Vault, uuid: str, sealed: Sealed) -> dict[str, str]:
    """What `seal` took. Raises InvalidTag when it was another task's, or another master key's."""
    return {key: vault.open(value, _bound(uuid, key)) for key, value in sealed}


def read(conn: Connection, vault: Vault, task_id: int, uuid: str) -> dict[str, str]:
    """The secrets of a task, in clear: what a changed or a derived task may keep."""
    return unseal(vault, uuid, of_tasks(conn, [task_id]).get(task_id, ()))


def of_tasks(conn: Connection, ids: Iterable[int]) -> dict[int, Sealed]:
    """The secrets of those of the tasks that have some."""
    found: dict[int, Sealed] = {}
    query = select(task_secrets).where(task_secrets.c.task_id.in_(list(ids)))
    for row in conn.execute(query):
        found[row.task_id] = (*found.get(row.task_id, ()), (row.key, row.sealed))
    return found


def insert(conn: Connection, task_id: int, sealed: Sealed) -> None:
    if sealed:
        rows = [{"task_id": task_id, "key": key, "sealed": value} for key, value in sealed]
        conn.execute(task_secrets.insert(), rows)


def replace(conn: Connection, task_id: int, sealed: Sealed) -> None:
    """Give a task these secrets instead of those that it had; forced ones stay."""
    own = task_secrets.c.key.not_like(f"{FORCED}%")
    conn.execute(task_secrets.delete().where(task_secrets.c.task_id == task_id, own))
    insert(conn, task_id, sealed)


def _bound(uuid: str, key: str) -> str:
    return f"constant {uuid} {key}"
