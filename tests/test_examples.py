"""Every example of the pages about the command line and the SDK is run, as a reader would run it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.servers import Servers

DOCS = Path(__file__).parent.parent / "docs"
BIN = Path(sys.executable).parent


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
        command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("code", blocks("sdk.md", "python"))
def test_the_examples_of_the_sdk_run(servers: Servers, tmp_path: Path, code: str) -> None:
    done = run(servers, [sys.executable, "-c", code], tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_examples_of_the_command_line_run(servers: Servers, tmp_path: Path) -> None:
    script = "set -e\n" + "".join(blocks("cli.md", "sh"))
    done = run(servers, ["sh", "-c", script], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(list((tmp_path / "results").iterdir())) == 8
