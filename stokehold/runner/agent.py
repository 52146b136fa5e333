"""The runner: asks for work, carries it out, reports.

A child process of the server on a laptop, one inside each Slurm job on a cluster.
"""

import asyncio
import secrets
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import structlog
from msgspec import Struct

from stokehold.domain.protocol import (
    Answer,
    Command,
    Inventory,
    Lost,
    Refresh,
    Refused,
    Returned,
    Snapshot,
    Stop,
    Sync,
    Upload,
)
from stokehold.runner.ahead import Ahead
from stokehold.runner.cache import Cache
from stokehold.runner.instance import Instance, Tools, now_us
from stokehold.runner.keeper_link import KeeperLink
from stokehold.runner.measure import Sampler
from stokehold.runner.messages import Exited, Started
from stokehold.runner.outbox import Outbox
from stokehold.runner.places import Grounds
from stokehold.runner.reporter import Reporter
from stokehold.runner.runtime.launch import Runtime
from stokehold.runner.server_link import Away, ServerLink
from stokehold.runner.transfer import Transfer, client

log = structlog.get_logger()

WAIT_S = 20.0
LOOK_S = 0.05  # between looks at what running programs print
TREE_S = 10.0  # for a keeper to end what is left, at the runner's own end
DRAIN_S = 3.0  # for the server to take the last reports


class Settings(Struct, frozen=True):
    """What a runner is told at its start."""

    root: Path  # its folder
    slots: int
    memory_mb: int
    cache_mb: int
    grace_s: float
    leave_after_s: float = 0.0  # without a server and without work for so long, end; 0: never
    sample_s: float = 3.0  # between looks at what running instances use; 0: they are not measured


class Agent:
    """One runner. `run` returns when it was told to stop, or when nobody needs it any more."""

    def __init__(
        self, settings: Settings, server: ServerLink, runtime: Runtime, inventory: Inventory
    ) -> None:
        self._settings, self._server, self._inventory = settings, server, inventory
        self._node = _node(settings.root / "node")
        self._session = secrets.token_hex(8)
        self._keeper = KeeperLink(settings.root, settings.slots)
        self._outbox = Outbox(settings.root / "outbox")
        self._reporter = Reporter(self._outbox, server, self._node, self._session)
        self._grounds = Grounds(settings.root)
        self._http = client()
        transfer = Transfer(self._http)
        cache = Cache(settings.root / "cache", settings.cache_mb * 1_000_000, transfer)
        self._tools = Tools(
            self._grounds, runtime, self._keeper, self._reporter, cache, transfer,
            settings.memory_mb, max(1, inventory.cores // settings.slots), settings.grace_s,
        )  # fmt: skip
        self._instances: dict[str, Instance] = {}  # from lease to safe end
        self._running: dict[str, Instance] = {}  # those whose program prints
        self._ahead = Ahead(settings.slots)
        self._sampler = Sampler(runtime, settings.sample_s)
        self._calls: set[asyncio.Task[None]] = (
            set()
        )  # for work; the server answers all but the newest at once
        self._call: asyncio.Task[None] | None = None  # the newest of them
        self._fault: BaseException | None = None  # of ours, in one of them
        self._anew = asyncio.Event()  # ask again: another number is wanted, or there was an answer
        self._wanted = 0  # by the newest call
        self._busy = asyncio.Event()  # something runs
        self._settled = False  # whether the server knows what we hold
        self._action = 0
        self._stopping = asyncio.Event()
        self._away_since: float | None = None  # on the monotonic clock
        self._cleaning: set[asyncio.Task[None]] = set()
        self._open = 0  # leases whose end has not been reported

    async def run(self) -> None:
        self._wire()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        await self._recover()
        loops = [
            asyncio.create_task(work)
            for work in (
                self._reporter.run(),
                self._ask(),
                self._keep(),
                self._follow(),
                self._leave(),
                self._measure(),
            )
        ]
        stop = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait([stop, *loops], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stop}:
            task.result()  # a loop that ended by itself has failed
        await self._wind_down(loops)

    def _wire(self) -> None:
        self._keeper.on_started = self._started
        self._keeper.on_exited = self._exited
        self._reporter.on_safe = self._safe
        self._reporter.on_command = self._obey
        self._reporter.on_unknown = self._unsettle
        self._reporter.on_away = self._away

    async def _recover(self) -> None:
        """Find again what an earlier runner of this folder left with the keeper."""
        ended = self._outbox.ended()
        for held in await self._keeper.connect():
            if held.token in ended:
                self._keeper.forget([held.token])
                continue
            instance = Instance.resumed(held.note, self._tools)
            self._take(instance)
            if held.started_at:
                self._run(instance)
                instance.measure(held.started_at, held.pid)
            if held.exited:
                instance.exited(held.exited)
        await self._tools.runtime.sweep(set(self._instances))
        await asyncio.to_thread(self._grounds.sweep, {i.places.name for i in self._instances.values()})
        if self._instances:
            log.info("runner.recovered", instances=len(self._instances))

    async def _ask(self) -> None:
        """Keep as many leases as the work is short."""
        while True:
            self._anew.clear()
            self._wanted = self._ahead.want(self._open)
            self._call = asyncio.create_task(self._hear(self._message(self._wanted)))
            self._calls.add(self._call)
            self._call.add_done_callback(self._heard)
            await self._anew.wait()
            if self._fault is not None:
                raise self._fault

    def _heard(self, call: "asyncio.Task[None]") -> None:
        self._calls.discard(call)
        if not call.cancelled():
            self._fault = call.exception() or self._fault
        if call is self._call or self._fault:
            self._anew.set()

    async def _hear(self, message: Sync) -> None:
        try:
            self._accept(await self._server.sync(message))
        except Away as error:
            self._away(str(error))
            self._settled = False
            self._give_up(self._calls - {asyncio.current_task()})
            await asyncio.sleep(0.1)

    def _give_up(self, calls: "Iterable[asyncio.Task[None] | None]") -> None:
        """What these calls bring is no longer wanted."""
        for call in calls:
            if call is not None:
                call.cancel()

    def _message(self, want: int) -> Sync:
        message = Sync(self._node, self._session, want=want, wait_s=WAIT_S, action=self._action)
        if not self._settled:
            message.held = list(set(self._instances) | self._reporter.unsent_ends())
            message.inventory = self._inventory
            message.wait_s = 0.0  # settle matters first; such a call must not be given up half-way
            message.want = 0
        return message

    def _accept(self, answer: Answer) -> None:
        self._away("")
        if answer.unknown_session:
            self._unsettle()
            return
        self._settled = True
        work = {item.task: item for item in answer.work}
        for lease in answer.leases:
            self._take(Instance(lease, work[lease.task], self._tools))
        for command in answer.commands:  # some may be for what has just come
            self._obey(command)

    def _take(self, instance: Instance) -> None:
        self._instances[instance.token] = instance
        self._open += 1
        instance.begin().add_done_callback(lambda task: self._ended(instance, task))

    def _ended(self, instance: Instance, task: "asyncio.Task[None]") -> None:
        if task.cancelled():  # before its first step
            self._reporter.add(Returned(instance.token))
        self._open -= 1
        self._running.pop(instance.token, None)
        if not instance.stopping:  # one that was ended early does not tell how short the work is
            self._ahead.learn(instance.slot_s)
        if self._settled and not self._wanted and self._ahead.want(self._open):
            self._anew.set()

    def _started(self, started: Started) -> None:
        instance = self._instances.get(started.token)
        if instance is not None:
            self._run(instance)
            instance.measure(started.at, started.pid)
            instance.started(started.at)

    def _run(self, instance: Instance) -> None:
        instance.begun = True
        self._running[instance.token] = instance
        self._busy.set()

    def _exited(self, exited: Exited) -> None:
        instance = self._instances.get(exited.token)
        if instance is not None:
            instance.exited(exited)
        else:
            self._keeper.forget([exited.token])

    def _safe(self, tokens: list[str]) -> None:
        self._keeper.forget(tokens)
        done = [i for token in tokens if (i := self._instances.pop(token, None))]
        task = asyncio.create_task(_clean(done))
        self._cleaning.add(task)
        task.add_done_callback(self._cleaning.discard)

    def _obey(self, command: Command) -> None:
        instance = self._instances.get(command.token)
        if isinstance(command, Stop | Snapshot | Refresh):
            self._action = max(self._action, command.id)
        match command:
            case Stop(id=number):
                if instance is not None:
                    instance.stop()
                elif number and command.token not in self._reporter.unsent_ends():
                    self._reporter.add(Lost(command.token, "the runner does not hold it"))
            case Snapshot() if instance is not None:
                instance.snapshot(command)
            case Refresh() if instance is not None:
                instance.refresh(command)
            case Upload() | Refused() if instance is not None:
                instance.answered(command)

    def _unsettle(self) -> None:
        if self._settled:
            self._settled = False
            self._give_up(set(self._calls))

    def _away(self, reason: str) -> None:
        if reason and self._away_since is None:
            self._away_since = time.monotonic()
            log.warning("server.away", reason=reason)
        elif not reason and self._away_since is not None:
            log.info("server.back", away_s=round(time.monotonic() - self._away_since, 1))
            self._away_since = None

    async def _keep(self) -> None:
        """Listen to the keeper; when it is killed, its programs are gone with it: say so and start another."""
        while True:
            await self._keeper.listen()
            log.warning("keeper.lost", instances=len(self._running))
            for instance in self._instances.values():
                instance.keeper_lost()
            for held in await self._keeper.connect():  # only what was given up just now
                self._keeper.kill(held.token, 0.0)
                self._keeper.forget([held.token])

    async def _follow(self) -> None:
        while True:
            for instance in list(self._running.values()):
                instance.printed()
            if not self._running:
                self._busy.clear()
            await self._busy.wait()
            await asyncio.sleep(LOOK_S)

    async def _measure(self) -> None:
        """Tell what the running instances use; nothing while none runs."""
        while self._settings.sample_s:
            await self._busy.wait()
            await self._sampler.wait()
            try:
                measured = await self._sampler.round(self._running, now_us())
            except Exception:  # no work may be lost because it cannot be measured
                log.exception("measure.failed")
                await asyncio.sleep(60)
                continue
            if measured is not None and self._away_since is None:
                self._reporter.measure(measured)
        await asyncio.Event().wait()

    async def _leave(self) -> None:
        """A local runner whose server has gone for good, and that has nothing to tell it, goes too."""
        while True:
            await asyncio.sleep(1.0)
            since, after = self._away_since, self._settings.leave_after_s
            if (
                after
                and since
                and time.monotonic() - since > after
                and not self._instances
                and self._reporter.idle
            ):
                log.info("runner.leaves", reason="its server is gone and there is nothing to report")
                self._stopping.set()

    async def _wind_down(self, loops: "list[asyncio.Task[None]]") -> None:
        """Give back what has not begun, end what runs, say so, leave no process behind."""
        reporting, *others = loops
        others += self._calls
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        held, running = list(self._instances.values()), list(self._running)
        for instance in held:
            instance.abandon()
        try:
            async with asyncio.timeout(self._settings.grace_s + TREE_S):
                await self._end_programs(running)
        except TimeoutError:
            log.warning("runner.survivors", reason="programs did not end in time")
        for instance in held:
            word = (
                Lost(instance.token, "the runner was stopped") if instance.begun else Returned(instance.token)
            )
            self._reporter.add(word)
        if self._away_since is None:
            await self._reporter.drained(DRAIN_S)
        reporting.cancel()
        self._reporter.keep()
        await self._server.close()
        await self._http.aclose()
        self._outbox.close()

    async def _end_programs(self, running: list[str]) -> None:
        await self._keeper.quit(self._settings.grace_s)
        for token in running:
            await self._tools.runtime.stop(token)
        for token in self._instances:
            await self._tools.runtime.clean(token)


async def _clean(instances: list[Instance]) -> None:
    for instance in instances:
        try:
            await instance.clean()
        except OSError as error:
            log.warning("instance.unclean", instance=instance.token.partition(".")[0], reason=str(error))


def _node(file: Path) -> str:
    """The node's name for itself, kept for as long as its folder lives."""
    if not file.exists():
        draft = file.with_suffix(".new")
        draft.write_text(secrets.token_hex(16))
        draft.replace(file)
    return file.read_text().strip()
