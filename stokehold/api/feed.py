"""What becomes of tasks, as it happens: server-sent events for a page that shows them (an extension)."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress

from starlette.responses import Response

from stokehold.api.call import Call
from stokehold.api.measures import progress
from stokehold.api.progress import Answer
from stokehold.api.streaming import HEARTBEAT, HEARTBEAT_S, Events, EventStream, event
from stokehold.api.tasks import found
from stokehold.domain.moments import date_text
from stokehold.domain.states import FINAL
from stokehold.store import tasks
from stokehold.store.database import Connection, Database
from stokehold.store.topics import CLOSING, gone_topic, task_topic

PAUSE_S = 0.25  # between looks: what changes more often is told once
MOST = 500  # tasks told of at once
ATTEMPTS_SEEN = 100  # running instances that the progress of a task is judged by


class TaskEvent(Answer, kw_only=True):
    """Where a task is: its state, and how many of its instances are where."""

    uuid: str
    name: str
    shortname: str
    state: str
    progress: float
    total_instance_count: int
    waiting: int
    dispatched: int
    executing: int
    uploading: int
    succeeded: int
    failed: int
    cancelled: int
    results_count: int
    creation_date: str
    last_modified: str
    end_date: str


class Gone(Answer, kw_only=True):
    """A task that was forgotten."""

    uuid: str


class Changes:
    """The tasks of one account that have changed since they were last taken."""

    def __init__(self, account_id: int) -> None:
        self._tasks, self._gone = task_topic(account_id, 0)[:-1], gone_topic(account_id, "")
        self._loop = asyncio.get_running_loop()
        self._some = asyncio.Event()
        self.ids: dict[int, None] = {}
        self.gone: dict[str, None] = {}

    def hear(self, topics: Iterable[str]) -> None:
        """After a commit, in the writer's thread."""
        ours = [t for t in topics if t.startswith((self._tasks, self._gone)) or t == CLOSING]
        if ours:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                self._loop.call_soon_threadsafe(self._note, ours)

    def _note(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic.startswith(self._tasks):
                self.ids[int(topic.removeprefix(self._tasks))] = None
            elif topic.startswith(self._gone):
                self.gone[topic.removeprefix(self._gone)] = None
        self._some.set()

    async def some(self, seconds: float) -> bool:
        """Wait for a change, at most so long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._some.wait()
        rung = self._some.is_set()
        self._some.clear()
        return rung

    def take(self) -> tuple[list[int], list[str]]:
        """Some of the changed tasks, and all that are gone; the rest waits for the next time."""
        ids, gone = list(self.ids)[:MOST], list(self.gone)
        for number in ids:
            del self.ids[number]
        self.gone.clear()
        if self.ids:
            self._some.set()
        return ids, gone


@contextmanager
def changes(database: Database, account_id: int) -> Iterator[Changes]:
    """The changes from now on, until the block is left."""
    noted = Changes(account_id)
    undo = database.watch(noted.hear)
    try:
        yield noted
    finally:
        undo()


async def of_account(call: Call) -> Response:
    """Every change of the account's tasks from now on."""
    return EventStream(_account_events(call))


async def of_task(call: Call) -> Response:
    """Where one task is, now and at every change, until its end."""
    return EventStream(_task_events(call, await call.services.database.read(found, call)))


async def _account_events(call: Call) -> Events:
    database, account = call.services.database, call.account.id
    with changes(database, account) as noted:
        yield b"retry: 1000\n" + event(
            {}, name="ready"
        )  # what changes from now on is told: time to read the list
        while not call.services.closing.is_set():
            if not await noted.some(HEARTBEAT_S):
                yield HEARTBEAT
                continue
            ids, gone = noted.take()
            told = [event(one, name="task") for one in await database.read(_told, account, ids)]
            told += [event(Gone(uuid=uuid), name="deleted") for uuid in gone]
            if told:
                yield b"".join(told)
            await asyncio.sleep(PAUSE_S)


async def _task_events(call: Call, task: tasks.Task) -> Events:
    database = call.services.database
    with changes(database, task.account_id) as noted:
        yield b"retry: 1000\n\n"
        while not call.services.closing.is_set():
            noted.ids.clear()
            [*told] = await database.read(_told, task.account_id, [task.id])
            if not told:
                yield event(Gone(uuid=task.uuid), name="deleted")
                return
            yield event(told[0], name="task")
            if told[0].state in FINAL:
                yield event({"state": told[0].state}, name="end")
                return
            await asyncio.sleep(PAUSE_S)
            while not (task.id in noted.ids or noted.gone or call.services.closing.is_set()):
                noted.ids.clear()
                if not await noted.some(HEARTBEAT_S):
                    yield HEARTBEAT


def _told(conn: Connection, account_id: int, ids: Sequence[int]) -> list[TaskEvent]:
    return [_event(conn, row) for row in tasks.given(conn, account_id, ids)]


def _event(conn: Connection, row: tasks.Task) -> TaskEvent:
    return TaskEvent(
        uuid=row.uuid,
        name=row.name,
        shortname=row.shortname,
        state=row.state,
        progress=progress(row, tasks.active(conn, row, ATTEMPTS_SEEN)),
        total_instance_count=row.total,
        waiting=row.ready,
        dispatched=row.dispatched,
        executing=row.executing,
        uploading=row.uploading,
        succeeded=row.succeeded,
        failed=row.failed,
        cancelled=row.cancelled,
        results_count=row.results_count,
        creation_date=date_text(row.created_at),
        last_modified=date_text(row.modified_at),
        end_date=date_text(row.ended_at),
    )
