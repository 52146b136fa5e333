import json
from pathlib import Path

import pytest

from stokehold.client import Client
from tests.cli.conftest import Stoke
from tests.system.cluster import Stokehold
from tests.system.servers import Servers
from tests.waiting import wait_until


@pytest.fixture
def stokehold(servers: Servers) -> Stokehold:
    """A server of these tests alone: they delete all that is there."""
    return servers("process", STOKE_RUNNER_GRACE_S="0.9").stokehold


def kinds(stoke: Stoke) -> list[tuple[str, str]]:
    rows = json.loads(stoke("all", "--format", "json").stdout)
    return [(row["kind"], row["name"]) for row in rows]


def test_everything_is_listed_stopped_and_deleted(stoke: Stoke, client: Client, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("x")
    job = client.create_job("of-all")
    inside = job.submit("sleep 600", name="inside")
    alone = client.submit("sleep 600", name="alone", results="of-all")
    assert {("task", "inside"), ("task", "alone"), ("job", "of-all"), ("bucket", "of-all")} <= set(
        kinds(stoke)
    )
    assert "alone" in stoke("all", "--list").stdout
    stopped = stoke("all", "--abort").stdout
    assert f"job {job.uuid} stopped" in stopped
    assert f"task {alone.uuid} stopped" in stopped
    assert {inside.wait().state, alone.wait().state} == {"Cancelled"}
    wait_until(lambda: job.refresh().state == "Completed")
    assert stoke("all", "--abort").stdout == ""
    assert "bucket of-all deleted" in stoke("all", "--delete", "--yes").stdout
    wait_until(lambda: kinds(stoke) == [])
