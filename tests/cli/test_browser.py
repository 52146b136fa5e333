"""A browser is led to an address that its own command line does not hold."""

import os
import subprocess
import sys
from pathlib import Path

from tests.waiting import DEADLINE_S

WHERE = "http://127.0.0.1:1/#token=s3cret"

#: What a browser does with the address that it is given: `Location`, then what a second visitor gets.
BROWSER = """#!{python}
import http.client, sys, urllib.parse

def status(path):
    connection = http.client.HTTPConnection(there.hostname, there.port, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    return f"{{answer.status}} {{answer.getheader('location')}}"

there = urllib.parse.urlsplit(sys.argv[1])
with open({out!r}, "w") as out:
    print(sys.argv[1], status("/favicon.ico"), status(there.path), sep="\\n", file=out)
"""


def shown(folder: Path, script: str, patience_s: float) -> str:
    """What `show` says with this program as the only browser, after so long at the most."""
    browser = folder / "browser"
    browser.write_text(script)
    browser.chmod(0o755)
    code = f"from stokehold.cli import browser; browser.PATIENCE_S = {patience_s}; print(browser.show({WHERE!r}))"
    env = {**os.environ, "BROWSER": f"{browser} %s", "PATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_S,
        check=True,
    ).stdout.strip()


def test_the_way_is_told_once_and_to_nobody_who_does_not_know_the_path(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert shown(tmp_path, BROWSER.format(python=sys.executable, out=str(out)), DEADLINE_S) == "True"
    argument, stranger, visitor = out.read_text().splitlines()
    assert "s3cret" not in argument
    assert (stranger, visitor) == ("404 None", f"303 {WHERE}")


def test_a_browser_that_does_not_come_is_told(tmp_path: Path) -> None:
    assert shown(tmp_path, f"#!{sys.executable}\n", 0.2) == "False"
    assert shown(tmp_path, f"#!{sys.executable}\nraise SystemExit(1)\n", 0.2) == "False"
