"""One instance through its stages: whatever happens becomes one end, and the right one."""

import asyncio
import errno
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import (
    Ended,
    Input,
    Lease,
    Lost,
    Phased,
    Printed,
    Produced,
    Refused,
    Report,
    Upload,
    Work,
)
from stokehold.domain.states import Phase
from stokehold.runner.cache import Cache
from stokehold.runner.inputs import Manifest
from stokehold.runner.instance import Instance, Note, Tools
from stokehold.runner.messages import Exited
from stokehold.runner.outbox import Outbox
from stokehold.runner.places import Grounds
from stokehold.runner.reporter import Reporter
from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.launch import Launch, Order, Runtime
from stokehold.runner.runtime.process import Process
from stokehold.runner.server_link import ServerLink
from stokehold.runner.transfer import Transfer, client
from tests.runner.keeping import Ear, end, keeper
from tests.waiting import DEADLINE_S, eventually


class Bench:
    """A keeper, a reporter that sends nothing, and one instance at a time between them."""

    def __init__(self, tools: Tools, ear: Ear, root: Path) -> None:
        self.tools, self._ear, self.root = tools, ear, root

    def instance(self, script: str = "true", token: str = "1.secret", **fields: Any) -> Instance:
        constants = {"DOCKER_CMD": f"sh -c '{script}'", **fields.pop("constants", {})}
        work = Work("task", "docker-batch", constants, 1, **fields)
        return self.follow(Instance(Lease(token, "task", 0, 1), work, self.tools))

    def follow(self, instance: Instance) -> Instance:
        """Tell the instance what the keeper tells."""
        keeper = self.tools.keeper
        keeper.on_started = lambda news: instance.started(news.at)
        keeper.on_exited = instance.exited
        return instance

    async def run(self, instance: Instance) -> Ended:
        await asyncio.wait_for(instance.begin(), DEADLINE_S)
        return self.end()

    def end(self) -> Ended:
        """The one end that was reported, after everything else."""
        [*_, last] = self.reports
        assert isinstance(last, Ended)
        assert [type(r) for r in self.reports].count(Ended) == 1
        return last

    @property
    def reports(self) -> list[Report]:
        return list(self.tools.reporter._fresh)

    @property
    def piece(self) -> int:
        """The number of the one question where files go."""
        [asked] = [report for report in self.reports if isinstance(report, Produced)]
        return asked.piece

    @property
    def printed(self) -> bytes:
        return b"".join(r.data for r in self.reports if isinstance(r, Printed) and r.stream == 1)


@asynccontextmanager
async def bench(
    root: Path, runtime: Runtime | None = None, slots: int = 1, grace_s: float = 0.5
) -> AsyncIterator[Bench]:
    async with keeper(root, slots) as (link, ear, _), client() as http:
        reporter = Reporter(
            Outbox(root / "outbox"), ServerLink("http://127.0.0.1:1", root / "none"), "n", "s"
        )
        transfer = Transfer(http, tries=1, patience_s=0.1)
        cache = Cache(root / "cache", 10**6, transfer)
        yield Bench(
            Tools(Grounds(root), runtime or Process(), link, reporter, cache, transfer, 0, 1, grace_s),
            ear,
            root,
        )
    await end(root)


def test_an_instance_prints_ends_and_leaves_no_trace(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            instance = at.instance("echo hello; mkdir d; echo x >d/f")
            ended = await at.run(instance)
            assert (ended.exit_code, ended.failure, ended.stopped) == (0, None, False)
            assert at.printed == b"hello\n"
            assert [r.phase for r in at.reports if isinstance(r, Phased)] == [Phase.EXECUTION]
            await instance.clean()
            left = [p for folder in ("jobs", "tmp", "out") for p in (tmp_path / folder).rglob("*")]
            assert not [p for p in left if p.is_file() and p.stat().st_size]

    asyncio.run(story())


def test_work_that_cannot_be_had_ends_before_anything_is_done(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            gone = Failure.of(Faults.BUCKET_GONE, bucket="b")
            ended = await at.run(at.instance("echo no", failure=gone))
            assert ended.failure == gone
            assert at.reports == [ended]

    asyncio.run(story())


class Troubled(Process):
    """A runtime on a node in trouble."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def prepare(self, launch: Launch) -> Order:
        raise self.error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), Faults.NODE_DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), Faults.NODE_DISK_FULL),
        (PermissionError(errno.EACCES, "Permission denied"), Faults.RUNNER_FAULT),
        (ZeroDivisionError("ours"), Faults.RUNNER_FAULT),
    ],
)
def test_trouble_of_the_node_is_told_as_what_it_is(tmp_path: Path, error: Exception, fault: Any) -> None:
    async def story() -> None:
        async with bench(tmp_path, Troubled(error)) as at:
            ended = await at.run(at.instance())
            assert ended.failure is not None
            assert ended.failure.code == fault.code

    asyncio.run(story())


def test_a_program_that_removes_its_own_folder_has_no_results(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            instance = at.instance("rmdir $TASK_PATH", results=True)
            ended = await at.run(instance)
            assert (ended.exit_code, ended.failure, ended.results) == (0, None, [])
            await instance.clean()

    asyncio.run(story())


def test_what_is_running_is_stopped_gently_and_its_results_are_not_stored(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path, grace_s=DEADLINE_S) as at:
            instance = at.instance(
                'trap "echo bye; exit 0" TERM; echo up >f; echo up; while :; do sleep 0.05; done',
                results=True,
            )
            running = instance.begin()
            await eventually(lambda: instance.places.stdout.exists() and instance.places.stdout.read_bytes())
            instance.stop()
            instance.stop()
            await asyncio.wait_for(running, DEADLINE_S)
            assert at.end().stopped
            assert at.printed == b"up\nbye\n"
            assert not [r for r in at.reports if isinstance(r, Produced)]

    asyncio.run(story())


def test_what_was_made_before_the_stop_is_stored_where_it_is_wanted(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            script = 'trap "" TERM; echo half >f; echo up; while :; do sleep 0.05; done'
            instance = at.instance(script, results=True, results_when_stopped=True)
            running = instance.begin()
            await eventually(lambda: instance.places.stdout.exists() and instance.places.stdout.read_bytes())
            instance.stop()
            await eventually(lambda: any(isinstance(r, Produced) for r in at.reports))
            assert [r.files for r in at.reports if isinstance(r, Produced)] == [[("f", 5)]]
            instance.stop()
            instance.answered(Upload(instance.token, [], 0, at.piece))
            await asyncio.wait_for(running, DEADLINE_S)
            assert at.end().stopped

    asyncio.run(story())


def test_a_stop_does_not_cut_off_an_upload_that_is_wanted_anyway(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            for wanted in (True, False):
                token = f"{int(wanted)}.x"
                instance = at.instance("echo x >f", token=token, results=True, results_when_stopped=wanted)
                running = instance.begin()
                await eventually(
                    lambda t=token: any(isinstance(r, Produced) and r.token == t for r in at.reports)
                )
                instance.stop()
                if wanted:
                    instance.answered(Upload(instance.token, [], 0, at.piece))
                await asyncio.wait_for(running, DEADLINE_S)
            ends = {r.token: (r.stopped, r.exit_code) for r in at.reports if isinstance(r, Ended)}
            assert ends == {"1.x": (True, 0), "0.x": (True, 0)}

    asyncio.run(story())


def test_what_waits_for_a_slot_is_dropped(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            first = at.instance("sleep 600", token="1.a")
            first.begin()
            await eventually(lambda: first.begun)
            waiting = at.instance("echo never", token="2.b")
            running = waiting.begin()
            await asyncio.sleep(0)
            waiting.stop()
            await asyncio.wait_for(running, DEADLINE_S)
            assert at.end().stopped
            assert not waiting.begun
            assert at.printed == b""

    asyncio.run(story())


def test_what_is_downloading_stops_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        asked = threading.Event()

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.set()
            await reader.read()
            writer.close()

        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/x"
        async with bench(tmp_path) as at:
            instance = at.instance(inputs=[Input("x", "e", 3, "b", "x", url)])
            running = instance.begin()
            await eventually(asked.is_set)
            instance.stop()
            await asyncio.wait_for(running, DEADLINE_S)
            assert at.end().stopped
        server.close()

    asyncio.run(story())


def test_an_abandoned_instance_says_nothing_more(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            instance = at.instance("sleep 600")
            running = instance.begin()
            await eventually(lambda: instance.begun)
            before = at.reports
            instance.abandon()
            await running
            assert at.reports == before

    asyncio.run(story())


def test_an_instance_whose_keeper_was_killed_is_lost(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            instance = at.instance("sleep 600")
            running = instance.begin()
            await eventually(lambda: instance.begun)
            instance.keeper_lost()
            await running
            assert isinstance(at.reports[-1], Lost)

    asyncio.run(story())


def test_a_refused_upload_ends_the_instance_with_the_reason(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            instance = at.instance("echo x >f", results=True)
            running = instance.begin()
            await eventually(lambda: any(isinstance(r, Produced) for r in at.reports))
            instance.answered(Refused(instance.token, "there is no such account", 0, at.piece))
            await running
            failure = at.end().failure
            assert failure is not None
            assert failure.code == Faults.UPLOAD_FAILED.code
            assert "there is no such account" in failure.message

    asyncio.run(story())


def test_a_resumed_instance_still_knows_its_inputs(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path) as at:
            first = at.instance()
            at.tools.grounds.make(first.places)
            Manifest().save(first.places.manifest)
            (first.places.job / "made").write_text("x")
            work = msgspec.structs.replace(first.work, results=True)
            note = Note(first.lease, work, first.places.name, download_us=7, environment_us=8)
            instance = at.follow(Instance.resumed(msgspec.msgpack.encode(note), at.tools))
            running = instance.begin()
            await asyncio.sleep(0)
            instance.exited(Exited(instance.token, 20, 10, code=0))
            await eventually(lambda: any(isinstance(r, Produced) for r in at.reports))
            assert [r.files for r in at.reports if isinstance(r, Produced)] == [[("made", 1)]]
            instance.answered(Upload(instance.token, [], 0, at.piece))
            await running
            ended = at.end()
            assert (ended.download_us, ended.environment_us, ended.execution_us) == (7, 8, 10)

    asyncio.run(story())


def test_the_dummy_runtime_runs_nothing_and_can_be_stopped(tmp_path: Path) -> None:
    async def story() -> None:
        async with bench(tmp_path, Dummy()) as at:
            instance = at.instance(constants={"STOKE_DUMMY_SLEEP": "600"})
            running = instance.begin()
            await eventually(lambda: instance.begun)
            instance.stop()
            await running
            assert at.end().stopped

    asyncio.run(story())
