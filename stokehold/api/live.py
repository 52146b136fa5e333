"""Output as it comes: a stream that ends when the last byte was sent (an extension)."""

import asyncio
import codecs

from msgspec import Struct
from starlette.responses import Response

from stokehold.api.call import Call
from stokehold.api.outputs import STREAMS, source
from stokehold.api.routes import Handler, Route
from stokehold.api.streaming import HEARTBEAT, HEARTBEAT_S, Events, EventStream, event, last_seen
from stokehold.api.tasks import found
from stokehold.domain.protocol import Stream
from stokehold.domain.ranges import Ranges
from stokehold.domain.states import FINAL
from stokehold.store import outputs, tasks
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Connection
from stokehold.store.outputs import MERGED, Source
from stokehold.store.topics import CLOSING, printed_topic, task_topic

GATHER_S = 0.01  # after a commit that told of more: what follows at once goes in the same event
MOST = 256 * 1024  # bytes of one event


class News(Struct, frozen=True):
    """What came after a place in a stream."""

    data: bytes
    place: int
    more: bool
    state: str | None  # of the task or instance, when nothing more can come


def routes() -> list[Route]:
    """Both streams, of a task and of one instance."""
    return [
        Route("GET", path, _live(stream), _SUMMARY.format(name), "Outputs", answers=str,
              query=("lastEventId", "token"), stream=True)
        for name, stream in STREAMS.items()
        for path in (f"/tasks/{{id}}/{name}/stream", f"/tasks/{{id}}/{name}/{{instanceId}}/stream")
    ]  # fmt: skip


_SUMMARY = "What is written to {}, as it comes: server-sent events"


def _live(stream: Stream) -> Handler:
    async def live(call: Call) -> Response:
        after = last_seen(call)
        task, wanted = await call.services.database.read(_wanted, call, stream)
        if after is not None:
            news = await call.services.database.read(_look, task, wanted, after)
            if (
                news.state and not news.data
            ):  # a browser that has had everything connects again: this stops it
                return Response(status_code=204)
        return EventStream(_events(call, task, wanted, after or 0))

    return live


async def _events(call: Call, task: tasks.Task, wanted: Source, after: int) -> Events:
    database = call.services.database
    text = codecs.getincrementaldecoder("utf-8")("replace")
    topics = (printed_topic(task.id), task_topic(task.account_id, task.id), CLOSING)
    with waiting(database, *topics) as rung:
        yield b"retry: 1000\n\n"  # sent at once: the client knows that it is connected
        while True:
            news = await database.read(_look, task, wanted, after)
            if news.data:
                after = news.place
                yield event({"text": text.decode(news.data)}, number=after)
            if news.more:
                continue
            if news.state is not None:
                yield event({"state": news.state}, name="end", number=after)
                return
            if call.services.closing.is_set():
                return
            if await rung_within(rung, HEARTBEAT_S):
                await asyncio.sleep(GATHER_S)
            else:
                yield HEARTBEAT


def _wanted(conn: Connection, call: Call, stream: Stream) -> tuple[tasks.Task, Source]:
    return found(conn, call), source(conn, call, stream)


def _look(conn: Connection, task: tasks.Task, wanted: Source, after: int) -> News:
    """One view of the data: what is final in it has printed all that it ever will."""
    now = tasks.find(conn, task.account_id, task.uuid)
    data, place, more = outputs.since(conn, wanted, after, MOST)
    return News(data, place, more, _final(now, wanted.instance_id))


def _final(task: tasks.Task | None, instance_id: int) -> str | None:
    if task is None:
        return "Deleted"
    if task.state in FINAL or instance_id == MERGED:
        return task.state if task.state in FINAL else None
    ends = {
        "Success": task.succeeded_range,
        "Failure": task.failed_range,
        "Cancelled": task.cancelled_range,
    }
    return next((state for state, ids in ends.items() if instance_id in Ranges.stored(ids)), None)
