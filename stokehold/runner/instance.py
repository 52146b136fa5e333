"""One instance on its way through the stages: download, environment, execution, upload; one exit for all of them."""

import asyncio
import errno
import time

import msgspec
from msgspec import Struct

from stokehold.domain.command import BadCommand, command
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.progress import FILE
from stokehold.domain.protocol import (
    Ended,
    Lease,
    Lost,
    Phased,
    Printed,
    Refresh,
    Refused,
    Snapshot,
    Upload,
    Work,
)
from stokehold.domain.states import Phase
from stokehold.runner import results
from stokehold.runner.cache import Cache
from stokehold.runner.destinations import Destinations
from stokehold.runner.inputs import InputsUnavailable, Manifest, bring
from stokehold.runner.keeper_link import KeeperLink
from stokehold.runner.measure import Meter
from stokehold.runner.messages import Exited, Start
from stokehold.runner.output import Output
from stokehold.runner.places import Grounds, Places
from stokehold.runner.refresh import Refreshes
from stokehold.runner.reporter import Reporter
from stokehold.runner.runtime.launch import Exit, Launch, Order, Pretend, Runtime, Unrunnable, not_spawned
from stokehold.runner.snapshot import Snapshots
from stokehold.runner.transfer import Transfer, TransferError
from stokehold.runner.veil import Veil

SLOW_S = 0.05  # an environment that takes longer to make is worth a report


class Tools(Struct, frozen=True):
    """What the stages work with; the same for every instance of a runner."""

    grounds: Grounds
    runtime: Runtime
    keeper: KeeperLink
    reporter: Reporter
    cache: Cache
    transfer: Transfer
    memory_mb: int
    cores: int
    grace_s: float


class Note(Struct, array_like=True):
    """What a restarted runner must know of a program that runs."""

    lease: Lease
    work: Work
    place: str
    download_us: int
    environment_us: int


class KeeperLost(Exception):
    """The program went with the keeper that held it: nobody can tell how it ended."""


class Instance:
    """One lease, carried out. `run` never raises: whatever happens becomes an Ended report."""

    def __init__(self, lease: Lease, work: Work, tools: Tools, places: Places | None = None) -> None:
        self.lease, self.work, self._tools = lease, work, tools
        self.places = places or tools.grounds.take()
        self.stopping = False
        self._task: asyncio.Task[None] | None = None
        self._exited: asyncio.Future[Exited] = asyncio.get_running_loop().create_future()
        self._destinations = Destinations(self.token, tools.reporter)
        self._output = Output(
            self.token, self.places.stdout, self.places.stderr, work.output_kept, tools.reporter
        )
        self.meter: Meter | None = None
        self._manifest = Manifest()
        self._placed = asyncio.Event()  # the inputs that it begins with are there
        self._filters: results.Filters | None = None
        self._veil = Veil(lease, work)
        self._snapshots = Snapshots(
            self.token, self.places, tools.reporter, tools.transfer, self._destinations,
            inputs=lambda: self._manifest, constants=lambda: self._launched().constants,
        )  # fmt: skip
        self._snapshots.hidden = self._veil.hidden
        self._refreshes = Refreshes(self.token, tools.reporter, self._renew)
        self._launch: Launch | None = None
        self._ended = Ended(self.token, 0)
        self._spawned = False
        self.begun = False  # whether its program has begun: then the lease cannot be given back
        self._abandoned = False

    @classmethod
    def resumed(cls, note: bytes, tools: Tools) -> "Instance":
        """An instance whose program an earlier runner gave to the keeper."""
        kept = msgspec.msgpack.decode(note, type=Note)
        instance = cls(kept.lease, kept.work, tools, tools.grounds.again(kept.place))
        instance._ended.download_us, instance._ended.environment_us = kept.download_us, kept.environment_us
        instance._spawned = True
        instance._output.begin_again()
        return instance

    @property
    def token(self) -> str:
        return self.lease.token

    @property
    def slot_s(self) -> float:
        """How long it needed the node, in seconds."""
        return (self._ended.download_us + self._ended.execution_us + self._ended.upload_us) / 1e6

    def begin(self) -> "asyncio.Task[None]":
        self._task = asyncio.create_task(self.run())
        return self._task

    async def run(self) -> None:
        ended = self._ended
        try:
            ended.failure = self.work.failure or await self._stages()
        except (Unrunnable, InputsUnavailable, BadCommand, results.BadFilter) as error:
            ended.failure = error.failure
        except TransferError as error:
            ended.failure = Failure.of(Faults.UPLOAD_FAILED, reason=error.message)
        except asyncio.CancelledError:
            ended.stopped = True
        except KeeperLost:
            self._tools.reporter.add(Lost(self.token, "the keeper of its program was killed"))
            return
        except OSError as error:
            ended.failure = _trouble(error)
        except Exception as error:  # a fault of ours must not leave an instance without an end
            ended.failure = Failure.of(Faults.RUNNER_FAULT, reason=repr(error))
        finally:
            self._snapshots.cancel()
            self._refreshes.cancel()
        if ended.failure is not None:
            ended.failure = self._veil.redacted(ended.failure)
        ended.stopped = ended.stopped or self.stopping
        ended.at = now_us()
        if not self._abandoned:
            self._tools.reporter.add(ended)

    def stop(self) -> None:
        """End the instance: its program gently, any other stage at once. Idempotent."""
        if self.stopping:
            return
        self.stopping = True
        self._snapshots.cancel()
        if self._spawned and not self._exited.done():
            self._tools.keeper.kill(self.token, self._tools.grace_s)
            self._insisting = asyncio.create_task(self._insist())
        elif self._task is not None and not self._storing:
            self._task.cancel()

    @property
    def _storing(self) -> bool:
        """Whether its program has ended and what it made is stored, however it came to its end."""
        return self._spawned and self.work.results_when_stopped

    async def _insist(self) -> None:
        """A container may be out of the keeper's reach: when its time is over, its engine ends it."""
        _, alive = await asyncio.wait([self._exited], timeout=self._tools.grace_s)
        if alive:
            await self._tools.runtime.stop(self.token)

    def abandon(self) -> None:
        """The runner ends, and with it this attempt: whatever comes of it now is not its end."""
        self._abandoned = True
        if self._task is not None:
            self._task.cancel()

    def measure(self, started_at: int, pid: int) -> None:
        """The program runs: what it uses can be measured from now on."""
        self.meter = meter = Meter(self.token, started_at, self.places.tmp / FILE)
        meter.roots = [pid] if pid and not self._tools.runtime.detached else []
        meter.sample.download_us = self._ended.download_us
        meter.sample.environment_us = self._ended.environment_us

    def started(self, at: int) -> None:
        """The program has begun."""
        self.begun = True
        self._tools.reporter.add(Phased(self.token, Phase.EXECUTION, at))

    def exited(self, exited: Exited) -> None:
        if not self._exited.done():
            self._exited.set_result(exited)

    def keeper_lost(self) -> None:
        if self._spawned and not self._exited.done():
            self._exited.set_exception(KeeperLost())

    def snapshot(self, order: Snapshot) -> None:
        """Store what there is by now; a program that has ended stores everything anyway."""
        if not self.stopping and not self._exited.done():
            self._snapshots.take(order)

    def refresh(self, order: Refresh) -> None:
        """Bring new and changed inputs, unless the program has ended."""
        if not self.stopping and not self._exited.done():
            self._refreshes.take(order)

    def answered(self, answer: Upload | Refused) -> None:
        """The server said where files go, or why nowhere."""
        self._destinations.answered(answer)

    def printed(self, *, final: bool = False) -> None:
        """Report what the program printed since the last look, and the progress that it tells."""
        told = self._output.report(lambda: self._launched().constants, final=final)
        if self.meter is not None and told is not None:
            self.meter.progress = told

    async def _stages(self) -> Failure | None:
        if not self._spawned:
            self._tools.grounds.make(self.places)
            await self._download()
            order = await self._environment()
            if isinstance(order, Pretend):
                return await self._pretend(order)
            self._execute(order)
        elif self.places.manifest.exists():
            self._manifest = Manifest.load(self.places.manifest)
            self._tools.cache.hold(str(self.places.job), self._manifest.cached())
        self._placed.set()
        failure = self._verdict(await self._exited)
        await self._snapshots.finish()
        await self._refreshes.finish()
        if self.work.results and (self.work.results_when_stopped or not self.stopping):
            await self._upload()
        return failure

    async def _download(self) -> None:
        if not self.work.inputs:
            return
        begun = now_us()
        self._tools.reporter.add(Phased(self.token, Phase.DOWNLOAD, begun))
        self._manifest = await bring(self.work.inputs, self.places.job, self._tools.cache)
        self._manifest.save(self.places.manifest)
        self._ended.download_us = now_us() - begun

    async def _renew(self, order: Refresh) -> None:
        """Put what is new or changed into the folder; the manifest knows it, so that it is no result."""
        await self._placed.wait()
        async with self._snapshots.still:
            try:
                self._manifest = await bring(order.inputs, self.places.job, self._tools.cache, self._manifest)
            except InputsUnavailable as error:
                self._manifest = error.manifest or self._manifest
                raise
            finally:
                if self._manifest.files:
                    self._manifest.save(self.places.manifest)

    async def _environment(self) -> Order | Pretend:
        begun = now_us()
        self._filters = self._chosen()  # a regex that cannot be used is told before the work is done
        slow = asyncio.get_running_loop().call_later(
            SLOW_S, self._tools.reporter.add, Phased(self.token, Phase.ENVIRONMENT, begun)
        )
        try:
            order = await self._tools.runtime.prepare(self._launched())
        finally:
            slow.cancel()
        self._ended.environment_us = now_us() - begun
        return order

    def _launched(self) -> Launch:
        if self._launch is None:
            paths = self._tools.runtime.paths(str(self.places.job), str(self.places.tmp))
            constants, hidden = self._veil.resolved(paths)
            env = {k: v for k, v in constants.items() if k not in self.work.unexported}
            self._launch = Launch(
                self.token, self.work.profile, command(constants), env, constants,
                str(self.places.job), str(self.places.tmp), self.work.network,
                self._tools.memory_mb, self._tools.cores, hidden,
            )  # fmt: skip
        return self._launch

    def _execute(self, order: Order) -> None:
        bare = msgspec.structs.replace(self.work, inputs=[])
        note = Note(self.lease, bare, self.places.name, self._ended.download_us, self._ended.environment_us)
        start = Start(
            self.token, order.argv, order.env, order.cwd, str(self.places.stdout), str(self.places.stderr),
            _encode(note), self._tools.memory_mb, order.wraps,
        )  # fmt: skip
        self._spawned = True
        self._tools.keeper.start(start)

    def _verdict(self, exited: Exited) -> Failure | None:
        ended = self._ended
        self.printed(final=True)
        ended.exit_code = exited.code
        ended.execution_us = exited.at - exited.started_at if exited.started_at else 0
        ended.cpu_us, ended.peak_memory_mb = exited.cpu_us, exited.peak_kb / 1000
        if self.meter is not None:
            ended.average_ghz = self.meter.average_ghz
            seen = self.meter.sample.peak_mb
            # the kernel's figure for a detached program would be that of the engine's client
            ended.peak_memory_mb = seen if self._tools.runtime.detached else max(seen, ended.peak_memory_mb)
        if exited.refused:
            return not_spawned(self._launched(), OSError(exited.refused, "refused"))
        end = Exit(exited.code, exited.signal, exited.memory_killed, exited.stopped)
        last_words = self._output.last_words() if end.code else b""
        return self._tools.runtime.verdict(self._launched(), end, last_words)

    async def _upload(self) -> None:
        """Store what is new or changed; the final state is not told before it is in the bucket."""
        begun = now_us()
        files = await self._changed()
        if not files:
            return
        self._tools.reporter.add(Phased(self.token, Phase.UPLOAD, begun))
        destinations = await self._destinations.of(files)
        await self._tools.transfer.upload_all(destinations, self.places.job)
        self._ended.results = [d.key for d in destinations]
        self._ended.upload_us = now_us() - begun

    async def _changed(self) -> list[tuple[str, int]]:
        if results.none_in(self.places.job):
            return []
        chosen = self._filters or self._chosen()
        async with self._snapshots.still:
            return await asyncio.to_thread(results.changed, self.places.job, self._manifest, *chosen)

    def _chosen(self) -> results.Filters:
        """The filters of the results, constants filled in."""
        work = self.work
        if not work.results or not (work.results_whitelist or work.results_blacklist):
            return "", ""
        constants = self._launched().constants
        return results.filters("results", work.results_whitelist, work.results_blacklist, constants)

    async def _pretend(self, order: Pretend) -> Failure | None:
        """The dummy runtime: no program at all."""
        at = now_us()
        reporter = self._tools.reporter
        if order.seconds:
            self.started(at)
            await asyncio.sleep(order.seconds)
        for stream, data in ((1, order.stdout), (2, order.stderr)):
            if data:
                reporter.add(Printed(self.token, 1 if stream == 1 else 2, 0, data))
        self._ended.exit_code, self._ended.execution_us = order.exit_code, now_us() - at
        if order.crash:
            return Failure.of(Faults.RUNNER_FAULT, reason="the dummy runtime was told to crash")
        return self._tools.runtime.verdict(self._launched(), Exit(order.exit_code), order.stderr)

    async def clean(self) -> None:
        """Remove every trace. Not before the end is safe on disk: a restarted runner may have to upload again."""
        # They know this instance: without them it goes at once, and not when Python looks for garbage.
        del self._snapshots, self._refreshes
        self._tools.cache.release(str(self.places.job))
        await self._tools.runtime.clean(self.token)
        if not self._tools.grounds.clear(self.places):
            await asyncio.to_thread(self._tools.grounds.clear_slowly, self.places)


_encode = msgspec.msgpack.Encoder().encode


def now_us() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def _trouble(error: OSError) -> Failure:
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return Failure.of(
        Faults.NODE_DISK_FULL if full else Faults.RUNNER_FAULT, reason=error.strerror or str(error)
    )
