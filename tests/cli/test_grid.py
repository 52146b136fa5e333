from stokehold.cli.live.grid import CELL, grid
from stokehold.client.facts import Running, RunningInstances, Status, TaskFacts


def task(count: int, **status: str) -> TaskFacts:
    running = RunningInstances(per_running_instance_info=[Running(instance_id=2)])
    return TaskFacts(
        uuid="u", total_instance_count=count, status=Status(running_instances_info=running, **status)
    )


def test_each_instance_is_a_cell_while_there_is_room() -> None:
    text = grid(task(5, succeeded_range="0", failed_only_range="1"), 80)
    assert text.plain == f"{CELL}{CELL}{CELL}··"
    assert [str(span.style) for span in text.spans] == ["green", "red", "cyan", "dim", "dim"]


def test_a_million_instances_fit_and_a_failure_among_them_shows() -> None:
    text = grid(task(1_000_000, succeeded_range="0-999998", failed_only_range="999999"), 50)
    assert len(text.plain.splitlines()) <= 7
    assert [str(span.style) for span in text.spans if span.style == "red"] == ["red"]
    assert "instances" in text.plain
