from stokehold.client import Client
from stokehold.client.errors import NotBuilt
from tests import tools
from tests.cli.conftest import Stoke


def test_a_job_is_made_filled_and_ended(stoke: Stoke, client: Client) -> None:
    try:
        list(client.jobs(limit=1))
    except NotBuilt:
        stoke("job", "list", expect=8)
        tools.missing("this server has no jobs")
    job = stoke("job", "create", "-n", "cli-job").stdout.strip()
    first = stoke("run", "--detach", "--job", job, "--", "true").stdout.strip()
    stoke("run", "--job", job, "--after", first, "--", "true")
    assert stoke("job", "tasks", job).stdout.count("Success") == 2
    stoke("job", "wait", job)
    assert "cli-job" in stoke("job", "list").stdout
    assert "cli-job" in stoke("job", "show", job).stdout
    stoke("job", "stop", job)
    stoke("job", "delete", "--force", job)
    assert job not in stoke("job", "list").stdout
