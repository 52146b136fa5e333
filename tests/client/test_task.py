from pathlib import Path

import pytest

from stokehold.client import Client, TaskFailed, WaitedTooLong
from stokehold.client.errors import Forbidden, NotFound, StokeError
from tests.waiting import wait_until


def gone(client: Client, uuid: str) -> bool:
    try:
        client.task(uuid)
    except NotFound:
        return True
    return False


def test_output_comes_line_by_line_until_the_end(client: Client) -> None:
    task = client.submit("sh -c 'echo one; echo two >&2; echo three'", instances=2)
    assert sorted(task.logs()) == ["0> one", "0> three", "1> one", "1> three"]
    assert list(task.logs(1, stream="stderr")) == ["two"]
    assert list(task.logs(0, follow=False)) == ["one", "three"]
    assert task.wait().succeeded


def test_results_come_home_once(client: Client, tmp_path: Path) -> None:
    task = client.run(
        "sh -c 'echo ${INSTANCE_ID} > r-${INSTANCE_ID}'", instances=2, results="task-results/x/"
    )
    assert [one.key for one in task.results()] == ["x/r-0", "x/r-1"]
    assert [path.name for path in task.download(tmp_path)] == ["r-0", "r-1"]
    assert (tmp_path / "r-1").read_text() == "1\n"


def test_a_task_without_results_says_so(client: Client, tmp_path: Path) -> None:
    with pytest.raises(StokeError, match="no result bucket"):
        client.run("true").download(tmp_path)


def test_a_failure_is_told_with_its_instances_and_tried_again(client: Client) -> None:
    task = client.submit("sh -c 'test ${INSTANCE_ID} != 1'", instances=3).wait()
    with pytest.raises(TaskFailed, match="STK"):
        task.check()
    failed = [one.instance_id for one in task.instances(states=["Failure"])]
    assert failed == [1]
    assert "Failed instances: 1." in task.explain()
    again = task.retry()
    assert list(again.ids) == [1]
    assert again.wait().state == "Failure"
    assert list(task.restart().ids) == [0, 1, 2]
    assert task.clone(instanceCount=1).wait().total_instance_count == 1


def test_what_goes_on_is_waited_for_only_so_long_then_stopped_and_forgotten(client: Client) -> None:
    task = client.submit("sleep 60")
    with pytest.raises(WaitedTooLong):
        task.wait(0.01)
    task.abort()
    assert task.wait().state == "Cancelled"
    with pytest.raises(Forbidden):
        task.abort()
    task.delete()
    wait_until(lambda: gone(client, task.uuid), what="the task is forgotten")


def test_tags_and_constants_change(client: Client) -> None:
    task = client.submit("true", tags=["old"], constants={"A": "1"}).wait()
    task.update(tags=["new"], constants={"B": "2"})
    assert task.tags == ["new"]
    assert {"A": "1", "B": "2"}.items() <= {c.key: c.value for c in task.constants}.items()
