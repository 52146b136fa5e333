import pytest

from stokehold.client import Client
from stokehold.client.errors import NotBuilt
from tests import tools
from tests.waiting import wait_until


def test_tasks_of_a_job_wait_for_one_another(client: Client) -> None:
    try:
        job = client.create_job("chain")
    except NotBuilt:
        tools.missing("this server has no jobs")
    first = job.submit("true", name="first")
    second = job.submit("true", name="second", after=[first])
    assert {task.name for task in job.tasks()} == {"first", "second"}
    assert second.wait().succeeded
    assert all(task.final for task in job.wait())
    assert job.uuid in [one.uuid for one in client.jobs()]
    assert job.terminate().state in {"Terminating", "Completed"}
    job.delete(force=True)
    wait_until(lambda: job.uuid not in [one.uuid for one in client.jobs()], what="the job is forgotten")
    with pytest.raises(Exception, match=r"(?i)no such job"):
        job.refresh()
