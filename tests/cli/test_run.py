import os
import shutil
import subprocess
import sys
from pathlib import Path

from stokehold.client import Client
from tests.cli.conftest import Stoke
from tests.cli.terminal import STOKE


def test_the_whole_story_in_one_command(stoke: Stoke, tmp_path: Path) -> None:
    data, results = tmp_path / "data", tmp_path / "results"
    data.mkdir()
    (data / "sim.py").write_text(
        "import sys; print('run', sys.argv[1]); open(f'r{sys.argv[1]}', 'w').write('x')"
    )
    words = ["run", "--instances", "8", "--input", data, "--output", results, "--"]
    command = [sys.executable, "sim.py", "${INSTANCE_ID}"]
    done = stoke(*words, *command)
    assert sorted(done.stdout.splitlines()) == sorted(f"{n}> run {n}" for n in range(8))
    assert "1 sent" in done.stderr
    assert sorted(path.name for path in results.iterdir()) == [f"r{n}" for n in range(8)]
    shutil.rmtree(results)
    assert "nothing to send" in stoke(*words, *command).stderr
    assert len(list(results.iterdir())) == 8


def test_the_exit_code_is_the_verdict(stoke: Stoke) -> None:
    done = stoke("run", "--", "sh", "-c", "echo why >&2; exit 3", expect=1)
    assert "why" in done.stderr
    assert "STK1001" in done.stderr
    assert "stoke task logs" in done.stderr


def test_a_detached_run_prints_its_uuid(stoke: Stoke, client: Client) -> None:
    uuid = stoke("run", "--detach", "--", "true").stdout.strip()
    assert client.task(uuid).wait().succeeded


def test_a_run_that_takes_too_long_is_left_alone(stoke: Stoke, client: Client) -> None:
    stoke("run", "-n", "long", "--timeout", "0.1", "--", "sleep", "600", expect=124)
    task = next(client.tasks(name="long"))
    assert not task.final
    task.abort()


def test_what_is_to_be_run_must_be_said(stoke: Stoke) -> None:
    assert "stoke run -- echo hello" in stoke("run", expect=2).stderr


def test_in_a_pipe_there_are_lines_and_no_colours(variables: dict[str, str]) -> None:
    done = subprocess.run(
        [STOKE, "run", "--", "echo", "plain"],
        capture_output=True,
        env={**os.environ, **variables},
        timeout=60,
        check=False,
    )
    assert done.stdout == b"0> plain\n"
    assert b"\x1b" not in done.stderr
