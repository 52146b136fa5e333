"""The tutorial of the web UI, done as it says. Its pictures are taken here: STOKE_PICTURES says where to."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.system.servers import Server
from tests.ui.reader import ROOT, Reader

PAGE = (ROOT / "docs" / "tutorial" / "web.md").read_text()


def test_the_first_sweep_in_the_browser(reader: Reader, server: Server, tmp_path: Path) -> None:
    program = tmp_path / "spring.awk"
    program.write_text(_block("awk"))
    told = dict(re.findall(r"^\| \*\*(.+?)\*\* \| `(.+?)` \|$", PAGE, re.MULTILINE))
    page = reader.open("", "Dashboard")
    page.get_by_role("link", name="New task").first.click()
    for field in ("Name", "Command", "Instances", "Result bucket"):
        page.get_by_label(field, exact=True).fill(told[field])
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload files").click()
    chooser.value.set_files(program)
    page.get_by_role("dialog").get_by_label("Bucket").fill("spring-in")
    page.get_by_role("button", name="Upload", exact=True).click()
    expect(page.get_by_text("1 file stored")).to_be_visible()
    reader.picture("new-task")
    page.get_by_role("button", name="Submit task").click()
    page.get_by_role("heading", level=1, name="spring").wait_for()
    expect(page.get_by_role("main").get_by_text("Success").first).to_be_visible()
    expect(page.get_by_text("8 succeeded")).to_be_visible()
    reader.picture("overview")
    page.get_by_role("link", name="Logs", exact=True).click()
    expect(page.get_by_role("log")).to_contain_text("damping 1.00: still after 8.0 s")
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("button", name="spring-3.txt", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("1 8")


def _block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]
