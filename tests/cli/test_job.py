import json
from pathlib import Path

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
    stoke("job", "abort", "--id", job)
    stoke("job", "delete", "--force", job)
    assert job not in stoke("job", "list").stdout


def test_a_job_is_described_by_options_over_a_file(stoke: Stoke, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    path.write_text(
        json.dumps({"Name": "filed", "IsDependent": False, "MaximumWallTime": "1.06", "Tags": ["f"]})
    )
    words = ["-f", path, "--ttl", "1.00:00:00", "--auto-delete", "-s", "filed-job"]
    told = client.server.ask(dict, "GET", f"/jobs/{stoke('job', 'create', *words).stdout.strip()}")
    assert (told["name"], told["useDependencies"], told["maxWallTime"]) == ("filed", False, "1.06:00:00")
    assert (told["tags"], told["shortname"]) == (["f"], "filed-job")
    uuid = stoke("run", "--detach", "--job", "filed-job", "--", "true").stdout.strip()
    assert client.task(uuid).job_uuid == told["uuid"]
    client.job("filed-job").delete(force=True)


def test_a_job_has_a_name(stoke: Stoke) -> None:
    assert "--name" in stoke("job", "create", expect=2).stderr
    stoke("job", "create", "-n", "j", "--max-wall-time", "soon", expect=2)
