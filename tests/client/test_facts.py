import msgspec

from stokehold.client.facts import Completed, Health, Instance, TaskFacts


def test_a_task_needs_nothing_but_its_uuid() -> None:
    task = msgspec.convert({"uuid": "u", "unknown": 1}, TaskFacts)
    assert (task.state, task.errors, list(task.ids)) == ("", [], [])


def test_the_ids_of_a_task_are_its_ranges_or_counted_from_zero() -> None:
    assert list(TaskFacts(uuid="u", total_instance_count=3).ids) == [0, 1, 2]
    assert list(TaskFacts(uuid="u", total_instance_count=2, advanced_ranges="4,7").ids) == [4, 7]


def test_a_task_that_is_over_says_so() -> None:
    assert TaskFacts(uuid="u", state="Cancelled").final
    assert not TaskFacts(uuid="u", state="FullyExecuting").final
    assert TaskFacts(uuid="u", state="Success").succeeded


def test_a_task_shows_itself() -> None:
    task = TaskFacts(uuid="u", name="<b>", state="Success")
    assert "Success" in repr(task)
    assert "&lt;b&gt;" in task._repr_html_()


def test_an_instance_is_made_of_what_older_servers_tell() -> None:
    one = Instance.ended(Completed(instance_id=3, state="Failure", execution_attempt_count=2))
    assert (one.instance_id, one.state, one.last.attempt if one.last else 0) == (3, "Failure", 2)


def test_nodes_are_read_from_the_health_of_the_server() -> None:
    health = msgspec.convert({"runners": [{"name": "n", "runtime": "process", "slots": 2}]}, Health)
    assert health.runners[0].slots == 2
