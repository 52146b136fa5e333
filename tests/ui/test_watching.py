"""Journeys through the page of one task: output as it comes, stopping it, snapshots, failures, many instances."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.system.cluster import Stokehold
from tests.system.servers import Server
from tests.ui.reader import Reader, reading
from tests.waiting import DEADLINE_S, wait_until

INSTANCES = 10_000


def test_output_appears_while_the_task_runs(reader: Reader, server: Server) -> None:
    command = (
        "sh -c 'n=0; while [ $n -lt 300 ]; do n=$((n+1)); echo line $n of ${INSTANCE_ID}; sleep 0.1; done'"
    )
    task = server.submit(command, 2)
    page = reader.open(f"tasks/{task.uuid}/logs", task.name)
    output = page.get_by_role("log")
    expect(output).to_contain_text(re.compile(r"line \d+ of 0"))
    expect(output).to_contain_text(re.compile(r"line \d\d of 1"))  # it came while one looked
    page.get_by_label("Search the output").fill("line 12 of")
    expect(page.get_by_role("search").get_by_role("status")).to_have_text("2")
    page.get_by_label("Search the output").press("Enter")
    expect(page.get_by_text("1 of 2")).to_be_visible()
    reader.picture("logs")
    assert reader.barriers() == []


def test_a_running_task_is_aborted(reader: Reader, server: Server) -> None:
    task = server.submit("sleep 600", 2)
    page = reader.open(f"tasks/{task.uuid}", task.name)
    page.get_by_role("button", name="Abort").click()
    page.get_by_role("dialog").get_by_role("button", name="Abort").click()
    expect(page.get_by_text("Cancelled").first).to_be_visible()
    expect(page.get_by_role("button", name="Abort")).to_have_count(0)
    reader.picture("aborted")
    assert server.ended(task).state == "Cancelled"


def test_a_snapshot_is_taken_and_looked_into(reader: Reader, server: Server) -> None:
    task = server.task("sh -c 'echo half of the work is done > half.txt; echo ready; sleep 600'")
    task.results = server.bucket()
    task.submit()
    wait_until(lambda: "ready" in task.stdout(), what="the instance has written its file")
    page = reader.open(f"tasks/{task.uuid}/snapshots", task.name)
    page.get_by_role("button", name="Take").first.click()
    page.get_by_role("button", name="Files of the snapshot").click()
    page.get_by_role("button", name="half.txt", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("half of the work is done")
    reader.picture("snapshot")


def test_what_failed_is_retried(reader: Reader, server: Server) -> None:
    task = server.run("sh -c 'test ${INSTANCE_ID} -ne 1 || { echo no fuel >&2; exit 3; }'", 3)
    assert task.state == "Failure"
    page = reader.open(f"tasks/{task.uuid}/errors", task.name)
    expect(page.get_by_role("main")).to_contain_text("exit")
    reader.picture("errors")
    page.get_by_role("button", name="Retry what failed").click()
    page.wait_for_url(lambda url: task.uuid not in url)
    again = page.url.rpartition("/")[2]
    expect(page.get_by_text("Failure").first).to_be_visible()  # it fails again, for the same reason
    retried = server.ended(server.sdk.retrieve_task(again))
    assert retried.status.executed_range == retried.status.failed_range == "1"


@pytest.fixture
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stokehold]:
    """A server whose instances do nothing, quickly."""
    data = tmp_path_factory.mktemp("large")
    settings = {"STOKE_RUNNER_RUNTIME": "dummy", "STOKE_RUNNER_SLOTS": "64"}
    with Stokehold(data / "data", settings) as stokehold:
        yield stokehold


def test_ten_thousand_instances_are_seen_at_once(browser: Browser, large: Stokehold) -> None:
    connection = large.connection()
    task = connection.create_task("ten thousand", "docker-batch", INSTANCES)
    task.constants["DOCKER_CMD"] = "true"
    task.submit()
    with reading(browser, large.api, large.token) as reader:
        page = reader.open(f"tasks/{task.uuid}/instances", "ten thousand")
        reader.picture("ten-thousand-running")
        wait_until(lambda: connection.retrieve_task(task.uuid).state == "Success", 2 * DEADLINE_S)
        expect(page.get_by_role("button", name="succeeded")).to_contain_text("10,000")
        page.get_by_label("Open an instance").fill("4711")
        page.get_by_label("Open an instance").press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("4711")
        expect(page.get_by_role("dialog")).to_contain_text("Success")
        reader.picture("ten-thousand")
        assert reader.faults == []
