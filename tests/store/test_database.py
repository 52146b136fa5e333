import asyncio
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text

from stokehold.domain.errors import StorageFull
from stokehold.store.database import GROUP, Connection, Database, wake
from stokehold.store.schema import journal
from tests import tools


def add(conn: Connection, event: str = "x", size: int = 0) -> None:
    conn.execute(insert(journal).values(at=1, task_id=1, event=event, data="x" * size))


def fail(conn: Connection, event: str = "bad") -> None:
    add(conn, event)
    raise ValueError(event)


def break_all(conn: Connection) -> None:
    add(conn, "bad")
    conn.execute(text("SELECT * FROM no_such_table"))


def events(conn: Connection) -> list[str]:
    return list(conn.execute(select(journal.c.event).order_by(journal.c.seq)).scalars())


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(journal)).scalar_one()


@pytest.fixture
def busy(database: Database) -> Iterator[Callable[[], None]]:
    """Keeps the writer at work, so that what follows gathers, until it is called."""
    begun, go = threading.Event(), threading.Event()

    def work(_conn: Connection) -> None:
        begun.set()
        go.wait(30)

    database._submit(work)
    assert begun.wait(30)
    yield go.set
    go.set()


def test_what_is_written_can_be_read(database: Database) -> None:
    database.write_now(add, "a")
    assert database.read_now(events) == ["a"]


def test_coroutines_read_and_write_too(database: Database) -> None:
    async def main() -> list[str]:
        await asyncio.gather(*(database.write(add, "x") for _ in range(20)))
        return await database.read(events)

    assert asyncio.run(main()) == ["x"] * 20


def test_a_write_that_raises_undoes_itself_alone(database: Database, busy: Callable[[], None]) -> None:
    futures = [database._submit(change, str(n)) for n, change in enumerate([add, fail, add, fail, add])]
    busy()
    errors = [str(error) if (error := future.exception(30)) else None for future in futures]
    assert errors == [None, "1", None, "3", None]
    assert database.read_now(events) == ["0", "2", "4"]


def test_a_write_alone_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ValueError, match="bad"):
        database.write_now(fail)
    assert database.read_now(events) == []


def test_a_write_that_breaks_the_transaction_fails_alone(
    database: Database, busy: Callable[[], None]
) -> None:
    one = database._submit(add, "one")
    broken = database._submit(break_all)
    raises = database._submit(fail)
    two = database._submit(add, "two")
    busy()
    assert broken.exception(30) is not None
    assert str(raises.exception(30)) == "bad"
    assert one.exception(30) is two.exception(30) is None
    assert database.read_now(events) == ["one", "two"]


def test_a_group_is_one_transaction_and_keeps_the_order(database: Database, busy: Callable[[], None]) -> None:
    seen: list[int] = []

    def look(conn: Connection, event: str) -> None:
        add(conn, event)
        seen.append(database.read_now(count))

    futures = [database._submit(look, str(n)) for n in range(5)]
    busy()
    for future in futures:
        future.result(30)
    assert seen == [0] * 5, "nobody sees a part of a group"
    assert database.read_now(events) == list("01234")


def test_more_writes_than_a_group_holds_are_all_carried_out(
    database: Database, busy: Callable[[], None]
) -> None:
    futures = [database._submit(add, str(n)) for n in range(GROUP + 10)]
    busy()
    for future in futures:
        future.result(60)
    assert database.read_now(events) == [str(n) for n in range(GROUP + 10)]


def test_an_answer_comes_after_the_commit(database: Database) -> None:
    for number in range(1, 20):
        assert database.write_now(add) is None
        assert database.read_now(count) == number


def test_listeners_are_called_after_the_commit_and_once_for_a_group(
    database: Database, busy: Callable[[], None]
) -> None:
    seen: list[int] = []
    undo = database.listen("topic", lambda: seen.append(database.read_now(count)))

    def add_and_wake(conn: Connection) -> None:
        add(conn)
        wake(conn, "topic")

    futures = [database._submit(add_and_wake) for _ in range(3)]
    busy()
    for future in futures:
        future.result(30)
    database.write_now(add)
    assert seen == [3]
    undo()
    database.write_now(add_and_wake)
    database.write_now(add)
    assert seen == [3]


def test_a_failed_commit_wakes_nobody(database: Database) -> None:
    seen: list[int] = []
    database.listen("topic", lambda: seen.append(1))

    def wake_and_fail(conn: Connection) -> None:
        wake(conn, "topic")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        database.write_now(wake_and_fail)
    database.write_now(add)
    assert database.write_now(lambda conn: None) is None
    assert seen == []


def test_a_read_is_one_view_of_the_data(database: Database) -> None:
    def twice(conn: Connection) -> tuple[int, int]:
        before = count(conn)
        database.write_now(add)
        return before, count(conn)

    assert database.read_now(twice) == (0, 0)
    assert database.read_now(count) == 1


def test_readers_do_not_wait_for_the_writer(database: Database, busy: Callable[[], None]) -> None:
    assert database.read_now(count) == 0
    busy()


def test_closing_finishes_what_was_accepted_and_takes_nothing_more(database_url: str) -> None:
    database = Database(database_url)
    futures = [database._submit(add) for _ in range(50)]
    database.close()
    assert all(future.done() and future.exception() is None for future in futures)
    with pytest.raises(RuntimeError, match="closed"):
        database.write_now(add)
    again = Database(database_url)
    assert again.read_now(count) == 50
    again.close()


def test_a_cancelled_wait_does_not_disturb_the_others(database: Database, busy: Callable[[], None]) -> None:
    one, two = database._submit(add, "one"), database._submit(add, "two")
    assert one.cancel()
    busy()
    assert two.result(30) is None
    database.write_now(add, "three")


def test_sqlite_commits_are_on_disk(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def pragmas(conn: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys")
        return [conn.execute(text(f"PRAGMA {name}")).scalar() for name in names]

    assert database.write_now(pragmas) == database.read_now(pragmas) == ["wal", 2, 1]
    database.close()


def test_a_database_out_of_pages_is_a_full_storage_and_recovers(sqlite_url: str) -> None:
    database = Database(sqlite_url)

    def bound(conn: Connection, more: int) -> None:
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count = {pages + more}"))

    database.write_now(bound, 20)
    with pytest.raises(StorageFull, match="no space"):
        database.write_now(add, "large", 1_000_000)
    database.write_now(add, "small")
    assert database.read_now(events) == ["small"]
    database.write_now(bound, 10_000)
    database.write_now(add, "large", 1_000_000)
    assert database.read_now(events) == ["small", "large"]
    database.close()


def test_a_write_that_does_not_fit_does_not_fail_those_beside_it(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    go = threading.Event()
    database._submit(lambda _conn: go.wait(30))

    def bound(conn: Connection) -> None:
        conn.execute(text("PRAGMA max_page_count = 100"))

    futures = [database._submit(bound), *(database._submit(add, "x", size) for size in (9, 10_000_000, 9))]
    go.set()
    errors = [type(future.exception(30)) for future in futures]
    assert errors == [type(None), type(None), StorageFull, type(None)]
    assert database.read_now(count) == 2
    database.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = [str(tools.require("mount")), "-t", "tmpfs", "-o", "size=4m", "none", str(folder)]
    if subprocess.run(mount, stderr=subprocess.DEVNULL, check=False).returncode:
        pytest.skip("this user may not mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_full_disk_is_told_as_such_and_nothing_is_lost(small_disk: Path, sqlite_url: str) -> None:
    path = small_disk / "stokehold.db"
    shutil.copyfile(sqlite_url.removeprefix("sqlite:///"), path)
    database = Database(f"sqlite:///{path}")
    kept = 0
    while (failed := database._submit(add, "x", 10_000).exception(30)) is None:
        kept += 1
    assert isinstance(failed, StorageFull)
    assert database.read_now(count) == kept > 0
    subprocess.run(["mount", "-o", "remount,size=16m", small_disk], check=True)
    database.write_now(add, "x", 1_000_000)
    assert database.read_now(count) == kept + 1
    database.close()


def test_a_database_that_another_holds_is_an_error_not_a_hang(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    database.write_now(lambda conn: conn.execute(text("PRAGMA busy_timeout = 50")))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="locked"):
        database.write_now(add)
    other.execute("ROLLBACK")
    other.close()
    database.write_now(add)
    assert database.read_now(count) == 1
    database.close()


def follow_with(database: Database, change: Callable[[Connection], None]) -> None:
    """Let `change` follow "topic", then write one event that wakes it and one that does not."""

    def waking(conn: Connection) -> None:
        add(conn, "a")
        wake(conn, "topic")

    database.follow("topic", change)
    database.write_now(waking)
    database.write_now(add, "b")


def test_what_follows_a_topic_is_part_of_the_transactions_that_wake_it(database: Database) -> None:
    follow_with(database, lambda conn: add(conn, "followed"))
    assert database.read_now(events) == ["a", "followed", "b"]


def test_a_follower_that_fails_undoes_itself_alone(database: Database) -> None:
    follow_with(database, fail)
    assert database.read_now(events) == ["a", "b"]
