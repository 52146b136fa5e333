"""Rows of `Task`: its life, what it tells while it runs and after, its output and results."""

import logging
import time

import pytest
from qarnot.exceptions import (
    MissingTaskException,
    MissingTaskInstanceException,
    QarnotGenericException,
    UnauthorizedException,
)
from qarnot.task import Task

from tests.sdk.buckets import files, filled, keys
from tests.sdk.table import Ground, proves
from tests.system.cluster import TASK_S
from tests.waiting import wait_until


@proves("Task.submit", "Task.uuid", "Task.state")
def a_submitted_task_runs_to_its_end(ground: Ground) -> None:
    task = ground.server.task("true")
    assert (task.uuid, task.state) == (None, "UnSubmitted")
    task.submit()
    assert task.uuid
    assert ground.server.ended(task).state == "Success"
    assert ground.server.run("false").state == "Failure"


@proves("Task.run", "Task.download_results")
def a_task_is_run_and_its_results_are_downloaded(ground: Ground) -> None:
    task = ground.server.task("sh -c 'echo ${INSTANCE_ID} >r${INSTANCE_ID}.txt'", 2)
    task.results = ground.server.bucket()
    task.submit()
    ground.server.ended(task)
    task.download_results(str(ground.folder / "out"))
    assert files(ground.folder / "out") == {"r0.txt": "0\n", "r1.txt": "1\n"}


@proves("Task.run")
def a_task_that_runs_for_too_long_is_aborted(ground: Ground) -> None:
    with ground.waiting() as waiting:
        waiting.task.run(job_timeout=0.2)
        assert ground.server.ended(waiting.task).state == "Cancelled"


@proves("Task.wait")
def waiting_ends_with_the_task_or_with_patience(ground: Ground) -> None:
    with ground.waiting() as waiting:
        task = waiting.begin()
        assert task.wait(timeout=0.05) is False
        waiting.go()
        ground.server.ended(task)
        assert task.wait() is True


@proves("Task.resume")
def the_results_of_a_task_from_before_are_downloaded(ground: Ground) -> None:
    task = ground.server.task("touch result")
    task.results = ground.server.bucket()
    task.submit()
    ground.server.ended(task)
    ground.again(task).resume(str(ground.folder / "out"))
    assert files(ground.folder / "out") == {"result": ""}


@proves("Task.abort")
def a_task_is_aborted_once(ground: Ground) -> None:
    with ground.waiting() as waiting:
        task = waiting.begin()
        task.abort()
        assert task.state in {"PendingCancel", "Cancelled"}
        assert ground.server.ended(task).state == "Cancelled"
        assert ground.told(f"/tasks/{task.uuid}")["status"]["cancelledRange"] == "0"
        with pytest.raises(UnauthorizedException, match="abort"):
            task.abort()


@proves("Task.delete")
def a_deleted_task_is_gone_with_its_buckets_when_asked(ground: Ground) -> None:
    task = ground.server.task("touch result")
    task.resources, task.results = [filled(ground, "a")], ground.server.bucket()
    task.submit()
    ground.server.ended(task)
    kept, names = ground.again(task), [task.resources[0].uuid, task.results.uuid]
    task.delete(purge_resources=True, purge_results=True)
    assert task.uuid is None
    wait_until(lambda: is_gone(kept), TASK_S, "the task is gone")
    assert not set(names) & {bucket.uuid for bucket in ground.sdk.buckets()}


@proves("Task.delete")
def deleting_a_task_that_runs_ends_it(ground: Ground) -> None:
    with ground.waiting() as waiting:
        task = waiting.begin()
        kept = ground.again(task)
        task.delete()
        wait_until(lambda: is_gone(kept), TASK_S, "the task is gone")


def is_gone(task: Task) -> bool:
    try:
        task.update(True)
    except MissingTaskException:
        return True
    assert task.state == "PendingDelete"
    return False


@proves("Task.update", "Task.auto_update", "Task.update_cache_time")
def a_task_is_looked_at_again_as_often_as_asked(ground: Ground) -> None:
    task = ground.server.submit("true")
    other = ground.again(task)
    other.update_cache_time, before = 3600, other._state
    ground.server.ended(task)
    assert other.state == before, "it is kept for an hour"
    other.update(True)
    assert other.state == "Success"
    other.update_cache_time, other.auto_update, other._state = 0, False, "stale"
    assert (other.update_cache_time, other.auto_update, other.state) == (0, False, "stale")
    other.auto_update = True
    assert other.state == "Success"


@proves("Task.from_json")
def a_task_is_made_of_an_answer(ground: Ground) -> None:
    task = ground.server.run("true", "0,3")
    made = Task.from_json(ground.sdk, ground.told(f"/tasks/{task.uuid}"))
    assert (made.uuid, made.name, made.state) == (task.uuid, task.name, "Success")


@proves("Task.commit", "Task.tags", "Task.constants")
def tags_and_constants_of_a_task_may_change(ground: Ground) -> None:
    with ground.waiting(WORD="old", QARNOT_SECRET__KEY="hidden") as waiting:
        task = waiting.begin()
        task.tags = ["changed"]
        task.constants["WORD"] = "new"
        task.commit()
        again = ground.again(task)
    assert again.tags == ["changed"]
    assert again.constants["WORD"] == "new"
    assert again.constants["QARNOT_SECRET__KEY"] == "[SECRET]"


@proves("Task.stdout", "Task.stderr")
def output_is_read_whole_and_by_instance(ground: Ground) -> None:
    task = ground.server.run("sh -c 'echo out ${INSTANCE_ID}; echo err ${INSTANCE_ID} >&2'", 2)
    assert sorted(task.stdout().splitlines()) == ["0> out 0", "1> out 1"]
    assert sorted(task.stderr().splitlines()) == ["0> err 0", "1> err 1"]
    assert task.stdout(1) == "out 1\n"
    assert task.stderr(0) == "err 0\n"
    with pytest.raises(MissingTaskInstanceException):
        task.stdout(7)


@proves("Task.fresh_stdout", "Task.fresh_stderr")
def fresh_output_is_told_once(ground: Ground) -> None:
    with ground.waiting("echo err >&2") as waiting:
        task = waiting.begin()
        assert task.fresh_stdout() == "0> begun\n"
        assert task.fresh_stdout() == ""
        assert task.fresh_stderr(0) == "err\n"
        waiting.go()
        ground.server.ended(task)
    assert task.fresh_stdout() == "0> gone\n"
    assert task.fresh_stdout(0) == "begun\ngone\n", "each reader has its own place"
    assert task.fresh_stderr() == "0> err\n"


@proves("Task.print_progress")
def progress_is_printed(ground: Ground) -> None:
    task = ground.server.run("echo hello")
    heard: list[str] = []
    listener = logging.Handler()
    listener.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    ground.sdk.logger.addHandler(listener)
    assert task.print_progress(True, "Submitted", True) == "Success"
    ground.sdk.logger.removeHandler(listener)
    assert any("Success" in line for line in heard)
    assert any("0> hello" in line for line in heard)


@proves("Task.status", "Task.completed_instances", "Task.progress")
def the_status_of_an_ended_task_is_whole(ground: Ground) -> None:
    task = ground.server.run("sh -c 'test ${INSTANCE_ID} != 1'", "0-2,5")
    status = task.status
    assert (status.succeeded_range, status.failed_range) == ("0,2,5", "1")
    told = ground.told(f"/tasks/{task.uuid}")["status"]
    assert (told["executedRange"], told["failedOnlyRange"]) == ("0-2,5", "1")
    assert (told["startedOnceRange"], told["cancelledRange"]) == ("0-2,5", "")
    assert status.download_progress == status.execution_progress == status.upload_progress == 100
    assert status.wall_time_sec > 0
    assert status.execution_time_sec > 0
    assert status.environment_time_sec >= 0
    done = {one.instance_id: one for one in task.completed_instances}
    assert {number: one.state for number, one in done.items()} == {
        0: "Success", 1: "Failure", 2: "Success", 5: "Success",
    }  # fmt: skip
    assert all(one.execution_attempt_count == 1 for one in done.values())
    assert all(one.wall_time_sec > 0 for one in done.values())
    assert task.progress == 100


@proves("Task.status", "Task.running_instance_count", "Task.running_core_count")
def a_task_tells_what_runs_now(ground: Ground) -> None:
    with ground.waiting() as waiting:
        task = waiting.begin()
        (running,) = task.status.running_instances_info.per_running_instance_info
        assert running.instance_id == 0
        assert running.phase.lower() == "execution"
        assert task.running_instance_count == 1
        assert task.running_core_count >= 1
        assert task.state == "FullyExecuting"
    ground.server.ended(task)
    assert task.running_instance_count == 0


@proves(
    "Task.creation_date", "Task.end_date", "Task.state_transition_time", "Task.previous_state",
    "Task.previous_state_transition_time", "Task.last_modified",
)  # fmt: skip
def a_task_tells_when_it_changed(ground: Ground) -> None:
    with ground.waiting() as waiting:
        task = waiting.begin()
        unset = task.end_date
        assert task.previous_state in {"Submitted", "PartiallyDispatched", "FullyDispatched"}
        waiting.go()
        ground.server.ended(task)
    assert task.end_date == task.state_transition_time != unset
    assert task.creation_date.isoformat() < task.end_date
    assert task.previous_state != task.state
    assert task.previous_state_transition_time <= task.state_transition_time <= task.last_modified


@proves("Task.execution_time", "Task.wall_time")
def a_task_tells_what_it_took(ground: Ground) -> None:
    begun = time.monotonic()
    task = ground.server.run("sleep 0.3", 2)
    assert seconds(task.execution_time) >= 0.6
    assert 0.3 <= seconds(task.wall_time) <= time.monotonic() - begun + 1


def seconds(text: str) -> float:
    """Of a time span of less than a day."""
    hours, minutes, rest = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


@proves("Task.errors")
def errors_say_what_went_wrong(ground: Ground) -> None:
    task = ground.server.run("sh -c 'exit 3'")
    (error,) = task.errors
    assert error.code == "STK1001"
    assert "3" in error.message
    assert ground.server.run("true").errors == []


@proves("Task.results", "Task.results_whitelist", "Task.results_blacklist")
def results_are_those_that_were_chosen(ground: Ground) -> None:
    task = ground.server.task("sh -c 'touch a.txt b.txt c.log'", KIND="txt")
    task.results = ground.server.bucket()
    task.results_whitelist, task.results_blacklist = r".*\.${KIND}$", "^b"
    task.submit()
    ground.server.ended(task)
    again = ground.again(task)
    assert again.results == task.results
    assert (again.results_whitelist, again.results_blacklist) == (r".*\.${KIND}$", "^b")
    assert keys(again.results) == ["a.txt"]


@proves("Task.resources")
def inputs_are_seen_by_instances(ground: Ground) -> None:
    task = ground.server.task("sh -c 'cat a d/b'")
    task.resources = [filled(ground, "a"), filled(ground, "d/b")]
    task.submit()
    assert ground.server.ended(task).stdout() == "0> ad/b"
    assert ground.again(task).resources == task.resources


@proves("Task.update_resources", needs=("PATCH /tasks/{id}",))
def new_inputs_reach_an_instance_that_runs(ground: Ground) -> None:
    bucket = filled(ground, "first")
    task = ground.server.task("sh -c 'echo begun; until test -s second; do sleep 0.02; done; cat second'")
    task.resources = [bucket]
    task.submit()
    wait_until(lambda: "begun" in task.stdout(), TASK_S, "the command runs")
    bucket.add_string("arrived", "second")
    task.update_resources()
    assert ground.server.ended(task).stdout().splitlines()[-1] == "0> arrived"
    with pytest.raises(QarnotGenericException):
        task.update_resources()
