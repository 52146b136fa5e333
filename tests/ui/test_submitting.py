"""Journeys from nothing: a task by the form, with a file that is dropped on it, and what it left in its bucket."""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.system.servers import Server
from tests.ui.reader import Reader


def test_a_task_is_submitted_by_the_form(reader: Reader, server: Server, tmp_path: Path) -> None:
    poem = tmp_path / "poem.txt"
    poem.write_text("the fire is lit\n")
    page = reader.open("new", "New task")
    page.get_by_label("Name", exact=True).fill("verses by form")
    page.get_by_label("Command").fill('sh -c "tr a-z A-Z < poem.txt > verse-${INSTANCE_ID}.txt; echo done"')
    page.get_by_label("Instances", exact=True).fill("3")
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload files").click()
    chooser.value.set_files(poem)
    page.get_by_role("dialog").get_by_label("Bucket").fill("poems-by-form")
    page.get_by_role("button", name="Upload", exact=True).click()
    page.get_by_label("Result bucket").fill("verses-by-form")
    for door, words in {
        "Python": "Client",
        "qarnot SDK": "import qarnot",
        "Command line": "stoke run",
        "JSON": '"DOCKER_CMD"',
    }.items():
        page.get_by_role("button", name=door, exact=True).click()
        expect(page.get_by_label(door, exact=True)).to_contain_text(words)
    reader.picture("form")
    assert reader.barriers() == []
    page.get_by_role("button", name=re.compile("^Submit")).click()
    page.get_by_role("heading", level=1, name="verses by form").wait_for()
    expect(page.get_by_text("Success").first).to_be_visible()
    reader.picture("overview")
    page.get_by_role("link", name="Files", exact=True).click()
    page.get_by_role("button", name="verse-2.txt", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("THE FIRE IS LIT")
    reader.picture("result")


def test_a_bucket_is_browsed_and_deleted(reader: Reader, server: Server) -> None:
    bucket = server.bucket("old-frames")
    for number in range(3):
        bucket.add_string(f"frame {number}\n", f"shots/one/frame-{number}.txt")
    page = reader.open("buckets", "Buckets")
    page.get_by_role("link", name="old-frames", exact=True).click()
    page.get_by_role("button", name="shots/", exact=True).click()
    page.get_by_role("button", name="one/", exact=True).click()
    page.get_by_role("button", name="frame-1.txt", exact=True).click()
    expect(page.get_by_role("dialog")).to_contain_text("frame 1")
    page.get_by_role("dialog").get_by_role("button", name="Close").click()
    reader.picture("bucket")
    assert reader.barriers() == []
    page.get_by_role("button", name="Delete bucket").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("old-frames")
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Delete")).click()
    page.get_by_role("heading", level=1, name="Buckets").wait_for()
    expect(page.get_by_role("link", name="old-frames", exact=True)).to_have_count(0)
    assert "old-frames" not in [one.uuid for one in server.sdk.buckets()]
