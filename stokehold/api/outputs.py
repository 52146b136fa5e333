"""What instances print, as text: whole with GET, what is new with POST (api.md 2.5, semantics.md 8)."""

from starlette.responses import Response

from stokehold.api.call import Call
from stokehold.api.render import read_spec
from stokehold.api.routes import Handler, Route
from stokehold.api.streaming import offset
from stokehold.api.tasks import found
from stokehold.domain.errors import NotFound
from stokehold.domain.protocol import Stream
from stokehold.domain.ranges import LARGEST_ID
from stokehold.store import outputs, tasks
from stokehold.store.database import Connection
from stokehold.store.outputs import Source

NEXT = "Stokehold-Next-Offset"  # the header that tells which `offset` goes on from here

STREAMS: dict[str, Stream] = {"stdout": 1, "stderr": 2}


def routes() -> list[Route]:
    """Both streams, of a task and of one instance."""
    return [
        Route(method, path, handler(stream), summary.format(name), "Outputs", answers=str,
              query=("offset",) if method == "GET" else ())
        for name, stream in STREAMS.items()
        for path in (f"/tasks/{{id}}/{name}", f"/tasks/{{id}}/{name}/{{instanceId}}")
        for method, handler, summary in (("GET", _whole, _WHOLE), ("POST", _fresh, _FRESH))
    ]  # fmt: skip


_WHOLE = "Everything that was written to {}; of a whole task, `N> ` before each line of instance N"
_FRESH = "What was written to {} since the last such call"


def _whole(stream: Stream) -> Handler:
    async def whole(call: Call) -> Response:
        data, place = await call.services.database.read(
            _read, call, stream, offset("offset", call.query("offset"))
        )
        return _text(data, {NEXT: str(place)})

    return whole


def _fresh(stream: Stream) -> Handler:
    async def fresh(call: Call) -> Response:
        database = call.services.database
        source = await database.read(_news, call, stream)  # most calls find nothing: a look costs no commit
        return _text(await database.write(outputs.fresh, source) if source else b"")

    return fresh


def _read(conn: Connection, call: Call, stream: Stream, after: int | None) -> tuple[bytes, int]:
    """What there is, or what came after the place that the client names; and the place to name next."""
    wanted = source(conn, call, stream)
    if after is None:
        return outputs.whole(conn, wanted), outputs.end(conn, wanted)
    data, place, _ = outputs.since(conn, wanted, after, outputs.SHOWN)
    return data, place


def _news(conn: Connection, call: Call, stream: Stream) -> Source | None:
    wanted = source(conn, call, stream)
    return wanted if outputs.unread(conn, wanted) else None


def source(conn: Connection, call: Call, stream: Stream) -> Source:
    """Whose output is asked for. Raises NotFound for a task or an instance that is not there."""
    task = found(conn, call)
    asked = call.params.get("instanceId")
    if asked is None:
        return Source(task.id, stream)
    return Source(task.id, stream, instance_id(task, asked))


def instance_id(task: tasks.Task, asked: str) -> int:
    """The instance that a client names. Raises NotFound when the task has no such one."""
    known = asked.isascii() and asked.isdigit() and len(asked) < 20 and int(asked) <= LARGEST_ID
    if not known or int(asked) not in read_spec(task).ids():
        raise NotFound(f"No such instance: {asked[:40]} (task {task.shortname})")
    return int(asked)


def _text(data: bytes, headers: dict[str, str] | None = None) -> Response:
    return Response(data, headers=headers, media_type="text/plain")
