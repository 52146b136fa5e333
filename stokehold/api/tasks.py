"""Tasks: reading, finding, changing, ending them (api.md 2.3)."""

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from stokehold.api import secrecy, wire
from stokehold.api.answers import Explanation
from stokehold.api.call import Call, answer, done
from stokehold.api.render import View, read_spec, render
from stokehold.domain import rules
from stokehold.domain.errors import Forbidden, NotFound
from stokehold.domain.events import AbortAsked, DeleteAsked
from stokehold.domain.explain import explain
from stokehold.domain.states import FINAL, TaskState
from stokehold.domain.task import KeyValue, Part
from stokehold.store import conflicts, dependencies, journal, seen, situation, snapshots, tasks
from stokehold.store.database import Connection

FEW = 16  # instances begun or ended: with no more, an answer is made quicker than handed to a thread
ATTEMPTS_SHOWN = 1000  # running, and ended, instances that the answer about one task lists


class Changes(Part):
    """What may change in a task after its submission. What is absent stays."""

    constants: list[KeyValue] | None = None
    tags: list[str] | None = None


async def show(call: Call) -> Response:
    """Answer one task in full."""
    database, now = call.services.database, call.services.clock()
    body = await database.glance(_brief, call, now)
    return Response(body or await database.read(_shown, call, now), media_type="application/json")


async def explanation(call: Call) -> Response:
    """Answer in a sentence why a task does not run."""
    return answer(await call.services.database.read(_explanation, call))


async def abort(call: Call) -> Response:
    """Stop a task: what waits is cancelled at once, what runs is told to end."""
    await call.services.database.write(_abort, call, call.services.clock())
    return done()


async def delete(call: Call) -> Response:
    """Stop a task if it runs, then forget it. Its buckets stay."""
    await call.services.database.write(_delete, call, call.services.clock())
    return done()


async def change(call: Call) -> Response:
    """Change the tags and constants of a task."""
    changes = wire.read(Changes, await call.json() or {})
    if changes.tags is not None:
        rules.check_tags(changes.tags)
    if changes.constants is not None:
        rules.check_constants(changes.constants)
    await call.services.database.write(_change, call, changes, call.services.clock())
    return done()


def found(conn: Connection, call: Call) -> tasks.Task:
    """The task that the path names. Raises NotFound."""
    key = call.params["id"]
    task = tasks.find(conn, call.account.id, key)
    if task is None:
        raise NotFound(f"No such task: {key[:200]}")
    return task


def view(conn: Connection, row: tasks.Task, now: int, storage: str, limit: int) -> View:
    """Everything that the full answer about a task needs, at a cost that does not grow with the task."""
    found = view_of(conn, row, now, storage, seen.of_task(conn, row, limit))
    add_dependencies(conn, [found])
    return found


def view_of(conn: Connection, row: tasks.Task, now: int, storage: str, shown: seen.Seen) -> View:
    """The same, of attempts that were read already, and still without what the task waits for."""
    active, ended, failed = shown.active, shown.ended, shown.failed
    overwritten = conflicts.of(conn, row.id) if row.result_conflicts else []
    snapshot = snapshots.results(conn, row.id) if row.snapshots_made and active else ("", [])
    return View(row, read_spec(row), now, storage, active, ended, failed, overwritten, snapshot)


def add_dependencies(conn: Connection, views: Sequence[View]) -> None:
    """What tasks wait for: of all of them at once."""
    waiting = {view.row.id: view for view in views if view.spec.dependencies and view.spec.job_uuid}
    for task_id, found in dependencies.of_tasks(conn, list(waiting)).items():
        waiting[task_id].dependencies = found


def explained(conn: Connection, call: Call, row: tasks.Task) -> str:
    """Why a task does not run, or that it does."""
    return explain(situation.look(conn, row, call.services.quotas))


def _brief(conn: Connection, call: Call, now: int) -> bytes | None:
    """The answer about one task, unless it is a long one."""
    row = found(conn, call)
    return _written(conn, call, row, now) if row.active + row.ended <= FEW else None


def _shown(conn: Connection, call: Call, now: int) -> bytes:
    """The answer about one task, made where it is read: a large one takes milliseconds."""
    return _written(conn, call, found(conn, call), now)


def _written(conn: Connection, call: Call, row: tasks.Task, now: int) -> bytes:
    seen = view(conn, row, now, call.services.storage.endpoint, ATTEMPTS_SHOWN)
    if row.ready:
        seen.explanation = explained(conn, call, row)
    return msgspec.json.encode(render(seen))


def _explanation(conn: Connection, call: Call) -> Explanation:
    return Explanation(explanation=explained(conn, call, found(conn, call)))


def _abort(conn: Connection, call: Call, at: int) -> None:
    task = found(conn, call)
    if TaskState(task.state) in FINAL:
        raise Forbidden(f"Can't abort: invalid operation on non-running task, it ended as {task.state}.")
    if not (task.cancel_asked or task.delete_asked):
        journal.record(conn, [AbortAsked(task.id)], at)


def _delete(conn: Connection, call: Call, at: int) -> None:
    task = found(conn, call)
    if not task.delete_asked:
        journal.record(conn, [DeleteAsked(task.id)], at)


def _change(conn: Connection, call: Call, changes: Changes, at: int) -> None:
    task = found(conn, call)
    spec = read_spec(task)
    if changes.tags is not None:
        spec.tags = list(dict.fromkeys(changes.tags))
    if changes.constants is not None:
        secrecy.change(conn, call.services.vault, task, spec, changes.constants)
    tasks.retag(conn, task, spec, at)
