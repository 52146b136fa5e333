"""The life of a task as its user sees it, on whole servers, through the public SDK."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import qarnot
from qarnot.retry_settings import RetrySettings
from qarnot.task import Task

from stokehold.domain.moments import date
from stokehold.domain.states import FINAL
from tests.system.cluster import TASK_S, Stokehold
from tests.system.servers import GRACE_S, Server, Servers
from tests.waiting import DEADLINE_S, wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself

SLACK_S = 3.9  # of a busy machine: with the usual grace time of 5 s it would be more


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Server]:
    """A server without a runner: nothing that waits ever begins."""
    with Stokehold(tmp_path / "data", flags=["--no-runner"]) as stokehold:
        yield Server(stokehold)


def seen(server: Server, task: Task) -> dict[str, Any]:
    """The task as the API answers it."""
    return call(server, "GET", f"/tasks/{task.uuid}").json()


def call(server: Server, method: str, path: str, body: Any = None) -> httpx2.Response:
    headers = {"authorization": server.stokehold.token}
    return httpx2.request(
        method, server.stokehold.api + path, headers=headers, json=body, trust_env=False, timeout=DEADLINE_S
    )


def printed(task: Task, word: str, times: int = 1) -> None:
    wait_until(lambda: task.stdout().count(word) >= times, TASK_S, f"{word!r} is printed")


def known(server: Server, task: Task) -> bool:
    return call(server, "GET", f"/tasks/{task.uuid}").status_code == 200


def attempts(task: Task) -> dict[int, int]:
    return {c.instance_id: c.execution_attempt_count for c in task.completed_instances}


def test_a_program_that_ignores_the_request_to_end_is_cancelled_within_its_grace(servers: Servers) -> None:
    server = servers("process")
    task = server.submit("sh -c 'trap \"\" TERM; echo up; while :; do sleep 0.1; done'", 2)
    printed(task, "up", 2)
    task.abort()
    states: list[str] = []

    def over() -> bool:
        states.append(seen(server, task)["state"])
        return states[-1] in FINAL

    wait_until(over, TASK_S, "it is cancelled")
    assert (states[-1], {*states[:-1], "PendingCancel"}) == ("Cancelled", {"PendingCancel"})
    told = seen(server, task)
    assert (told["previousState"], told["endDate"]) == ("PendingCancel", told["stateTransitionTime"])
    took = date(told["stateTransitionTime"], "") - date(told["previousStateTransitionTime"], "")
    assert GRACE_S <= took / 1e6 <= GRACE_S + SLACK_S
    assert told["status"]["cancelledRange"] == "0-1"
    with pytest.raises(qarnot.exceptions.UnauthorizedException, match="non-running task"):
        task.abort()


@pytest.mark.parametrize("wanted", [True, False])
def test_what_an_aborted_task_has_made_is_stored_when_it_asked_for_that(
    servers: Servers, wanted: bool
) -> None:
    server = servers("process")
    task = server.task(
        "sh -c 'echo $INSTANCE_ID >half-$INSTANCE_ID; echo up; trap \"\" TERM; while :; do sleep 0.1; done'",
        2,
    )
    task.results = server.bucket()
    task.upload_results_on_cancellation = wanted
    task.submit()
    printed(task, "up", 2)
    task.abort()
    task = server.ended(task)
    assert (task.state, task.previous_state) == ("Cancelled", "PendingCancel")
    assert sorted(o.key for o in task.results.list_files()) == (["half-0", "half-1"] if wanted else [])
    assert task.upload_results_on_cancellation is wanted
    listed = [key.rpartition("/")[2] for c in task.completed_instances for key in c.results]
    assert sorted(listed) == (["half-0", "half-1"] if wanted else [])


def test_what_a_deleted_task_runs_is_stopped_first(servers: Servers) -> None:
    server = servers("process")
    task = server.submit("sh -c 'echo up; sleep 3600'")
    printed(task, "up")
    task.delete()
    wait_until(lambda: not known(server, task), GRACE_S + TASK_S, "the task is gone")
    assert server.run("echo next").state == "Success"


def test_a_task_that_waits_too_long_fails_with_a_code_of_its_own(idle: Server) -> None:
    task = idle.task("true", 3)
    task.max_time_queue_seconds = 1
    task.submit()
    other = idle.submit("true")
    task = idle.ended(task)
    assert (task.state, task.previous_state) == ("Failure", "Submitted")
    assert [(e.code, "after 1 s in the queue" in e.message) for e in task.errors] == [("STK2010", True)]
    assert (task.status.failed_range, task.status.executed_range) == ("0-2", "0-2")
    other.update(True)
    assert other.state == "Submitted"
    again = call(idle, "POST", f"/tasks/{task.uuid}/retry", {"maxTimeQueueSeconds": 3600})
    assert seen(idle, idle.sdk.retrieve_task(again.json()["uuid"]))["advancedRanges"] == "0-2"


def test_time_in_the_queue_counts_while_the_server_is_down(idle: Server) -> None:
    task = idle.task("true")
    task.max_time_queue_seconds = 1
    task.submit()
    idle.stokehold.kill_server()
    idle.stokehold.restart()
    assert idle.ended(task).state == "Failure"


def test_a_task_that_has_begun_may_run_longer_than_it_may_wait(servers: Servers) -> None:
    server = servers("process")
    assert server.run("true").state == "Success", "a runner is there, and has a slot"
    task = server.task("sh -c 'echo up; sleep 3.5'")
    task.max_time_queue_seconds = 3
    task.submit()
    assert server.ended(task).state == "Success"


def test_a_task_is_kept_as_long_after_its_end_as_it_asked(servers: Servers) -> None:
    server = servers("process")
    task, other = server.task("true"), server.task("true")
    task.completion_ttl = timedelta(seconds=3)
    for one in (task, other):
        one.submit()
        assert server.ended(one).state == "Success"
    wait_until(lambda: not known(server, task), TASK_S, "the task is forgotten")
    assert known(server, other)


def test_an_account_that_has_all_its_tasks_gets_room_from_those_that_may_go(tmp_path: Path) -> None:
    with Stokehold(tmp_path / "data", {"STOKE_LIMITS_TASKS": "2"}) as stokehold:
        server = Server(stokehold)
        kept, gone = server.run("true"), server.task("true")
        gone.auto_delete = True
        gone.submit()
        server.ended(gone)
        new = server.submit("true")
        wait_until(lambda: not known(server, gone), TASK_S, "the oldest that may go has gone")
        with pytest.raises(qarnot.exceptions.MaxTaskException, match="may have 2"):
            server.submit("true")
        assert known(server, kept)
        assert server.ended(new).state == "Success"
        assert server.sdk.user_info.max_task == 2


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({}, [1, 1]),
        ({"maxPerInstanceRetries": 2}, [3, 3]),
        ({"maxTotalRetries": 3}, [5]),
        ({"maxTotalRetries": 3, "maxPerInstanceRetries": 1}, [2, 2]),
        ({"maxTotalRetries": 1, "maxPerInstanceRetries": 9}, [3]),
    ],
)
def test_a_failing_program_is_tried_as_often_as_it_was_allowed(
    servers: Servers, settings: dict[str, int], counts: list[int]
) -> None:
    """With one number, the attempts of both instances together: which of them has the retries is not said."""
    server = servers("process")
    task = server.task("sh -c 'echo try; exit 3'", 2)
    task.retry_settings = RetrySettings(
        maxTotalRetries=settings.get("maxTotalRetries"),
        maxPerInstanceRetries=settings.get("maxPerInstanceRetries"),
    )
    task.submit()
    task = server.ended(task)
    assert (task.state, [e.code for e in task.errors]) == ("Failure", ["STK1001"])
    tried = attempts(task)
    assert (list(tried.values()) if len(counts) > 1 else [sum(tried.values())]) == counts
    assert task.stdout().count("try") == sum(tried.values())


def test_attempts_that_are_lost_with_their_node_spend_no_retries(tmp_path: Path) -> None:
    """Two are lost, then the program fails, and may be tried once more."""
    go = tmp_path / "go"
    with Stokehold(tmp_path / "data") as stokehold:
        server = Server(stokehold)
        task = server.task(f"sh -c 'echo up; test -e {go} && exit 3; sleep 3600'")
        task.retry_settings = RetrySettings(maxPerInstanceRetries=1, maxTotalRetries=1)
        task.submit()
        for number in (1, 2):
            printed(task, "up", number)
            running = wait_until(lambda: _running(server, task), TASK_S, "it runs")
            assert running["executionAttemptCount"] == number
            if number == 2:
                go.touch()
            stokehold.kill_keeper()
        ended = server.ended(task)
        assert (ended.state, [e.code for e in ended.errors]) == ("Failure", ["STK1001"])
        assert attempts(ended) == {0: 4}


def _running(server: Server, task: Task) -> dict[str, Any] | None:
    """What is told of the one instance that executes."""
    info = seen(server, task).get("status", {}).get("runningInstancesInfo") or {}
    found = [i for i in info.get("perRunningInstanceInfo", []) if i["phase"] == "execution"]
    return found[0] if found else None


def test_the_instances_that_failed_are_tried_again_in_a_new_task(servers: Servers) -> None:
    """They have the ids that they had, and know of as many others."""
    server = servers("process")
    script = 'echo $INSTANCE_ID of $INSTANCE_COUNT; test $INSTANCE_ID != "$BAD" -a $INSTANCE_ID != 3'
    task = server.run(f"sh -c '{script}'", 4, BAD="1")
    assert task.status.failed_range == "1,3"
    body = {"constants": [{"key": "DOCKER_CMD", "value": "sh -c 'echo $INSTANCE_ID of $INSTANCE_COUNT'"}]}
    made = call(server, "POST", f"/tasks/{task.uuid}/retry", body).json()["uuid"]
    again = server.ended(server.sdk.retrieve_task(made))
    assert (again.state, sorted(again.stdout().splitlines())) == ("Success", ["1> 1 of 4", "3> 3 of 4"])
    assert again.status.succeeded_range == "1,3"
    assert task.state == "Failure"


def test_a_task_that_the_sdk_commits_keeps_what_the_sdk_cannot_see(servers: Servers) -> None:
    server = servers("process")
    task = server.submit("sh -c 'echo $QARNOT_SECRET__WORD; sleep 3600'", QARNOT_SECRET__WORD="hidden")
    printed(task, "hidden")
    task = server.sdk.retrieve_task(task.uuid)
    assert task.constants["QARNOT_SECRET__WORD"] == "[SECRET]"
    task.tags = ["one"]
    task.commit()
    made = call(server, "POST", f"/tasks/{task.uuid}/clone").json()["uuid"]
    clone = server.sdk.retrieve_task(made)
    printed(clone, "hidden")
    assert clone.tags == ["one"]
    for one in (task, clone):
        one.abort()
        server.ended(one)
