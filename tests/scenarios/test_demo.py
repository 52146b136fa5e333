"""The main job, and the example of the README, as a user runs them."""

import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx2

from scripts.demo import connect, environment, served
from tests.waiting import DEADLINE_S

ROOT = Path(__file__).parent.parent.parent


def python(*arguments: str | Path, cwd: Path = ROOT, **variables: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd, env={**environment(), **variables}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_the_demo_shows_four_verses_and_leaves_nothing_running(tmp_path: Path) -> None:
    done = python("-m", "scripts.demo", tmp_path / "out")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [f"verse-{i}.txt" for i in range(4)]
    assert "3> hello from instance 3" in done.stdout


def test_the_demo_stays_when_asked_to_and_says_where_the_ui_is(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.demo", "--stay", str(tmp_path / "out")]
    with subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        [shown] = [line for line in iter_until(demo.stdout, "web UI") if "web UI" in line]
        url = shown.split()[2]
        assert "/#token=" in url
        page = httpx2.get(url, headers={"accept": "text/html"}, timeout=DEADLINE_S, trust_env=False)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        demo.send_signal(signal.SIGINT)
        assert demo.wait(DEADLINE_S) == 0


def iter_until(lines: Iterable[str], words: str) -> Iterator[str]:
    """The lines up to the first that holds these words."""
    for line in lines:
        yield line
        if words in line:
            return


def test_the_example_is_a_script_for_the_public_sdk_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with served(tmp_path / "data") as endpoints:
        token = (tmp_path / "data" / "admin.token").read_text().strip()
        done = python(
            ROOT / "examples" / "hello.py",
            cwd=tmp_path,
            QARNOT_CLUSTER_URL=endpoints.api,
            QARNOT_CLIENT_TOKEN=token,
            NO_PROXY="127.0.0.1",
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Success" in done.stdout
        assert "2> hello from 2" in done.stdout
        assert (tmp_path / "hello-out" / "verse-3.txt").read_text() == "THE FIRE IS LIT\n"
        assert connect(endpoints, tmp_path / "data").user_info.email == "admin@stokehold.local"


def test_the_readme_shows_the_example_that_is_tested() -> None:
    code = (ROOT / "examples" / "hello.py").read_text().partition("import qarnot")
    assert code[1] + code[2] in (ROOT / "README.md").read_text()
