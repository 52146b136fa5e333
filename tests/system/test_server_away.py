"""A server that is away leaves what runs alone, and hears of it when it is back."""

import subprocess
from pathlib import Path

import pytest
from qarnot.task import Task

from tests.system.cluster import STOKE, STOP_S, Stokehold, final
from tests.system.servers import Server
from tests.waiting import DEADLINE_S, wait_until

#: Goes on while the server is away, tells the side file where it is, and ends when the file `go` appears.
SCRIPT = """
echo begun
until [ -e {go} ]; do sleep 0.05; done
echo over
echo result >result-$INSTANCE_ID
echo E >>{side}
"""


class Watch:
    """A task of two instances that run until they are let go."""

    def __init__(self, stokehold: Stokehold, folder: Path) -> None:
        self.go, self.side = folder / "go", folder / "side"
        server = Server(stokehold)
        task = server.task("sh -c '" + SCRIPT.format(go=self.go, side=self.side) + "'", 2)
        task.results = server.bucket("watched")
        task.submit()
        wait_until(lambda: "0> begun" in task.stdout() and "1> begun" in task.stdout(), what="both run")
        self.uuid = task.uuid

    def let_go(self) -> None:
        self.go.touch()
        wait_until(lambda: self.side.exists() and self.side.read_text() == "E\nE\n", what="both have ended")

    def check(self, stokehold: Stokehold) -> Task:
        """Both have ended, once, with their output and results."""
        task = final(stokehold.connection().retrieve_task(self.uuid))
        assert task.state == "Success"
        assert [i.execution_attempt_count for i in task.completed_instances] == [1, 1]
        assert sorted(task.stdout().splitlines()) == ["0> begun", "0> over", "1> begun", "1> over"]
        assert sorted(o.key for o in task.results.list_files()) == ["result-0", "result-1"]
        return task


@pytest.fixture
def stokehold(tmp_path: Path) -> Stokehold:
    return Stokehold(tmp_path / "data")


@pytest.mark.parametrize("moved", [False, True], ids=["same ports", "other ports"])
def test_what_ends_while_the_server_is_away_is_told_when_it_is_back(
    stokehold: Stokehold, tmp_path: Path, moved: bool
) -> None:
    with stokehold:
        watch = Watch(stokehold, tmp_path)
        took = stokehold.end_server()
        assert took <= STOP_S
        assert stokehold.runners(), "the runner stays for its instances"
        watch.let_go()
        stokehold.restart(moved=moved)
        print(f"the server ended in {took:.2f} s and was ready again in {stokehold.ready_s:.2f} s")
        watch.check(stokehold)


def test_what_runs_on_while_the_server_is_away_is_left_alone(stokehold: Stokehold, tmp_path: Path) -> None:
    with stokehold:
        watch = Watch(stokehold, tmp_path)
        stokehold.kill_server()
        stokehold.restart()
        wait_until(lambda: stokehold.connection().retrieve_task(watch.uuid).state == "FullyExecuting")
        watch.let_go()
        watch.check(stokehold)


def test_a_runner_killed_and_a_server_away_find_their_instances_again(
    stokehold: Stokehold, tmp_path: Path
) -> None:
    with stokehold:
        watch = Watch(stokehold, tmp_path)
        stokehold.kill_server()
        stokehold.kill_runner()
        watch.let_go()
        stokehold.restart()
        watch.check(stokehold)


def test_a_second_server_on_the_same_folder_is_refused(stokehold: Stokehold) -> None:
    with stokehold:
        command = [STOKE, "serve", "--data", stokehold.data, "--port", "0", "--s3-port", "0"]
        second = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert second.returncode != 0
        assert f"Another server uses {stokehold.data}" in second.stderr
        assert "Traceback" not in second.stderr
        assert stokehold.healthy()


def test_a_port_that_is_taken_is_refused_clearly(stokehold: Stokehold, tmp_path: Path) -> None:
    with stokehold:
        port = stokehold.api.rpartition(":")[2]
        command = [STOKE, "serve", "--data", tmp_path / "other", "--port", port, "--s3-port", "0"]
        second = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        assert second.returncode != 0
        assert "in use" in second.stderr
        assert "Traceback" not in second.stderr


def test_a_runner_that_nobody_needs_leaves_by_itself(stokehold: Stokehold) -> None:
    """`serve` starts it with ten seconds of patience; its keeper needs as many."""
    with stokehold:
        wait_until(stokehold.runners, what="the runner runs")
        assert final(Server(stokehold).submit("true")).state == "Success"
        stokehold.end_server()
        wait_until(lambda: not stokehold.survivors(), what="the runner and its keeper have left")
