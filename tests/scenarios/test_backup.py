"""The commands of docs/how-to/backup.md, as an operator would give them."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.system.cluster import Stokehold, final
from tests.system.servers import SETTINGS
from tests.test_examples import blocks
from tests.waiting import DEADLINE_S


def give(script: str, home: Path) -> None:
    done = subprocess.run(
        ["sh", "-ec", script],
        env={**os.environ, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_copy_made_while_the_server_runs_can_be_restored(tmp_path: Path) -> None:
    data = tmp_path / ".local/share/stokehold"
    copy, restore = blocks("how-to/backup.md", "sh")
    with Stokehold(data, SETTINGS["process"]) as server:
        sdk = server.connection()
        token = server.token
        sdk.create_bucket("kept").add_string("precious", "file.txt")
        task = sdk.create_task("kept", "docker-batch", 1, shortname="kept")
        task.constants["DOCKER_CMD"] = "sh -c 'echo said > said.txt; cat said.txt'"
        task.results = sdk.create_bucket("results")
        task.submit()
        assert final(task).state == "Success"
        give(copy, tmp_path)
        sdk.create_bucket("kept").add_string("later", "file.txt")
    shutil.rmtree(data)
    give(restore, tmp_path)
    with Stokehold(data, SETTINGS["process"]) as server:
        sdk = server.connection()
        assert server.token == token
        sdk.retrieve_bucket("kept").get_file("file.txt", str(tmp_path / "file.txt"))
        sdk.retrieve_bucket("results").get_file("said.txt", str(tmp_path / "said.txt"))
        assert (tmp_path / "file.txt").read_text() == "precious"
        assert (tmp_path / "said.txt").read_text() == "said\n"
        task = sdk.retrieve_task("kept")
        assert (task.state, task.stdout().strip()) == ("Success", "0> said")
        again = sdk.create_task("again", "docker-batch", 1)
        again.constants["DOCKER_CMD"] = "true"
        again.submit()
        assert final(again).state == "Success"
