"""Jobs as users' scripts have them: graphs of tasks that hand their results on, through the public SDK."""

from pathlib import Path

import pytest
import qarnot
from qarnot.dependency import AdvancedDependency, TaskFinalStateFailure, TaskFinalStateSuccess
from qarnot.job import Job
from qarnot.task import Task

from tests.system.servers import Server, Servers
from tests.waiting import wait_until

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself


@pytest.fixture
def server(servers: Servers) -> Server:
    return servers("process")


def made(server: Server, name: str, **fields: object) -> Job:
    job = server.sdk.create_job(name, useDependencies=True)
    for field, value in fields.items():
        setattr(job, field, value)
    job.submit()
    return job


def task(server: Server, job: Job, name: str, command: str, instances: int = 1) -> Task:
    """A task of a job that is not submitted yet."""
    made = server.sdk.create_task(name, "docker-batch", instances, job=job)
    made.constants["DOCKER_CMD"] = command
    return made


def test_a_graph_hands_its_results_on(server: Server, tmp_path: Path) -> None:
    """producer → transformer → collector, all submitted at once; nobody waits for anything by hand."""
    job = made(server, "graph", tags=["graph"])
    raw, cooked, plate = (server.bucket() for _ in range(3))
    producer = task(server, job, "producer", "sh -c 'echo ${INSTANCE_ID} >n${INSTANCE_ID}.txt'", 3)
    producer.results = raw
    producer.submit()
    transformer = task(server, job, "transformer", "sh -c 'for f in n*.txt; do sed s/^/x/ $f >x$f; done'")
    transformer.resources, transformer.results = [raw], cooked
    transformer.results_whitelist = "^xn"
    transformer.set_task_dependencies_from_tasks([producer])
    transformer.submit()
    collector = task(server, job, "collector", "sh -c 'cat xn*.txt | sort >all.txt; cat all.txt'")
    collector.resources, collector.results = [cooked], plate
    collector.results_whitelist = "all"
    wanted = AdvancedDependency(transformer.uuid, [TaskFinalStateSuccess()])
    collector.set_task_advanced_dependencies([wanted])
    collector.submit()

    assert [server.ended(one).state for one in (collector, transformer, producer)] == ["Success"] * 3
    collector.download_results(str(tmp_path))
    assert (tmp_path / "all.txt").read_text() == "x0\nx1\nx2\n"
    assert str(collector.dependencies.state) == "dependencyConditionsFulfilled"
    [told] = collector.dependencies.advanced_depends_on
    assert (told.task_uuid, str(told.actual_final_state)) == (transformer.uuid, "success")
    assert str(transformer.dependencies.state) == "dependencyConditionsFulfilled"
    assert {t.name for t in job.tasks} == {"producer", "transformer", "collector"}


def test_a_condition_that_is_not_met_cancels_all_that_follows(server: Server) -> None:
    job = made(server, "unmet")
    failing = task(server, job, "failing", "false")
    failing.submit()
    follower = task(server, job, "follower", "true")
    follower.set_task_advanced_dependencies([AdvancedDependency(failing.uuid, [TaskFinalStateSuccess()])])
    follower.submit()
    last = task(server, job, "last", "true")
    last.set_task_advanced_dependencies([AdvancedDependency(follower.uuid, [TaskFinalStateSuccess()])])
    last.submit()
    rescue = task(server, job, "rescue", "echo rescued")
    rescue.set_task_advanced_dependencies([AdvancedDependency(failing.uuid, [TaskFinalStateFailure()])])
    rescue.submit()
    ended = [server.ended(one).state for one in (failing, follower, last, rescue)]
    assert ended == ["Failure", "Cancelled", "Cancelled", "Success"]
    assert str(follower.dependencies.state) == "dependencyConditionsNotFulfilled"
    assert failing.uuid in follower.errors[0].message
    assert follower.uuid in last.errors[0].message


def test_a_job_is_terminated_and_deleted_by_its_owner(server: Server) -> None:
    job = made(server, "ended", shortname="ended-job")
    running = task(server, job, "running", "sleep 3600")
    running.submit()
    waiting = task(server, job, "waiting", "true")
    waiting.set_task_dependencies_from_uuids([running.uuid])
    waiting.submit()
    wait_until(lambda: running.update(True) is None and running.state == "FullyExecuting")
    with pytest.raises(qarnot.exceptions.UnauthorizedException, match="force"):
        job.delete()
    job.terminate()
    assert [server.ended(one).state for one in (running, waiting)] == ["Cancelled", "Cancelled"]
    wait_until(lambda: server.sdk.retrieve_job(job.uuid).state == "Completed")
    late = task(server, job, "late", "true")
    with pytest.raises(qarnot.exceptions.QarnotGenericException, match="takes no more tasks"):
        late.submit()
    uuid = job.uuid
    job.delete()
    wait_until(lambda: not _known(server, uuid), what="the job is gone")
    with pytest.raises(qarnot.exceptions.MissingTaskException):
        running.update(True)


def test_a_job_is_deleted_with_force_while_it_runs(server: Server) -> None:
    job = made(server, "forced")
    running = task(server, job, "running", "sleep 3600")
    running.submit()
    uuid = job.uuid
    job.delete(forceAbort=True)
    wait_until(lambda: not _known(server, uuid), what="the job is gone")


def test_a_job_that_takes_too_long_ends(server: Server) -> None:
    job = made(server, "timed", max_wall_time="00:00:02", completion_ttl="00:00:03")
    running = task(server, job, "running", "sleep 3600")
    running.submit()
    assert server.ended(running).state == "Cancelled"
    assert "maximum wall time of 00:00:02" in running.errors[0].message
    wait_until(lambda: not _known(server, job.uuid), what="the job went when it had been kept for its time")


def test_jobs_are_found_by_tags_and_pages(server: Server) -> None:
    for number in range(3):
        made(server, f"paged-{number}", tags=["paged", f"n{number}"])
    assert {job.name for job in server.sdk.all_jobs(tags=["n0", "n1"])} == {"paged-0", "paged-1"}
    assert [job.name for job in server.sdk.all_jobs(tags_intersect=["paged", "n2"])] == ["paged-2"]
    page = server.sdk.jobs_page(maximum=2, tags=["paged"])
    assert (len(page.page_data), page.is_truncated) == (2, True)
    rest = server.sdk.jobs_page(page.next_token, maximum=2, tags=["paged"])
    assert (len(rest.page_data), rest.is_truncated) == (1, False)


def _known(server: Server, uuid: str) -> bool:
    try:
        server.sdk.retrieve_job(uuid)
    except qarnot.exceptions.MissingJobException:
        return False
    return True
