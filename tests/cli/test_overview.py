import io

from rich.console import Console

from stokehold.cli.live.overview import Look, draw, look, waits
from stokehold.client import Client
from stokehold.client.facts import Account, Capacity, Node, TaskFacts


def test_what_has_neither_ended_nor_begun_waits() -> None:
    assert waits(TaskFacts(uuid="u", total_instance_count=10, progress=50, running_instance_count=2)) == 3


def drawn(seen: Look, height: int) -> str:
    out = io.StringIO()
    Console(file=out, width=140).print(draw(seen, height))
    return out.getvalue()


def test_a_look_shows_tasks_and_nodes(client: Client) -> None:
    task = client.submit("true", name="overviewed").wait()
    seen = look(client)
    text = drawn(seen, 40)
    assert "overviewed" in text
    assert task.uuid in text
    (node,) = seen.nodes
    assert f"{node.used_slots}/{node.slots}" in text.split(node.name)[1]
    assert f"of {seen.capacity.slots} slots" in text


def test_a_screen_has_room_for_tasks_beside_many_nodes() -> None:
    nodes = [Node(name=f"node-{n}", slots=4, used_slots=1, memory_mb=2048, core_count=4) for n in range(100)]
    tasks = [TaskFacts(uuid=f"task-{n}") for n in range(100)]
    text = drawn(Look(Account(email="e"), Capacity(node_count=100), nodes, tasks, []), 30)
    assert len(text.splitlines()) <= 30
    assert "and 92 more" in text
    assert "task-10" in text
