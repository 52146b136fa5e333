"""What instances used, over time: an extension, for curves in a page or a notebook."""

from typing import Any

from msgspec import field
from starlette.responses import Response

from stokehold.api.call import Call, answer
from stokehold.api.outputs import instance_id
from stokehold.api.progress import Answer
from stokehold.api.tasks import found
from stokehold.domain.moments import date, date_text
from stokehold.store import samples
from stokehold.store.database import Connection


class Series(Answer, kw_only=True):
    """Columns of one length: the moments, and what was used at each."""

    time: list[str]
    cpu_usage: list[float]  # percent of one core: 200 is two cores
    memory_mb: list[float] = field(name="memoryMB")
    network_in_kbps: list[float]
    network_out_kbps: list[float]
    frequency_ghz: list[float] = field(name="frequencyGHz")
    progress: list[float]


class InstanceSeries(Series, kw_only=True):
    """What one attempt at an instance used."""

    instance_id: int
    attempt: int


class TotalSeries(Series, kw_only=True):
    """What all instances used together. Frequency and progress are averages."""

    instance_count: list[int]


class Metrics(Answer, kw_only=True):
    """The curves of a task: of the instances that were measured last, and of all together."""

    uuid: str
    instances: list[InstanceSeries]
    total: TotalSeries


async def metrics(call: Call) -> Response:
    """The curves of a task; `instanceId` chooses one instance, `since` what came after a moment."""
    given = call.query("since")
    since = date(given[-1], "since") if given else 0
    return answer(await call.services.database.read(_metrics, call, since))


def _metrics(conn: Connection, call: Call, since: int) -> Metrics:
    task = found(conn, call)
    asked = call.query("instanceId")
    instance = instance_id(task, asked[-1]) if asked else None
    total = samples.total(conn, task.id, since) if instance is None else []
    return Metrics(
        uuid=task.uuid,
        instances=[
            InstanceSeries(instance_id=c.instance_id, attempt=c.attempt, **_columns(c.points))
            for c in samples.curves(conn, task.id, instance, since)
        ],
        total=TotalSeries(instance_count=[row[7] for row in total], **_columns(total)),
    )


_COLUMNS = (
    "time", "cpu_usage", "memory_mb", "network_in_kbps", "network_out_kbps", "frequency_ghz", "progress",
)  # fmt: skip


def _columns(rows: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    columns: list[list[Any]] = [[round(value, 3) for value in column] for column in zip(*rows, strict=True)]
    columns = columns[: len(_COLUMNS)] or [[] for _ in _COLUMNS]
    columns[0] = [date_text(at) for at in columns[0]]
    columns[1] = [round(100 * cores, 1) for cores in columns[1]]
    return dict(zip(_COLUMNS, columns, strict=True))
