"""Every example of the pages about the command line and the SDK is run, as a reader would run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.servers import Servers

DOCS = Path(__file__).parent.parent / "docs"

#: Pages whose commands are given one after the other, and what they say in the end or on the way.
SESSIONS = {
    "cli.md": "square-7.txt",
    "tutorial/command-line.md": "1.75 4.44",
    "how-to/tasks.md": "exit code 3: it was cancelled",
    "how-to/buckets.md": "TWO",
    "how-to/jobs.md": "\n3\n",
    "how-to/capacity.md": "docker-network",
    "explanation/billing.md": "executionTimeSec",
}
ELSEWHERE = {"how-to/backup.md": "tests/scenarios/test_backup.py"}
BIN = Path(sys.executable).parent
PATIENCE_S = 900  # for fifty commands, on a machine that does much else


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)


def run(servers: Servers, command: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    server = servers("process").stokehold
    variables = {
        "QARNOT_CLUSTER_URL": server.api,
        "QARNOT_CLIENT_TOKEN": server.token,
        "NO_PROXY": "127.0.0.1",
    }
    path = f"{BIN}:{os.environ['PATH']}"
    env = {**os.environ, **variables, "HOME": str(folder), "PATH": path, "QARNOT_STORAGE_URL": server.storage}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )


@pytest.mark.parametrize("code", [*blocks("sdk.md", "python"), *blocks("tutorial/python.md", "python")])
def test_the_examples_of_the_sdk_run(servers: Servers, tmp_path: Path, code: str) -> None:
    done = run(servers, [sys.executable, "-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("page", SESSIONS)
def test_the_commands_of_a_page_run_one_after_the_other(servers: Servers, tmp_path: Path, page: str) -> None:
    done = run(servers, ["sh", "-c", "set -e\n" + "".join(blocks(page, "sh"))], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert SESSIONS[page] in done.stdout, done.stdout + done.stderr


def test_every_page_with_commands_is_run() -> None:
    pages = {str(path.relative_to(DOCS)) for path in DOCS.rglob("*.md") if "\n```sh\n" in path.read_text()}
    assert pages == {*SESSIONS, *ELSEWHERE}
