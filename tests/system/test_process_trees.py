"""Abort, delete and the end of a runner kill whole process trees: children, daemons and those that will not go."""

import itertools
import random
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from qarnot.task import Task

from tests.system.cluster import Stokehold, sleepers
from tests.system.servers import GRACE_S, SETTINGS, Server, Servers
from tests.waiting import DEADLINE_S, wait_until

KINDS = list(SETTINGS)
LATE_S = GRACE_S + DEADLINE_S  # the grace time, and what a busy machine needs to look and to kill

#: A program that ignores SIGTERM, with a child, a grandchild in a session of its own, and a double-forked daemon that
#: ignores it too. Each sleeps a time that nothing else on the machine sleeps: so its processes can be counted.
FAMILY = """
trap "" TERM
sleep {time} &
setsid sleep {time} &
( ( trap "" TERM; setsid sh -c "sleep {time}; true" </dev/null >/dev/null 2>&1 ) & ) &
echo ready
sleep {time}
sleep {time}
"""

_times = itertools.count(random.SystemRandom().randrange(10**5, 10**6))


class Family:
    """A task whose program has started its whole family, and the means to count it."""

    def __init__(self, server: Server) -> None:
        self.time = f"9{next(_times)}"
        self.task = server.submit("sh -c '" + FAMILY.format(time=self.time) + "'")
        wait_until(lambda: len(self.alive()) >= 4, what="the whole family runs")

    def alive(self) -> list[psutil.Process]:
        return sleepers(self.time)

    def check_gone(self) -> None:
        wait_until(lambda: not self.alive(), LATE_S, "no process of the family survives")


def abort(task: Task) -> None:
    task.abort()
    wait_until(lambda: task.update(True) or task.state == "Cancelled", LATE_S, "the task is cancelled")


def delete(task: Task) -> None:
    task.delete()


@pytest.mark.parametrize("end", [abort, delete])
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_a_task_survives(servers: Servers, kind: str, end: Callable[[Task], None]) -> None:
    family = Family(servers(kind))
    end(family.task)
    family.check_gone()


@pytest.mark.parametrize("kind", KINDS)
def test_daemons_end_with_the_program_that_left_them(servers: Servers, kind: str) -> None:
    time = f"9{next(_times)}"
    script = f"( setsid sleep {time} </dev/null >/dev/null 2>&1 & ) ; echo gone"
    task = servers(kind).run(f"sh -c '{script}'")
    assert (task.state, task.stdout()) == ("Success", "0> gone\n")
    wait_until(lambda: not sleepers(time), LATE_S, "the daemon is gone")


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_an_instance_leaves_its_neighbours_alone(servers: Servers, kind: str) -> None:
    server, time = servers(kind), f"9{next(_times)}"
    long = server.submit(f"sleep {time}")
    wait_until(lambda: sleepers(time), what="the neighbour runs")
    for _ in range(2):
        assert server.run("true").state == "Success"
    assert sleepers(time)
    wait_until(lambda: long.update(True) or long.state == "FullyExecuting", what="its execution is told")
    abort(long)
    wait_until(lambda: not sleepers(time), LATE_S, "the neighbour is gone")


@pytest.mark.parametrize("runner_too", [False, True], ids=["keeper", "keeper and runner"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_a_killed_keeper_held_is_gone_before_it_runs_again(
    servers: Servers, kind: str, runner_too: bool
) -> None:
    server, time = servers(kind), f"9{next(_times)}"
    task = server.submit(f"sleep {time}")
    first = {p.pid for p in wait_until(lambda: sleepers(time), what="it runs")}
    if runner_too:
        server.stokehold.kill_runner()
    server.stokehold.kill_keeper()
    wait_until(lambda: {p.pid for p in sleepers(time)} - first, what="it runs again")
    wait_until(lambda: not {p.pid for p in sleepers(time)} & first, LATE_S, "the first is gone")
    abort(task)
    wait_until(lambda: not sleepers(time), LATE_S, "it is gone")


#: Says farewell, slowly, when it is asked to end.
POLITE = 'trap "sleep 0.5; echo farewell; exit 0" TERM; echo ready; while :; do sleep 0.05; done'


@pytest.mark.parametrize("kind", KINDS)
def test_a_program_has_its_time_to_end_by_itself(servers: Servers, kind: str) -> None:
    server = servers(kind, STOKE_RUNNER_GRACE_S="100")
    task = server.submit(f"sh -c '{POLITE}'")
    wait_until(lambda: "ready" in task.stdout(), what="the program runs")
    task.abort()
    wait_until(lambda: task.update(True) or task.state == "Cancelled", what="it ended before the grace time")
    assert task.stdout().splitlines() == ["0> ready", "0> farewell"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_runner_that_is_stopped_takes_its_programs_along(servers: Servers, kind: str) -> None:
    server = servers(kind)
    family, first = Family(server), set(server.stokehold.runners())
    members = set(family.alive())
    for runner in first:
        runner.terminate()
    # Another runner may have begun the task again before one looks: its family is another one.
    wait_until(lambda: not members & set(family.alive()), LATE_S, "no process of the family survives")
    family.task.delete()
    wait_until(lambda: set(server.stokehold.runners()) - first, what="the server has started another runner")
    family.check_gone()


def test_nothing_survives_a_server_and_a_runner_that_end_while_programs_run(tmp_path: Path) -> None:
    with Stokehold(tmp_path / "data", {"STOKE_RUNNER_GRACE_S": "1"}) as stokehold:
        family = Family(Server(stokehold))
        stokehold.stop()
        assert family.alive() == []
