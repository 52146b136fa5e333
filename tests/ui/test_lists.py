"""Journeys through many tasks: one among a hundred thousand, two beside each other, and a graph that runs."""

import itertools
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, expect

from tests.system.cluster import Stokehold
from tests.system.servers import Server
from tests.ui.reader import Reader, reading

MANY, LIST = 100_000, 1_000

pytestmark = pytest.mark.timeout(600)  # a hundred thousand tasks are submitted before one looks


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stokehold]:
    """A server with a hundred thousand tasks, and nobody to run them."""
    data: Path = tmp_path_factory.mktemp("crowded") / "data"
    with Stokehold(data, flags=["--no-runner"]) as stokehold:
        with httpx2.Client(base_url=stokehold.api, trust_env=False, timeout=60) as http:
            http.headers["authorization"] = stokehold.token
            with ThreadPoolExecutor(2) as both:
                for done in both.map(lambda first: _submit(http, first), range(0, MANY, LIST)):
                    assert done.status_code == 200, done.text
        yield stokehold


def _submit(http: httpx2.Client, first: int) -> httpx2.Response:
    common = {
        "profile": "docker-batch",
        "instanceCount": 1,
        "constants": [{"key": "DOCKER_CMD", "value": "true"}],
    }
    return http.post("/tasks", json=[{"name": f"frame-{n:06}", **common} for n in range(first, first + LIST)])


def test_one_task_is_found_among_a_hundred_thousand(browser: Browser, crowded: Stokehold) -> None:
    with reading(browser, crowded.api, crowded.token) as reader:
        page = reader.open("tasks", "Tasks")
        expect(page.get_by_role("status").filter(has_text="100,000")).to_be_visible()
        reader.picture("hundred-thousand")
        for _ in itertools.takewhile(lambda _: _top(reader) < 100_000, range(400)):
            page.mouse.wheel(0, 4000)
            expect(page.get_by_role("row").nth(5)).to_be_visible()  # nothing is blank, however one scrolls
        page.get_by_label("Search tasks").fill("frame-042195")
        expect(page.get_by_role("link", name="frame-042195")).to_be_visible()
        expect(page.get_by_role("row")).to_have_count(2)  # the head and the one
        reader.picture("one-among-many")
        page.get_by_role("link", name="frame-042195").click()
        page.get_by_role("heading", level=1, name="frame-042195").wait_for()
        assert reader.faults == []


def _top(reader: Reader) -> float:
    top: float = reader.page.evaluate("scrollY")
    return top


def test_two_tasks_are_compared(reader: Reader, server: Server) -> None:
    tasks = [server.submit(f"sh -c 'echo {name}'", count) for name, count in (("coarse", 1), ("fine", 3))]
    for task in tasks:
        server.ended(task)
    page = reader.open("tasks", "Tasks")
    for task in tasks:
        page.get_by_role("row").filter(has=page.get_by_role("link", name=task.name, exact=True)).get_by_role(
            "checkbox"
        ).check()
    page.get_by_role("link", name="Compare").click()
    comparison = page.get_by_role("region", name="Comparison")
    expect(comparison).to_contain_text("echo coarse")
    expect(comparison).to_contain_text("echo fine")
    page.get_by_label("Differences only").check()
    reader.picture("compare")
    assert reader.barriers() == []


def test_a_graph_of_tasks_is_seen_to_run(reader: Reader, server: Server) -> None:
    job = server.sdk.create_job("render a film", useDependencies=True)
    job.submit()
    made: dict[str, str] = {}
    for name, needs in {"mesh": [], "left": ["mesh"], "right": ["mesh"], "film": ["left", "right"]}.items():
        task = server.sdk.create_task(name, "docker-batch", 1, job=job)
        task.constants["DOCKER_CMD"] = "sleep 2"
        task.set_task_dependencies_from_uuids([made[one] for one in needs])
        task.submit()
        made[name] = task.uuid
    page = reader.open(f"jobs/{job.uuid}", "render a film")
    graph = page.get_by_role("group", name="Graph of the tasks")
    for name in made:
        expect(graph.get_by_role("link", name=re.compile(f"^{name}"))).to_be_visible()
    reader.picture("graph-running")
    expect(page.get_by_text("4 of 4 tasks ended")).to_be_visible()
    reader.picture("graph")
    assert reader.barriers() == []
    job.delete()
