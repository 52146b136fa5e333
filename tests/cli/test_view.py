import io

from rich.console import Console

from stokehold.cli.live.view import counts, view
from stokehold.client.facts import Error, Status, TaskFacts

TASK = TaskFacts(
    uuid="u", name="sim", state="PartiallyExecuting", total_instance_count=4, running_instance_count=1, progress=50,
    result_bucket="b", errors=[Error(code="STK1001", message="It broke.")],
    status=Status(succeeded_range="0", failed_only_range="1", download_progress=100),
)  # fmt: skip


def test_the_counts_say_where_instances_are() -> None:
    assert counts(TASK) == "4 instances: 1 succeeded, 1 failed, 1 running, 1 waiting"


def test_a_screen_has_state_phases_instances_output_and_errors() -> None:
    out = io.StringIO()
    Console(file=out, width=100).print(view(TASK, ["[0] last line"], 100, "note"))
    for words in ("PartiallyExecuting", "inputs", "100 %", "results", "[0] last line", "STK1001", "note"):
        assert words in out.getvalue()
