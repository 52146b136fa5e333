"""How soon the first page of the UI can be used, and how much of it a browser has to fetch.

python -m bench.ui [--quick]

Every visit is that of a browser which has never been here. The peer is the plainest page of the same server,
the one that shows the description of its interface: it tells what the browser itself needs.
"""

import argparse
import gzip
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, Page, Response

from bench import floor
from bench.stack import Stack, stack
from tests.ui.chromium import chromium

ROUNDS, QUICK_ROUNDS = 15, 3
TASKS = 200
TARGET_MS, TARGET_KB = 1000, 150
CHROMIUM = Path("/usr/bin/chromium")

#: Milliseconds from the start of the visit until its content is there and a frame was drawn with it.
_READY = """selector => new Promise(done => {
    const look = () => document.querySelector(selector)
        ? requestAnimationFrame(() => done(performance.now())) : requestAnimationFrame(look);
    look();
})"""


class Visit:
    """One first visit: the scripts that it fetched, by their compressed sizes."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.page: Page = self.context.new_page()
        self.scripts: list[Response] = []
        self.page.on("response", self._note)

    def ready_ms(self, url: str, selector: str) -> float:
        self.page.goto(url, wait_until="commit")
        return float(self.page.evaluate(_READY, selector))

    def kilobytes(self) -> float:
        return sum(len(gzip.compress(script.body())) for script in self.scripts) / 1e3

    def _note(self, response: Response) -> None:
        if response.request.resource_type == "script":
            self.scripts.append(response)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    floor.show()
    with stack() as running, chromium(CHROMIUM) as browser:
        running.finish(running.submit(TASKS))
        measure(browser, running, rounds)


def measure(browser: Browser, running: Stack, rounds: int) -> None:
    api = str(running.http.base_url).rstrip("/")
    token = running.http.headers["authorization"]
    pages = {
        "dashboard": (f"{api}/#token={token}", "main h1"),
        "a bare page": (f"{api}/docs", "body *"),
    }
    taken: dict[str, list[float]] = {name: [] for name in pages}
    sizes: list[float] = []
    for _ in range(rounds):
        for name, (url, selector) in pages.items():
            visit = Visit(browser)
            taken[name].append(visit.ready_ms(url, selector))
            if name == "dashboard":
                sizes.append(visit.kilobytes())
            visit.context.close()
    for name, found in taken.items():
        print(f"{name:12} ms: median {median(found):5.0f}   worst {max(found):5.0f}   target: {TARGET_MS}")
    print(f"JavaScript, compressed: {max(sizes):.0f} kB   target: {TARGET_KB}")


if __name__ == "__main__":
    main()
