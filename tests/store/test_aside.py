import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import func, insert, select

from stokehold.store.aside import THREADS, Aside
from stokehold.store.database import Connection, Database
from stokehold.store.schema import journal

DEADLINE_S = 30


def add(conn: Connection) -> None:
    conn.execute(insert(journal).values(at=1, task_id=1, event="x"))


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(journal)).scalar_one()


def fail(_conn: Connection) -> int:
    raise ValueError("bad")


@pytest.fixture
def held() -> Iterator[threading.Event]:
    """What holds a query up until it is set."""
    event = threading.Event()
    yield event
    event.set()


def test_what_is_done_aside_sees_what_the_other_sees(database: Database) -> None:
    database.write_now(add)

    def query(conn: Connection, aside: Aside) -> list[int]:
        first = count(conn)
        database.write_now(add)
        asked = aside.begin(count)
        database.write_now(add)
        return [first, asked(), count(conn)]

    assert database.read_aside_now(query) == [1, 1, 1]
    assert database.read_now(count) == 3


def test_what_was_written_before_is_seen(database: Database) -> None:
    for number in range(20):
        assert (
            database.read_aside_now(lambda conn, aside: (aside.begin(count)(), count(conn))) == (number,) * 2
        )
        database.write_now(add)


def test_while_a_commit_is_under_way_everything_is_seen_on_one_connection(database: Database) -> None:
    with database._asides.committing:
        found = database.read_aside_now(lambda conn, aside: (aside.begin(count)(), count(conn)))
    assert found == (0, 0)


def test_both_go_on_at_once(sqlite_url: str, held: threading.Event) -> None:
    database = Database(sqlite_url)
    begun = threading.Event()

    def slow(conn: Connection) -> int:
        begun.set()
        assert held.wait(DEADLINE_S)
        return count(conn)

    def query(conn: Connection, aside: Aside) -> int:
        asked = aside.begin(slow)
        assert begun.wait(DEADLINE_S)
        assert count(conn) == 0
        held.set()
        return asked()

    assert database.read_aside_now(query) == 0
    database.close()


def test_what_finds_no_thread_is_done_by_who_wants_it(sqlite_url: str, held: threading.Event) -> None:
    database = Database(sqlite_url)
    for _ in range(THREADS):
        database._asides._threads.submit(held.wait, DEADLINE_S)
    assert database.read_aside_now(lambda _conn, aside: aside.begin(count)()) == 0
    assert not held.is_set()
    held.set()
    database.close()


def test_what_fails_aside_fails_where_it_is_wanted(database: Database) -> None:
    with pytest.raises(ValueError, match="bad"):
        database.read_aside_now(lambda _conn, aside: aside.begin(fail)())
    assert database.read_aside_now(lambda _conn, aside: aside.begin(count)()) == 0


def test_a_query_that_fails_leaves_nothing_behind(database: Database) -> None:
    def query(conn: Connection, aside: Aside) -> int:
        aside.begin(count)
        return fail(conn)

    for _ in range(30):  # more than there are connections
        with pytest.raises(ValueError, match="bad"):
            database.read_aside_now(query)
    assert database.read_now(count) == 0
