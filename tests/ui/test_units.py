"""The tests of the UI's own logic, which Vitest runs."""

import subprocess

from tests import tools
from tests.ui.reader import ROOT


def test_the_logic_of_the_ui_is_right() -> None:
    tools.require("node")
    if not (ROOT / "ui" / "node_modules" / "ready").exists():
        tools.missing("the UI is not set up: `make setup` does it where Node.js 20.19 or newer is")
    words = ["node", "node_modules/vitest/vitest.mjs", "run", "--no-color"]
    done = subprocess.run(words, cwd=ROOT / "ui", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
