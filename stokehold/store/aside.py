"""A part of a query on a second connection, in a second thread: SQLite looks through one index on one core."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing, contextmanager
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")

THREADS = 2  # a few cores gain by it, and each connection has a cache of its own
_LOOK = (
    "SELECT 1 FROM alembic_version"  # SQLite's view is that of a transaction's first look, not of its begin
)


class Aside:
    """Carries out what is asked for on another connection that sees the same, if there is one."""

    def __init__(self, conn: Connection, other: Connection | None, threads: ThreadPoolExecutor) -> None:
        self._conn, self._other, self._threads = conn, other, threads
        self._begun: list[Future[Any]] = []

    def begin(self, query: Callable[[Connection], T]) -> Callable[[], T]:
        """Begin `query`, of which there is one at a time; returns what waits for its answer, and gives it or raises."""
        if self._other is None:
            return lambda: query(self._conn)
        future = self._threads.submit(query, self._other)
        self._begun.append(future)
        # What still waits for a thread is done sooner by the one that wants it.
        return lambda: query(self._conn) if future.cancel() else future.result()

    def end(self) -> None:
        """Wait until nobody uses the other connection."""
        wait([future for future in self._begun if not future.cancel()])


class Asides:
    """Opens pairs of connections. `committing` is held by whoever commits, so that both of a pair see the same."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aside")
        self.committing = Lock()

    def close(self) -> None:
        self._threads.shutdown()

    @contextmanager
    def open(self) -> Iterator[tuple[Connection, Aside]]:
        """A connection in a transaction, and what may be done aside of it."""
        with ExitStack() as stack:
            conn = stack.enter_context(self._engine.connect())
            stack.enter_context(conn.begin())
            other = self._twin(conn, stack) if conn.dialect.name == "sqlite" else None
            aside = Aside(conn, other, self._threads)
            stack.callback(aside.end)
            yield conn, aside

    def _twin(self, conn: Connection, stack: ExitStack) -> Connection | None:
        """Another connection with the view of `conn`, which has not looked yet; None when a commit is under way."""
        other = stack.enter_context(self._engine.connect())
        stack.enter_context(other.begin())
        if not self.committing.acquire(blocking=False):
            return None
        try:
            for each in (conn, other):
                with closing(each.connection.cursor()) as looking:
                    looking.execute(_LOOK)
        finally:
            self.committing.release()
        return other
