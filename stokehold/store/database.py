"""The one door to the data: reads in worker threads, writes in one thread that commits them in groups."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from stokehold.domain.errors import StokeholdError, StorageFull
from stokehold.store import connections, migrations
from stokehold.store.aside import Asides
from stokehold.store.connections import READERS
from stokehold.store.kept import Kept
from stokehold.store.savepoint import savepoint

__all__ = ["Connection", "Database", "wake"]

log = structlog.get_logger()

T = TypeVar("T")

GROUP = 256  # writes in one transaction: past this a commit costs less than the wait of the first

_FULL = ("is full", "disk I/O", "No space left")  # as SQLite and PostgreSQL say it


class Unusable(StokeholdError):
    """The database cannot be used."""


def wake(conn: Connection, topic: str) -> None:
    """Ask that those who wait on `topic` be woken once the running transaction has committed."""
    conn.info.setdefault("wakes", set()).add(topic)


class Database:
    """A store on SQLite or PostgreSQL.

    `read` and `write` take a function of a connection. All the writes that gather while a commit is
    under way share the next one; each runs in a savepoint, so one that raises undoes itself alone.
    One that breaks the whole transaction makes the others run again, so changes have no effect but on the data.
    A write's future completes after its commit: what was answered is durable. Making one raises Unusable.
    """

    def __init__(
        self, url: str, committed: Callable[[int, float], None] = lambda _writes, _seconds: None
    ) -> None:
        """`committed` is told of each commit: how many writes shared it, how many seconds it took."""
        self._committed = committed
        try:
            self.engine = connections.engine(url)
            migrations.upgrade(self.engine)
        except (SQLAlchemyError, ValueError) as error:
            raise Unusable(f"The database cannot be used: {getattr(error, 'orig', error)}") from error
        self.dialect = self.engine.dialect.name
        self._view = self.engine
        if self.dialect == "postgresql":
            self._view = self.engine.execution_options(isolation_level="REPEATABLE READ")
        self._asides = Asides(self._view)
        self._kept = self._keep() if self.dialect == "sqlite" else None
        self._closed = False
        self._queue: queue.SimpleQueue[_Write | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")
        self._listeners: dict[str, set[Callable[[], None]]] = {}
        self._watchers: set[Callable[[Iterable[str]], None]] = set()
        self._lists = threading.Lock()  # of listeners and watchers
        self._followers: dict[str, list[Callable[[Connection], None]]] = {}
        self._writer = threading.Thread(target=self._run, name="writer", daemon=True)
        self._writer.start()

    def close(self) -> None:
        """Finish the writes that were accepted, then let go of the connections."""
        self._closed = True
        self._queue.put(None)
        self._writer.join()
        while not self._queue.empty():  # what was sent at the very moment of closing
            if late := self._queue.get():
                late.fail(_closed())
        self._readers.shutdown()
        for kept in self._kept or ():
            kept.close()
        self._asides.close()
        self.engine.dispose()

    async def read(self, query: Callable[..., T], *args: Any) -> T:
        """Run `query(conn, *args)` on one consistent view of the data."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self.read_now(query, *args)
        )

    async def glance(self, query: Callable[..., T], *args: Any) -> T:
        """`read`, for a query of a few rows: on SQLite it costs less than the way to a thread and back."""
        if self._kept is not None:
            with self._kept.looking.transaction() as conn:
                return query(conn, *args)
        return await self.read(query, *args)

    def read_now(self, query: Callable[..., T], *args: Any) -> T:
        with self._view.connect() as conn, conn.begin():
            return query(conn, *args)

    async def read_aside(self, query: Callable[..., T], *args: Any) -> T:
        """`read`, of `query(conn, aside, *args)`: the Aside may carry out a part of it meanwhile, on the same view."""
        return await asyncio.get_running_loop().run_in_executor(
            self._readers, lambda: self.read_aside_now(query, *args)
        )

    def read_aside_now(self, query: Callable[..., T], *args: Any) -> T:
        with self._asides.open() as (conn, aside):
            return query(conn, aside, *args)

    async def write(self, change: Callable[..., T], *args: Any) -> T:
        """Run `change(conn, *args)`; return once it is on disk."""
        return await asyncio.wrap_future(self._submit(change, *args))

    def write_now(self, change: Callable[..., T], *args: Any) -> T:
        return self._submit(change, *args).result()

    def listen(self, topic: str, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener`, in the writer's thread, after each commit that woke `topic`; returns the undoing.

        A listener is quick and raises nothing: the next commit waits for it.
        """
        with self._lists:
            self._listeners.setdefault(topic, set()).add(listener)
        return lambda: self._unlisten(topic, listener)

    def watch(self, watcher: Callable[[Iterable[str]], None]) -> Callable[[], None]:
        """Call `watcher` after each commit with all the topics that it woke, as `listen` does; returns the undoing."""
        with self._lists:
            self._watchers.add(watcher)
        return lambda: self._watchers.discard(watcher)

    def _unlisten(self, topic: str, listener: Callable[[], None]) -> None:
        with self._lists:
            listeners = self._listeners.get(topic, set())
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(topic, None)

    def follow(self, topic: str, change: Callable[[Connection], None]) -> None:
        """Run `change(conn)` in each transaction that wakes `topic`, after the writes that woke it.

        It undoes itself alone when it raises; what it did may be undone with its transaction, without a word.
        """
        self._followers.setdefault(topic, []).append(change)

    def ring(self, topic: str) -> None:
        """Wake those who wait on `topic`, without a commit."""
        self._notify([topic])

    def _keep(self) -> "_Pair":
        # A writer that began deferred could fail at its first write, half-way through a group.
        writing = Kept(self.engine, "BEGIN IMMEDIATE", self._asides.committing)
        return _Pair(writing, Kept(self.engine, "BEGIN"))

    def _submit(self, change: Callable[..., T], *args: Any) -> "Future[T]":
        if self._closed:
            raise _closed()
        future: Future[T] = Future()
        self._queue.put(_Write(change, args, future))
        return future

    def _run(self) -> None:
        while True:
            group, closing = self._gather()
            if group:
                self._commit(group)
            if closing:
                return

    def _gather(self) -> "tuple[list[_Write], bool]":
        group: list[_Write] = []
        item = self._queue.get()
        while item is not None:
            group.append(item)
            if len(group) == GROUP:
                return group, False
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return group, False
        return group, True

    def _commit(self, group: "list[_Write]") -> None:
        try:
            topics = self._transact(group)
        except Exception as error:  # the commit itself, or the database is out of reach
            if len(group) > 1 and any(write.ruinous for write in group):
                for write in group:
                    self._commit([write])
                return
            for write in group:
                write.fail(_plain(error))
            return
        self._notify(topics)  # before the answers: who has one finds no memory of what was before
        for write in group:
            write.finish()

    def _transact(self, group: "list[_Write]") -> set[str]:
        """Carry out writes in one transaction; returns the topics they woke."""
        begun = time.monotonic()
        topics: set[str] = set()
        with self._kept.writing.transaction() if self._kept else self.engine.begin() as conn:
            conn.info["wakes"] = topics
            for write in group:
                write.run(conn, alone=len(group) == 1)
            self._run_followers(conn, topics)
        self._committed(len(group), time.monotonic() - begun)
        return topics

    def _run_followers(self, conn: Connection, topics: set[str]) -> None:
        for topic in topics & self._followers.keys():
            for change in self._followers[topic]:
                try:
                    with savepoint(conn):
                        change(conn)
                except OperationalError:  # the savepoint may be gone
                    raise
                except Exception:
                    log.exception("follower.failed", topic=topic)

    def _notify(self, topics: Iterable[str]) -> None:
        with self._lists:
            listeners = [one for topic in topics for one in self._listeners.get(topic, ())]
            watchers = list(self._watchers)
        for listener in listeners:
            listener()
        for watcher in watchers:
            watcher(topics)


class _Pair(NamedTuple):
    """The connections to SQLite that stay open: the writer's, and that of the glances."""

    writing: Kept
    looking: Kept


class _Write:
    """A change that waits for its commit."""

    def __init__(self, change: Callable[..., Any], args: tuple[Any, ...], future: "Future[Any]") -> None:
        self.change, self.args, self.future = change, args, future
        self.result: Any = None
        self.error: Exception | None = None
        self.ruinous = False  # it broke the transaction that it was part of

    def run(self, conn: Connection, *, alone: bool) -> None:
        self.error = None
        if alone:
            self.result = self.change(conn, *self.args)
            return
        try:
            with savepoint(conn):
                self.result = self.change(conn, *self.args)
        except Exception as error:
            if isinstance(error, OperationalError):  # the savepoint may be gone
                self.ruinous = True
                raise
            self.error = error

    def finish(self) -> None:
        if self.error is not None:
            self.fail(self.error)
        elif self.future.set_running_or_notify_cancel():
            self.future.set_result(self.result)

    def fail(self, error: Exception) -> None:
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


def _closed() -> RuntimeError:
    return RuntimeError("The database is closed.")


def _plain(error: Exception) -> Exception:
    if isinstance(error, OperationalError) and any(text in str(error.orig) for text in _FULL):
        return StorageFull("The data folder has no space left: free some, then try again.")
    return error
