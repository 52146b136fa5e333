"""The machines that run instances, and how busy they are: an extension."""

from collections.abc import Sequence

from msgspec import field
from starlette.responses import Response

from stokehold.api.call import Call, answer
from stokehold.api.progress import Answer
from stokehold.api.routes import Route
from stokehold.domain.errors import NotFound
from stokehold.domain.hardware import specification
from stokehold.domain.moments import date_text
from stokehold.domain.presence import Presence
from stokehold.store import occupancy
from stokehold.store.database import Connection
from stokehold.store.occupancy import Occupancy, Queue
from stokehold.store.tasks import cores_each, memory_each


class NodeInstance(Answer, kw_only=True):
    """An instance of the account that asks, on a node."""

    task_uuid: str
    instance_id: int
    phase: str


class Node(Answer, kw_only=True):
    """A machine. What it uses now is that of all accounts; `instances` are those of the account that asks."""

    name: str
    uuid: str
    present: bool
    last_heard: str
    runtime: str
    runtime_note: str
    core_count: int
    memory_mb: int = field(name="memoryMB")
    disk_mb: int = field(name="diskMB")
    cpu_model: str
    max_frequency_ghz: float = field(name="maxFrequencyGHz")
    gpu_count: int
    gpu_model: str
    ssd: bool
    specification_key: str
    reservation_name: str
    slots: int
    cores_per_instance: int
    memory_per_instance_mb: int = field(name="memoryPerInstanceMB")
    used_slots: int
    used_cores: float
    used_memory_mb: float = field(name="usedMemoryMB")
    running_instance_count: int
    instances: list[NodeInstance]


class Backlog(Answer, kw_only=True):
    """The unfinished tasks of the account that asks, and where their instances are."""

    task_count: int
    waiting_instance_count: int
    starting_instance_count: int
    running_instance_count: int


class Capacity(Answer, kw_only=True):
    """What the nodes that are here have together, what of it is in use, and what the account that asks has to do."""

    node_count: int
    core_count: int
    memory_mb: int = field(name="memoryMB")
    gpu_count: int
    slots: int
    used_slots: int
    used_cores: float
    used_memory_mb: float = field(name="usedMemoryMB")
    running_instance_count: int
    account: Backlog


async def every(call: Call) -> Response:
    """The nodes that are here, then those that were within a day."""
    now = call.services.clock()
    found = await call.services.database.read(occupancy.lately, call.account.id, now)
    return answer([_node(one, call.services.presence) for one in found])


async def one(call: Call) -> Response:
    """One node, by its name or UUID."""
    key = call.params["name"]
    found = await call.services.database.read(occupancy.called, call.account.id, key)
    if found is None:
        raise NotFound(f"No such node: {key[:80]}")
    return answer(_node(found, call.services.presence))


async def capacity(call: Call) -> Response:
    """All nodes together."""
    nodes, queue = await call.services.database.read(_all, call.account.id, call.services.clock())
    return answer(_together([_node(one, call.services.presence) for one in nodes if not one.lost], queue))


def _all(conn: Connection, account_id: int, now: int) -> tuple[list[Occupancy], Queue]:
    return occupancy.lately(conn, account_id, now), occupancy.queue(conn, account_id)


def _node(found: Occupancy, presence: Presence) -> Node:
    has = found.inventory
    return Node(
        name=found.name,
        uuid=found.uuid,
        present=not found.lost,
        last_heard=date_text(max(found.seen_at, presence.heard(found.id))),
        runtime=has.runtime,
        runtime_note=has.runtime_note,
        core_count=has.cores,
        memory_mb=has.memory_mb,
        disk_mb=has.disk_mb,
        cpu_model=has.cpu_model,
        max_frequency_ghz=has.max_ghz,
        gpu_count=has.gpus,
        gpu_model=has.gpu_model,
        ssd=has.ssd,
        specification_key=specification(has),
        reservation_name=has.reservation,
        slots=has.slots,
        cores_per_instance=cores_each(has),
        memory_per_instance_mb=memory_each(has),
        used_slots=min(has.slots, found.executing),
        used_cores=round(found.cores, 3),
        used_memory_mb=round(found.memory_mb, 1),
        running_instance_count=found.executing + found.uploading,
        instances=[
            NodeInstance(task_uuid=h.task_uuid, instance_id=h.instance_id, phase=h.phase) for h in found.held
        ],
    )


def _together(nodes: Sequence[Node], queue: Queue) -> Capacity:
    return Capacity(
        node_count=len(nodes),
        core_count=sum(node.core_count for node in nodes),
        memory_mb=sum(node.memory_mb for node in nodes),
        gpu_count=sum(node.gpu_count for node in nodes),
        slots=sum(node.slots for node in nodes),
        used_slots=sum(node.used_slots for node in nodes),
        used_cores=round(sum(node.used_cores for node in nodes), 3),
        used_memory_mb=round(sum(node.used_memory_mb for node in nodes), 1),
        running_instance_count=sum(node.running_instance_count for node in nodes),
        account=Backlog(
            task_count=queue.tasks,
            waiting_instance_count=queue.waiting,
            starting_instance_count=queue.starting,
            running_instance_count=queue.executing + queue.uploading,
        ),
    )


def routes() -> list[Route]:
    """The operations of nodes."""
    return [
        Route("GET", "/nodes", every, "The machines that run instances, and how busy they are", "Nodes",
              answers=list[Node]),
        Route("GET", "/nodes/{name}", one, "One machine, by its name or UUID", "Nodes", answers=Node),
        Route("GET", "/capacity", capacity, "All machines together, and what the account has to do", "Nodes",
              answers=Capacity),
    ]  # fmt: skip
