"""Tasks that run, and snapshots of them, through the store's own doors."""

from typing import Any

from sqlalchemy import func, select

from stokehold.domain.events import SnapshotAsked
from stokehold.domain.protocol import Phased, Saved
from stokehold.domain.snapshot import Config
from stokehold.domain.states import Phase
from stokehold.store import nodes, snapshots, tasks
from stokehold.store.schema import tasks as tasks_table
from tests.store.kitchen import Kitchen

OUT = Config(bucket="out")


def running(kitchen: Kitchen, count: int = 2, **fields: Any) -> tuple[tasks.Task, list[str]]:
    """A task whose instances all run, and their tokens."""
    task = kitchen.task(instance_count=count, **{"result_bucket": "out", **fields})
    tokens = [lease.token for lease in kitchen.lease(count)]
    kitchen.record(*(Phased(token, Phase.EXECUTION, kitchen.now) for token in tokens))
    return kitchen.again(task.uuid), tokens


def ask(kitchen: Kitchen, task: tasks.Task, config: Config = OUT, **fields: Any) -> snapshots.Snapshot:
    kitchen.record(SnapshotAsked(task.id, snapshots.name(task.uuid, kitchen.now), config, **fields))
    return newest(kitchen, task)


def newest(kitchen: Kitchen, task: tasks.Task) -> snapshots.Snapshot:
    found = kitchen.database.read_now(snapshots.newest, task.id)
    assert found is not None
    return found


def orders(kitchen: Kitchen, after: int = 0) -> list[Any]:
    return list(kitchen.database.read_now(nodes.commands, kitchen.node, after))


def rows(kitchen: Kitchen, table: Any) -> int:
    return kitchen.database.read_now(
        lambda c: c.execute(select(func.count()).select_from(table)).scalar_one()
    )


def column(kitchen: Kitchen, task: tasks.Task, name: str) -> Any:
    query = select(tasks_table.c[name]).where(tasks_table.c.id == task.id)
    return kitchen.database.read_now(lambda conn: conn.execute(query).scalar_one())


def saved(kitchen: Kitchen, token: str, of: int, **words: Any) -> None:
    kitchen.record(Saved(token, of, kitchen.now, **words))
