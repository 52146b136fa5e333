"""Rows of `Task`: snapshots."""

from qarnot.snapshot import SuccessStatus
from qarnot.task import Task

from tests.sdk.buckets import keys
from tests.sdk.table import Ground, Waiting, proves
from tests.system.cluster import TASK_S
from tests.waiting import wait_until

INSTANT = ("POST /tasks/{id}/snapshot", "GET /tasks/{id}/snapshot/{snapshotId}")
PERIODIC = ("POST /tasks/{id}/snapshot/periodic",)
WRITES = "echo a >a.txt; echo b >b.log; echo c >c.txt"


def running(ground: Ground, waiting: Waiting) -> Task:
    """A task that has written its files, and has a result bucket."""
    waiting.task.results = ground.server.bucket()
    return waiting.begin()


def finished(task: Task, snapshot_id: str) -> bool:
    status = task.snapshot_status(snapshot_id)._status
    assert type(status).__name__ != "FailedStatus"
    return isinstance(status, SuccessStatus)


@proves("Task.instant", "Task.snapshot_status", "Task.wait_snapshot", needs=INSTANT)
def an_instant_snapshot_stores_what_there_is(ground: Ground) -> None:
    with ground.waiting(WRITES) as waiting:
        task = running(ground, waiting)
        snapshot_id = task.instant()
        assert snapshot_id.startswith(f"snap_{task.uuid}_")
        wait_until(lambda: finished(task, snapshot_id), TASK_S, "the snapshot is stored")
        assert task.wait_snapshot(snapshot_id) is True
        assert keys(task.results) == ["a.txt", "b.log", "c.txt"]
        task.update(True)
        assert task.state == "FullyExecuting"
        assert task._rescount == 1  # it grows with each snapshot, whatever its files


@proves("Task.instant", needs=INSTANT)
def an_instant_snapshot_has_its_own_filters_and_bucket(ground: Ground) -> None:
    with ground.waiting(WRITES) as waiting:
        task, other = running(ground, waiting), ground.server.bucket()
        snapshot_id = task.instant(r".*\.txt$", "^c", other, "at/")
        wait_until(lambda: finished(task, snapshot_id), TASK_S, "the snapshot is stored")
        assert keys(other) == ["at/a.txt"]
        assert keys(task.results) == []


@proves("Task.snapshot_whitelist", "Task.snapshot_blacklist")
def filters_of_snapshots_are_kept(ground: Ground) -> None:
    task = ground.server.task("true")
    task.snapshot_whitelist, task.snapshot_blacklist = r".*\.txt$", "^c"
    task.submit()
    again = ground.again(task)
    assert (again.snapshot_whitelist, again.snapshot_blacklist) == (r".*\.txt$", "^c")


@proves("Task.snapshot_whitelist", "Task.snapshot_blacklist", needs=INSTANT)
def filters_of_a_task_are_those_of_its_snapshots(ground: Ground) -> None:
    with ground.waiting(WRITES) as waiting:
        waiting.task.snapshot_whitelist, waiting.task.snapshot_blacklist = r".*\.txt$", "^c"
        task = running(ground, waiting)
        snapshot_id = task.instant()
        wait_until(lambda: finished(task, snapshot_id), TASK_S, "the snapshot is stored")
        assert keys(task.results) == ["a.txt"]


@proves("Task.snapshot", "Task.snapshot_interval", needs=PERIODIC)
def periodic_snapshots_have_an_interval_and_stop(ground: Ground) -> None:
    with ground.waiting(WRITES) as waiting:
        waiting.task.snapshot(30)
        task = running(ground, waiting)
        assert task.snapshot_interval == 30
        task.snapshot(1)
        task.update(True)
        assert task.snapshot_interval >= 10, "the server clamps it"
        task.snapshot(0)
        task.update(True)
        assert task.snapshot_interval == 0
