"""The runner as a whole: real server, real storage, real keeper, real programs."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stokehold.domain.errors import Faults
from stokehold.domain.events import NodeLost
from stokehold.domain.ranges import Ranges
from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.launch import Launch, Order, Runtime
from stokehold.runner.runtime.process import Process
from stokehold.store import journal, nodes
from tests.runner.crew import agent, left, runner, working
from tests.runner.hold import Hold, holding
from tests.waiting import DEADLINE_S, eventually, wait_until

#: Says that it has begun, waits to be let go on, says that it ends.
GATED = (
    "echo begun $INSTANCE_ID >>{folder}/side; read line <{folder}/gate.$INSTANCE_ID; "
    "echo ended $INSTANCE_ID >>{folder}/side"
)


@pytest.fixture
def hold(sqlite_url: str, tmp_path: Path) -> Iterator[Hold]:
    for instance in range(3):
        os.mkfifo(tmp_path / f"gate.{instance}")
    (tmp_path / "side").touch()
    with holding(sqlite_url, tmp_path / "hold") as opened:
        yield opened


def gated(folder: Path) -> str:
    return GATED.format(folder=folder)


def side(folder: Path) -> list[str]:
    return (folder / "side").read_text().splitlines()


def open_gate(folder: Path, instance: int = 0) -> None:
    """Let the instance go on that waits at its gate, or is about to."""
    with (folder / f"gate.{instance}").open("w") as gate:
        gate.write("go\n")


@pytest.mark.parametrize("runtime", [Process(), Dummy()], ids=["process", "dummy"])
def test_every_instance_ends_once_and_its_output_is_there(
    hold: Hold, tmp_path: Path, runtime: Runtime
) -> None:
    async def story() -> None:
        constants = {
            "DOCKER_CMD": "echo hello from ${INSTANCE_ID}",
            "STOKE_DUMMY_STDOUT": "hello from ${INSTANCE_ID}\n",
        }
        async with working(hold, tmp_path / "root", runtime):
            task = await hold.ended(hold.submit(40, constants=constants))
        assert (task.state, task.succeeded_range) == ("Success", str(Ranges.first(40)))
        assert {(a.number, a.losses) for a in hold.attempts(task)} == {(1, 0)}
        assert sorted(hold.stdout(task).splitlines()) == sorted(f"{i}> hello from {i}" for i in range(40))
        assert not [p for p in (tmp_path / "root" / "jobs").rglob("*") if p.is_file()]

    asyncio.run(story())


def test_results_are_in_the_bucket_when_the_task_ends(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        await hold.put("poems", "poem.txt", b"the fire is lit\n")
        script = "cat poem.txt >copy-$INSTANCE_ID; mkdir d; head -c 9000000 /dev/zero >d/$INSTANCE_ID; echo >>poem.txt"
        task = hold.run(script, 2, resource_buckets=["poems"], result_bucket="out", results_blacklist="poem")
        async with working(hold, tmp_path / "root"):
            task = await hold.ended(task)
            stored = await hold.stored("out")
        assert task.state == "Success"
        assert sorted(stored) == ["copy-0", "copy-1", "d/0", "d/1"]
        assert stored["copy-1"] == b"the fire is lit\n"
        assert stored["d/0"] == bytes(9_000_000)
        assert [len(a.report.results) for a in hold.attempts(task) if a.report] == [2, 2]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ("sh -c 'exit 3'", Faults.EXIT_CODE),
        ("no-such-command", Faults.COMMAND_NOT_FOUND),
        ("echo 'oh", Faults.BAD_COMMAND),
        ("sh -c 'kill -9 $$'", Faults.KILLED),
    ],
)
def test_the_users_failure_has_its_code_and_is_not_tried_again(
    hold: Hold, tmp_path: Path, command: str, fault: object
) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root"):
            task = await hold.ended(hold.submit(constants={"DOCKER_CMD": command}))
        [attempt] = hold.attempts(task)
        assert (task.state, attempt.number) == ("Failure", 1)
        assert attempt.report is not None
        assert attempt.report.failure is not None
        assert attempt.report.failure.code == fault.code  # type: ignore[attr-defined]

    asyncio.run(story())


def test_inputs_whose_bucket_is_gone_fail_the_task(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root"):
            task = await hold.ended(hold.run("true", resource_buckets=["gone"]))
        [attempt] = hold.attempts(task)
        assert attempt.report is not None
        assert attempt.report.failure is not None
        assert attempt.report.failure.code == Faults.BUCKET_GONE.code

    asyncio.run(story())


class Faulty(Process):
    """A runtime with a fault of ours."""

    async def prepare(self, launch: Launch) -> Order:
        raise ZeroDivisionError(launch.token)


def test_a_fault_of_ours_still_ends_the_instance(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root", Faulty()):
            task = await hold.ended(hold.run("true"))
        [attempt] = hold.attempts(task)
        assert task.state == "Failure"
        assert attempt.number > 1  # it is no fault of the user's: it was tried again
        assert attempt.report is not None
        assert attempt.report.failure is not None
        assert attempt.report.failure.code == Faults.RUNNER_FAULT.code

    asyncio.run(story())


def test_an_abort_ends_what_runs_and_what_waits(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root", slots=1) as made:
            quick = await hold.ended(hold.run("true", 20))  # after these the runner leases ahead
            while made._ahead.target < 3:  # unless one of the last took long
                quick = await hold.ended(hold.run("true", 20))
            task = hold.run(f"setsid sleep 600 & {gated(tmp_path)}", 3)
            await eventually(lambda: "begun 0" in side(tmp_path))
            await eventually(lambda: hold.task(task.uuid).active == 3, what="two more wait in the runner")
            hold.abort(task)
            task = await hold.ended(task)
            await eventually(lambda: not left(tmp_path / "root"), what="no program is left")
        assert quick.state == "Success"
        assert (task.state, task.cancelled) == ("Cancelled", 3)
        assert side(tmp_path) == ["begun 0"]

    asyncio.run(story())


def test_programs_of_a_killed_keeper_run_again(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        root = tmp_path / "root"
        async with working(hold, root):
            task = hold.run(gated(tmp_path))
            await eventually(lambda: side(tmp_path) == ["begun 0"])
            keeper = psutil.Process(next(iter(left(root)))).parent()
            assert keeper is not None
            keeper.kill()
            await eventually(lambda: side(tmp_path) == ["begun 0", "begun 0"])
            open_gate(tmp_path)
            task = await hold.ended(task)
        assert task.state == "Success"
        assert [(a.number, a.losses) for a in hold.attempts(task)] == [(2, 1)]

    asyncio.run(story())


def test_a_server_that_is_away_costs_no_attempt(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root"):
            task = hold.run(gated(tmp_path))
            await eventually(lambda: side(tmp_path) == ["begun 0"])
            hold.go()
            open_gate(tmp_path)
            await eventually(lambda: side(tmp_path) == ["begun 0", "ended 0"])
            assert hold.task(task.uuid).state != "Success"
            hold.come()
            task = await hold.ended(task)
        assert [(a.number, a.losses) for a in hold.attempts(task)] == [(1, 0)]

    asyncio.run(story())


def test_a_runner_that_was_given_up_stops_its_programs_and_begins_again(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root"):
            task = hold.run(gated(tmp_path))
            await eventually(lambda: side(tmp_path) == ["begun 0"])
            [node_id] = hold.database.read_now(nodes.present)
            [first] = left(tmp_path / "root")
            await hold.database.write(journal.record, [NodeLost(node_id)], 0)
            await eventually(lambda: side(tmp_path) == ["begun 0", "begun 0"])
            await eventually(lambda: first not in left(tmp_path / "root"))
            open_gate(tmp_path)
            task = await hold.ended(task)
        assert [(a.number, a.losses) for a in hold.attempts(task)] == [(2, 1)]

    asyncio.run(story())


def test_a_killed_runner_finds_its_programs_again(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        with runner(hold) as crew:
            task = hold.run(f"echo one; {gated(tmp_path)}; echo two >result", 2, result_bucket="out")
            await eventually(lambda: sorted(side(tmp_path)) == ["begun 0", "begun 1"])
            crew.kill()
            open_gate(tmp_path, 0)  # it ends while there is no runner
            await eventually(lambda: "ended 0" in side(tmp_path))
            crew.start()
            open_gate(tmp_path, 1)
            task = await hold.ended(task)
            assert await hold.stored("out") == {"result": b"two\n"}
        assert [(a.number, a.losses) for a in hold.attempts(task)] == [(1, 0), (1, 0)]
        assert sorted(hold.stdout(task).splitlines()) == ["0> one", "1> one"]

    asyncio.run(story())


def test_sigterm_gives_back_what_was_not_begun_and_ends_what_runs(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        with runner(hold, slots=1) as crew:
            await hold.ended(hold.run("true", 20))  # after these the runner leases ahead
            task = hold.run(f"trap : TERM; setsid sleep 600 & {gated(tmp_path)}; sleep 600", 3)
            await eventually(lambda: side(tmp_path) == ["begun 0"])
            await eventually(lambda: hold.task(task.uuid).active == 3, what="two more wait in the runner")
            assert crew.end() == 0
            assert left(crew.root) == {}
            assert hold.task(task.uuid).ready == 3
            hold.abort(task)
            again = hold.run("true", 2)
            crew.start()
            await hold.ended(again)
        rows = hold.database.read_now(
            lambda conn: conn.exec_driver_sql("SELECT count(*), max(losses) FROM attempts").one()
        )
        assert rows == (20 + 1 + 2, 0)  # of the three only the begun one is remembered

    asyncio.run(story())


def test_what_ended_while_the_server_was_away_is_told_after_the_runner_was_ended(
    hold: Hold, tmp_path: Path
) -> None:
    async def story() -> None:
        async with working(hold, tmp_path / "root") as made:
            task = hold.run(gated(tmp_path))
            await eventually(lambda: side(tmp_path) == ["begun 0"])
            hold.go()
            open_gate(tmp_path)
            await eventually(made._reporter.unsent_ends, what="the end is known to the runner")
        hold.come()
        async with working(hold, tmp_path / "root"):
            task = await hold.ended(task)
        assert side(tmp_path) == ["begun 0", "ended 0"]
        assert [(a.number, a.losses) for a in hold.attempts(task)] == [(1, 0)]

    asyncio.run(story())


def test_a_runner_that_cannot_have_a_keeper_ends_and_does_not_hang(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        root = tmp_path / "root"
        work = asyncio.create_task(agent(hold, root).run())
        hold.run(gated(tmp_path))
        await eventually(lambda: side(tmp_path) == ["begun 0"])
        (root / "keeper.log").unlink()
        (root / "keeper.log").mkdir()
        programs = left(root)
        os.kill(psutil.Process(next(iter(programs))).ppid(), signal.SIGKILL)
        with pytest.raises(IsADirectoryError):
            await work
        for pid in programs:
            os.kill(pid, signal.SIGKILL)

    asyncio.run(story())


def test_a_runner_that_nobody_needs_leaves(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        work = asyncio.create_task(agent(hold, tmp_path / "root", leave_after_s=0.1).run())
        await hold.ended(hold.run("true"))
        hold.go()
        await asyncio.wait_for(work, DEADLINE_S)

    asyncio.run(story())


def test_a_node_keeps_its_name_for_as_long_as_its_folder(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        for _ in range(2):
            async with working(hold, tmp_path / "root"):
                await hold.ended(hold.run("true"))

    asyncio.run(story())
    wait_until(lambda: len(hold.database.read_now(nodes.present)) == 1)
