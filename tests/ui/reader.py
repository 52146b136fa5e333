"""A person before the web UI, in Debian's Chromium: opens pages, looks, and takes pictures of what is seen."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.waiting import DEADLINE_S

ROOT = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("STOKE_PICTURES", ROOT / "build" / "pictures"))
AXE = ROOT / "ui" / "node_modules" / "axe-core" / "axe.min.js"
WAIT_MS = 1000 * DEADLINE_S
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

expect.set_options(timeout=WAIT_MS)

_AXE = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
    .filter(v => v.impact === "serious" || v.impact === "critical")
    .map(v => `${v.id}: ${v.help}: ${v.nodes.map(n => n.html.slice(0, 200)).join(" | ")}`)"""


class Reader:
    """Somebody who is signed in. `faults` are the errors that the browser's console told of."""

    def __init__(self, page: Page, api: str, token: str) -> None:
        self.page, self.api, self._token = page, api, token
        self.faults: list[str] = []
        page.set_default_timeout(WAIT_MS)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def sign_in(self) -> None:
        """By the link that `stoke ui` prints."""
        self.page.goto(f"{self.api}/#token={self._token}")
        self.page.locator("#main").wait_for()

    def open(self, place: str, heading: str = "") -> Page:
        """Go to a place of the UI, such as `tasks` or `tasks/UUID/logs`, and wait until it is there."""
        self.page.goto(f"{self.api}/#/{place}")
        self.page.get_by_role("heading", level=1, name=heading or None).first.wait_for()
        return self.page

    def picture(self, name: str, **options: Any) -> Path:
        """Save what is seen as `name`.png."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled", **options)
        return path

    def barriers(self) -> list[str]:
        """What axe finds serious or critical on the page as it is."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text())
        found: list[str] = self.page.evaluate(_AXE)
        return found

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(message.text)


@contextlib.contextmanager
def reading(
    browser: Browser, api: str, token: str, *, size: dict[str, int] = DESK, scheme: str = "light"
) -> Iterator[Reader]:
    """A reader in a browser window of their own."""
    context = browser.new_context(viewport=size, color_scheme=scheme, accept_downloads=True)  # type: ignore[arg-type]
    try:
        reader = Reader(context.new_page(), api, token)
        reader.sign_in()
        yield reader
    finally:
        context.close()
