"""A database that an earlier version made is brought to this one with everything that is in it."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import Connection, create_engine, select, text

from stokehold.domain.protocol import Ended, Inventory
from stokehold.store import attempts, journal, leases, migrations, nodes, tasks
from stokehold.store.database import Database
from stokehold.store.schema import actions
from tests.store.audit import audit

#: As the first version left it: a task of three, of which one runs, one ended and one waits; and one that is cancelled
#: while it runs.
_TASK = """
INSERT INTO tasks (id, uuid, account_id, shortname, name, profile, spec, state, state_at, created_at, modified_at,
    cancel_asked, delete_asked, total, ready, dispatched, executing, uploading, succeeded, failed, cancelled,
    retries_spent, results_count, download_us, environment_us, execution_us, upload_us,
    ready_range, requeued_range, started_range, succeeded_range, failed_range, cancelled_range)
VALUES"""
_ATTEMPT = """
INSERT INTO attempts (id, task_id, instance_id, number, failures, losses, token, node_id, phase, leased_at, phase_at,
    started_at, ended_at, stopping, report)
VALUES"""
_REPORT = msgspec.json.encode(Ended("11.x", 9, exit_code=0, execution_us=7)).decode()
FIRST = [
    "INSERT INTO accounts (id, email, token_digest, token_sealed, created_at) VALUES (1, 'a@b.org', 'd', '', 5)",
    "INSERT INTO nodes (id, uuid, name, session, inventory, report_seq, seen_at, lost) "
    """VALUES (1, 'n', 'oven', 's', '{"name":"oven","cores":4,"memory_mb":1024,"slots":2}', 2, 5, false)""",
    f"""{_TASK} (7, 'u', 1, 'short', 'old', 'docker-batch',
    '{{"name":"old","profile":"docker-batch","instanceCount":3,"tags":["t"],
    "labels":{{"team":"red","{"k" * 201}":"x"}}}}', 'PartiallyExecuting', 9, 5, 9,
    false, false, 3, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 7, 0, '2', '', '0-1', '0', '', '')""",
    f"""{_TASK} (8, 'v', 1, 'v', 'old', 'docker-batch',
    '{{"name":"old","profile":"docker-batch","instanceCount":1}}', 'PendingCancel', 9, 5, 9,
    true, false, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '', '0', '', '', '')""",
    "INSERT INTO tags (task_id, tag) VALUES (7, 't')",
    f"{_ATTEMPT} (11, 7, 0, 1, 0, 0, '11.x', 1, 'succeeded', 6, 9, 7, 9, false, '{_REPORT}')",
    f"{_ATTEMPT} (12, 7, 1, 1, 0, 0, '12.x', 1, 'execution', 6, 7, 7, NULL, false, NULL)",
    f"{_ATTEMPT} (13, 8, 0, 1, 0, 0, '13.x', 1, 'execution', 6, 7, 7, NULL, true, NULL)",
    "INSERT INTO actions (id, kind, node_id, attempt_id) VALUES (41, 'stop', 1, 13)",
    "INSERT INTO journal (seq, at, task_id, event) VALUES (1, 5, 7, 'submitted')",
    "INSERT INTO journal (seq, at, task_id, instance_id, attempt, event) VALUES (2, 9, 7, 0, 1, 'succeeded')",
]
NUMBERED = {
    "accounts": "id",
    "nodes": "id",
    "tasks": "id",
    "attempts": "id",
    "actions": "id",
    "journal": "seq",
}


@pytest.fixture
def old(database_url: str, tmp_path: Path) -> str:
    """The URL of a database as the first version left it."""
    url = database_url if database_url.startswith("postgres") else f"sqlite:///{tmp_path / 'old.db'}"
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as conn:
        if engine.dialect.name == "postgresql":
            conn.execute(text("DROP SCHEMA public CASCADE"))
            conn.execute(text("CREATE SCHEMA public"))
        migrations.apply(conn, "0001")
        for statement in FIRST:
            conn.exec_driver_sql(statement)
        for table, key in NUMBERED.items() if engine.dialect.name == "postgresql" else ():
            serial = f"pg_get_serial_sequence('{table}', '{key}')"
            conn.exec_driver_sql(f"SELECT setval({serial}, max({key})) FROM {table}")
    engine.dispose()
    return url


@pytest.fixture
def upgraded(old: str) -> Iterator[Database]:
    opened = Database(old)
    yield opened
    opened.close()


def test_nothing_is_lost_in_an_upgrade(upgraded: Database) -> None:
    upgraded.read_now(_same)
    upgraded.read_now(audit)


def _same(conn: Connection) -> None:
    task = tasks.find(conn, 1, "short")
    assert task is not None
    assert (task.uuid, task.state, task.ready_range, task.succeeded_range) == (
        "u",
        "PartiallyExecuting",
        "2",
        "0",
    )
    row = conn.execute(
        text("SELECT waits_for, scheduling, needs, job_id, evictable FROM tasks WHERE id = 7")
    ).one()
    assert tuple(row) == (0, "flex", "", None, False)
    assert [a.instance_id for a in tasks.active(conn, task, 9)] == [1]
    assert [a.report.execution_us for a in tasks.ended(conn, task, 9) if a.report] == [7]
    assert conn.execute(text("SELECT tag FROM tags")).scalars().all() == ["t"]
    rows = conn.execute(text("SELECT task_id, key, value_head, account_id FROM labels"))
    assert [tuple(row) for row in rows] == [(7, "team", "red", 1)]
    lines = conn.execute(text("SELECT event FROM journal ORDER BY seq")).scalars().all()
    assert lines == ["submitted", "succeeded"]


def test_what_a_runner_was_told_is_told_again_and_numbers_go_on(upgraded: Database) -> None:
    stops = upgraded.read_now(nodes.commands, 1, 0)
    assert [stop.token for stop in stops] == ["13.x"]
    more = actions.insert().returning(actions.c.id)
    values = {"kind": "refresh", "node_id": 1, "attempt_id": 13}
    new = upgraded.write_now(lambda conn: conn.execute(more, values).scalar_one())
    assert new > 41


def test_an_old_task_goes_on_to_its_end(upgraded: Database) -> None:
    inventory = Inventory("oven", cores=4, memory_mb=1024, slots=2)
    assert upgraded.write_now(nodes.introduce, "n", "s", inventory, 10) == 1
    given = upgraded.write_now(leases.claim, 1, 5, lambda: "y", 10)
    [lease] = [lease for one in given for lease in one.leases]
    assert lease.instance_id == 2
    assert attempts.attempt_id(lease.token) == 14
    ends = [Ended("12.x", 11, exit_code=0, execution_us=3), Ended(lease.token, 12, exit_code=0)]
    upgraded.write_now(journal.record, ends, 12)
    task = upgraded.read_now(tasks.find, 1, "u")
    assert task is not None
    assert (task.state, task.succeeded_range) == ("Success", "0-2")
    upgraded.read_now(audit)


def test_an_upgraded_database_has_the_newest_version(upgraded: Database) -> None:
    version = upgraded.read_now(
        lambda conn: conn.execute(text("SELECT version_num FROM alembic_version")).scalar()
    )
    assert version == migrations.newest()
    assert upgraded.read_now(lambda conn: conn.execute(select(actions.c.data)).scalars().all()) == [""]
