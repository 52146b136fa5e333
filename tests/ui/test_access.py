"""Every page, in light and in dark, on a desk and on a phone: for those who see little, or use keys alone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.system.servers import Server
from tests.ui.reader import DESK, PHONE, Reader, reading

PLACES = ["", "tasks", "new", "jobs", "buckets", "profiles", "profiles/docker-batch", "nodes", "account"]
TABS = ["", "instances", "logs", "curves", "files", "snapshots", "errors", "settings"]

_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(("size", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light")])
def test_no_page_has_a_barrier(browser: Browser, server: Server, size: dict[str, int], scheme: str) -> None:
    task = server.run("sh -c 'echo out; echo err >&2; echo result > file.txt; exit ${INSTANCE_ID}'", 2)
    job = server.sdk.create_job("a job")
    job.submit()
    with reading(browser, server.stokehold.api, server.stokehold.token, size=size, scheme=scheme) as reader:
        found = {
            place: faults
            for place in [*PLACES, f"jobs/{job.uuid}", *(f"tasks/{task.uuid}/{tab}" for tab in TABS)]
            if (faults := _faults(reader, place, f"{scheme}-{size['width']}"))
        }
    job.delete()
    assert found == {}
    assert reader.faults == []


def _faults(reader: Reader, place: str, look: str) -> list[str]:
    page = reader.open(place)
    expect(page.get_by_text("Loading…")).to_have_count(0)
    parts = place.split("/")
    name = "-".join([parts[0] or "dashboard", *(part for part in parts[1:] if len(part) < 30)])
    reader.picture(f"{name}-{look}", full_page=True)
    wider = page.evaluate(_WIDER)
    return reader.barriers() + ([f"the page is {wider} pixels wider than the window"] if wider > 0 else [])


def test_a_task_is_reached_by_keys_alone(reader: Reader, server: Server) -> None:
    task = server.run("true")
    page = reader.open("")
    page.keyboard.press("g")
    page.keyboard.press("t")
    page.get_by_role("heading", level=1, name="Tasks").wait_for()
    page.keyboard.press("/")
    page.keyboard.type(task.name)
    link = page.get_by_role("link", name=task.name, exact=True)
    expect(link).to_have_count(1)
    for _ in range(30):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name=task.name).wait_for()
