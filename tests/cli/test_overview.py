import io

from rich.console import Console

from stokehold.cli.live.overview import draw, look, waits
from stokehold.client import Client
from stokehold.client.facts import TaskFacts


def test_what_has_neither_ended_nor_begun_waits() -> None:
    assert waits(TaskFacts(uuid="u", total_instance_count=10, progress=50, running_instance_count=2)) == 3


def test_a_look_shows_tasks_and_nodes(client: Client) -> None:
    task = client.submit("true", name="overviewed").wait()
    out = io.StringIO()
    Console(file=out, width=140).print(draw(look(client), 40))
    assert "overviewed" in out.getvalue()
    assert task.uuid in out.getvalue()
    assert "nodes" in out.getvalue()
