"""Rows of `Job`, and of the dependencies of tasks."""

from datetime import timedelta

import pytest
from qarnot.dependency import AdvancedDependency, TaskFinalStateFailure, TaskFinalStateSuccess
from qarnot.exceptions import MissingJobException, UnauthorizedException
from qarnot.job import Job
from qarnot.task import Task

from tests.sdk.table import Ground, proves
from tests.system.cluster import TASK_S
from tests.waiting import wait_until

MADE = ("POST /jobs", "GET /jobs/{id}")
WITH_TASKS = (*MADE, "jobUuid")
DEPENDING = (*WITH_TASKS, "dependencies")


def submitted(ground: Ground, **fields: object) -> Job:
    job = ground.sdk.create_job("sdk-job", useDependencies=bool(fields.pop("dependencies", False)))
    for name, value in fields.items():
        setattr(job, name, value)
    job.submit()
    return job


def task_of(ground: Ground, job: Job, command: str = "true") -> Task:
    task = ground.sdk.create_task("in a job", "docker-batch", 1, job=job)
    task.constants["DOCKER_CMD"] = command
    return task


@proves("Job.submit", "Job.uuid", "Job.state", "Job.creation_date", needs=MADE)
def a_job_is_active_once_submitted(ground: Ground) -> None:
    job = submitted(ground)
    assert job.uuid
    assert job.state == "Active"
    assert job.creation_date.year >= 2024


@proves("Job.name", "Job.shortname", "Job.tags", "Job.use_dependencies", needs=MADE)
def what_a_job_is_called_is_kept(ground: Ground) -> None:
    job = ground.sdk.create_job("first")
    job.name, job.shortname, job.tags, job.use_dependencies = "second", "sdk-job-short", ["sdk-t"], True
    job.submit()
    again = ground.sdk.retrieve_job(job.uuid)
    again.update(True)
    assert (again.name, again.shortname, again.tags) == ("second", "sdk-job-short", ["sdk-t"])
    assert again.use_dependencies is True
    with pytest.raises(AttributeError):
        again.name = "third"


@proves("Job.max_wall_time", "Job.auto_delete", "Job.completion_ttl", needs=MADE)
def limits_of_a_job_are_kept(ground: Ground) -> None:
    job = submitted(ground, max_wall_time=timedelta(hours=2), auto_delete=True, completion_ttl="1.00:00:00")
    again = ground.sdk.retrieve_job(job.uuid)
    assert again.max_wall_time == timedelta(hours=2)
    assert again.auto_delete is True
    assert again.completion_ttl == "1.00:00:00"


@proves("Job.max_wall_time", needs=(*WITH_TASKS, "POST /jobs/{id}/terminate"))
def a_job_ends_when_its_time_is_over(ground: Ground) -> None:
    with ground.waiting() as waiting:
        job = submitted(ground, max_wall_time="00:00:03")
        waiting.task._job_uuid = job.uuid
        waiting.task.submit()
        assert ground.server.ended(waiting.task).state == "Cancelled"
        wait_until(lambda: fresh(job).state == "Completed", TASK_S, "the job is over")


def fresh(job: Job) -> Job:
    job.update(True)
    return job


@proves("Job.update", "Job.auto_update", "Job.update_cache_time", needs=MADE)
def a_job_is_looked_at_again(ground: Ground) -> None:
    job = submitted(ground)
    other = ground.sdk.retrieve_job(job.uuid)
    other.auto_update = False
    assert other.auto_update is False
    assert other.update_cache_time == 5
    job.terminate()
    assert other.state == "Active"
    other.update(True)
    assert other.state in {"Terminating", "Completed"}


@proves("Job.from_json", needs=MADE)
def a_job_is_made_of_an_answer(ground: Ground) -> None:
    job = submitted(ground)
    made = Job.from_json(ground.sdk, ground.told(f"/jobs/{job.uuid}"))
    assert (made.uuid, made.name) == (job.uuid, "sdk-job")


@proves("Job.tasks", needs=(*WITH_TASKS, "GET /jobs/{id}/tasks"))
def a_job_knows_its_tasks(ground: Ground) -> None:
    job = submitted(ground)
    made = [task_of(ground, job) for _ in range(3)]
    ground.sdk.submit_tasks(made)
    assert {task.uuid for task in job.tasks} == {task.uuid for task in made}
    for task in made:
        assert ground.server.ended(task).state == "Success"
        assert task._job_uuid == job.uuid


@proves(
    "Job.terminate", "Job.previous_state", "Job.state_transition_time", "Job.previous_state_transition_time",
    needs=(*WITH_TASKS, "POST /jobs/{id}/terminate"),
)  # fmt: skip
def terminating_a_job_cancels_its_tasks(ground: Ground) -> None:
    with ground.waiting() as waiting:
        job = submitted(ground)
        waiting.task._job_uuid = job.uuid
        task = waiting.begin()
        before = fresh(job).state_transition_time
        job.terminate()
        assert ground.server.ended(task).state == "Cancelled"
    wait_until(lambda: fresh(job).state == "Completed", TASK_S, "the job is over")
    assert job.previous_state in {"Active", "Terminating"}
    assert before <= job.previous_state_transition_time <= job.state_transition_time


@proves("Job.delete", needs=(*WITH_TASKS, "DELETE /jobs/{id}"))
def a_job_with_tasks_is_deleted_by_force_alone(ground: Ground) -> None:
    with ground.waiting() as waiting:
        job = submitted(ground)
        waiting.task._job_uuid = job.uuid
        waiting.begin()
        with pytest.raises(UnauthorizedException, match="force"):
            job.delete()
        path = f"/jobs/{job.uuid}"
        job.delete(forceAbort=True)
        wait_until(lambda: ground.sdk._get(path).status_code == 404, TASK_S, "the job is gone")
    with pytest.raises(MissingJobException):
        ground.sdk.retrieve_job(path.rpartition("/")[2])


@proves("Task.set_task_dependencies_from_tasks", "Task.dependencies", needs=DEPENDING)
def a_task_begins_when_those_it_depends_on_have_ended(ground: Ground) -> None:
    job = submitted(ground, dependencies=True)
    with ground.waiting() as waiting:
        waiting.task._job_uuid = job.uuid
        first, second = waiting.begin(), task_of(ground, job)
        second.set_task_dependencies_from_tasks([first])
        second.submit()
        assert ground.again(second).state == "Submitted"
        assert ground.again(second).dependencies.depends_on == [first.uuid]
        waiting.go()
        assert ground.server.ended(second).state == "Success"
    first.update(True)
    assert first.end_date <= second.end_date


@proves("Task.set_task_dependencies_from_uuids", needs=DEPENDING)
def a_task_depends_on_uuids(ground: Ground) -> None:
    job = submitted(ground, dependencies=True)
    first, second = task_of(ground, job), task_of(ground, job)
    first.submit()
    second.set_task_dependencies_from_uuids([first.uuid])
    second.submit()
    assert ground.server.ended(second).state == "Success"
    assert ground.again(first).state == "Success"


@proves("Task.set_task_advanced_dependencies", needs=DEPENDING)
def a_task_depends_on_how_others_end(ground: Ground) -> None:
    job = submitted(ground, dependencies=True)
    failing = task_of(ground, job, "false")
    failing.submit()
    ends = {"Success": TaskFinalStateFailure(), "Cancelled": TaskFinalStateSuccess()}
    for expected, end in ends.items():
        task = task_of(ground, job)
        task.set_task_advanced_dependencies([AdvancedDependency(failing.uuid, [end])])
        task.submit()
        assert ground.server.ended(task).state == expected
        (kept,) = ground.again(task).dependencies.advanced_depends_on
        assert kept.task_uuid == failing.uuid


@proves("Task.remove_task_dependency", "Task.clear_task_dependencies", needs=DEPENDING)
def dependencies_that_were_taken_back_do_not_count(ground: Ground) -> None:
    job = submitted(ground, dependencies=True)
    with ground.waiting() as waiting:
        waiting.task._job_uuid = job.uuid
        first = waiting.begin()
        second, third = task_of(ground, job), task_of(ground, job)
        second.set_task_dependencies_from_tasks([first])
        second.remove_task_dependency(first.uuid)
        third.set_task_dependencies_from_tasks([first])
        third.clear_task_dependencies()
        for task in (second, third):
            task.submit()
            assert ground.server.ended(task).state == "Success"
