"""The snapshots of one instance: its new and changed files, stored while its program goes on.

Each file is captured first: what is stored is all of the file as it was at one moment. A file that would not hold still
is left for the next snapshot, or for the final results.
"""

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from stokehold.domain.protocol import Saved, Snapshot
from stokehold.runner import folder
from stokehold.runner.clone import capture
from stokehold.runner.destinations import Destinations
from stokehold.runner.inputs import Manifest
from stokehold.runner.orders import Orders, reason
from stokehold.runner.places import Places
from stokehold.runner.reporter import Reporter
from stokehold.runner.results import Filters, changed, filters, untouched
from stokehold.runner.transfer import Transfer

FILES = 256  # captured at once
BYTES = (
    64_000_000  # captured at once, but for a file that is larger: the node's disk holds them twice meanwhile
)
TELL_S = 1.0  # between two words on how far it is
KEYS_TOLD = 1000
TARGETS = 4  # whose files are known to be stored
SETTLED_NS = 50_000_000  # a file system's clock ticks every 10 ms at the least


class Stamp(Struct, array_like=True, frozen=True):
    """A file as it was stored: whoever has written to it since has changed one of these."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Stamp":
        return cls(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


class Captured(Struct):
    """A file that lies ready: the name of its copy, and the stamp by which it is known again."""

    path: str
    size: int
    copy: str
    stamp: Stamp | None


class Snapshots(Orders[Snapshot]):
    """The snapshots of one instance. `still` is held whenever the folder must not get other inputs."""

    def __init__(
        self, token: str, places: Places, reporter: Reporter, transfer: Transfer, destinations: Destinations,
        *, inputs: Callable[[], Manifest], constants: Callable[[], Mapping[str, str]],
    ) -> None:  # fmt: skip
        super().__init__()
        self.hidden: Callable[[str], str] = (
            str  # what a sentence is without the secrets that filters are made of
        )
        self._token, self._places, self._reporter, self._transfer = token, places, reporter, transfer
        self._destinations, self._inputs, self._constants = destinations, inputs, constants
        self.still = asyncio.Lock()
        self._seen: set[int] = set()
        self._stored: dict[str, dict[str, Stamp]] | None = None  # by target and path

    def take(self, order: Snapshot) -> None:
        """Begin, or wait for those before. What was ordered once is not begun again."""
        if order.snapshot not in self._seen:
            self._seen.add(order.snapshot)
            super().take(order)

    async def carry_out(self, order: Snapshot) -> None:
        """Store what is new, and tell how far it is and how it ended."""
        told = Saved(self._token, order.snapshot, _now_us())
        told.reason = self.hidden(await reason(self._store(order, told)))
        self._reporter.add(replace(told, at=_now_us(), over=True))

    async def _store(self, order: Snapshot, told: Saved) -> None:
        chosen = filters("snapshot", order.whitelist, order.blacklist, self._constants())
        async with self.still:
            fresh = await asyncio.to_thread(self._fresh, order.target, chosen)
        told.size = sum(size for _, size in fresh)
        self._reporter.add(replace(told, keys=[]))
        spoke = time.monotonic()
        for piece in _pieces(fresh):
            await self._store_piece(order, piece, told)
            if time.monotonic() - spoke > TELL_S:
                spoke = time.monotonic()
                self._reporter.add(replace(told, at=_now_us(), keys=[]))
        await asyncio.to_thread(self._remember)

    async def _store_piece(self, order: Snapshot, piece: list[tuple[str, int]], told: Saved) -> None:
        async with self.still:
            captured = await asyncio.to_thread(self._capture, piece, told)
        told.size += sum(one.size for one in captured) - sum(size for _, size in piece)
        if not captured:
            return
        files = [(one.path, one.size) for one in captured]
        destinations = await self._destinations.of(files, order.snapshot)
        copies = {one.path: one.copy for one in captured}
        await self._transfer.upload_all(
            [replace(d, path=copies[d.path]) for d in destinations], self._places.shots
        )
        told.sent += sum(one.size for one in captured)
        told.files += len(captured)
        told.keys = [*told.keys, *(d.key for d in destinations[: KEYS_TOLD - len(told.keys)])]
        stamps = {one.path: one.stamp for one in captured if one.stamp is not None}
        self._known(order.target).update(stamps)

    def _fresh(self, target: str, chosen: Filters) -> list[tuple[str, int]]:
        """What is new or changed, and not stored under `target` as it is."""
        with contextlib.suppress(FileNotFoundError):  # a program may have removed its folder
            found = changed(self._places.job, self._inputs(), *chosen)
            known = self._known(target)
            return [(path, size) for path, size in found if not self._as_stored(path, known)]
        return []

    def _as_stored(self, path: str, known: Mapping[str, Stamp]) -> bool:
        stamp = known.get(path)
        if stamp is None:
            return False
        try:
            descriptor = folder.open_file(self._places.job, path)
        except (OSError, folder.BadPath):
            return False
        try:
            return Stamp.of(os.fstat(descriptor)) == stamp
        finally:
            os.close(descriptor)

    def _capture(self, piece: Sequence[tuple[str, int]], told: Saved) -> list[Captured]:
        """Copies of these files; those that have gone are left out, those that would not hold still are counted."""
        shutil.rmtree(self._places.shots / "files", ignore_errors=True)
        (self._places.shots / "files").mkdir(parents=True)
        captured = []
        for number, (path, _) in enumerate(piece):
            try:
                descriptor = folder.open_file(self._places.job, path)
            except (OSError, folder.BadPath):
                continue
            try:
                one = self._captured(descriptor, path, f"files/{number}")
            finally:
                os.close(descriptor)
            if one is not None:
                captured.append(one)
            else:
                told.left += not self._is_input(path)
        return captured

    def _captured(self, descriptor: int, path: str, copy: str) -> Captured | None:
        before, now_ns = os.fstat(descriptor), time.time_ns()
        if self._is_input(path):  # it was refreshed a moment ago
            return None
        target = os.open(self._places.shots / copy, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            if not capture(descriptor, target):
                os.unlink(self._places.shots / copy)
                return None
            size = os.fstat(target).st_size
        finally:
            os.close(target)
        # A write in the very tick of the last one leaves no trace in the times: only a settled file is known again.
        settled = now_ns - max(before.st_mtime_ns, before.st_ctime_ns) > SETTLED_NS
        same = Stamp.of(os.fstat(descriptor)) == Stamp.of(before)
        return Captured(path, size, copy, Stamp.of(before) if settled and same else None)

    def _is_input(self, path: str) -> bool:
        placed = self._inputs().files.get(path)
        try:
            return placed is not None and untouched(placed, os.lstat(self._places.job / path))
        except OSError:
            return False

    def _known(self, target: str) -> dict[str, Stamp]:
        """What is stored under `target`; only the last few are remembered."""
        if self._stored is None:
            self._stored = self._recalled()
        stamps = self._stored.pop(target, {})
        self._stored[target] = stamps
        while len(self._stored) > TARGETS:
            del self._stored[next(iter(self._stored))]
        return stamps

    def _recalled(self) -> dict[str, dict[str, Stamp]]:
        try:
            return _stamps.decode((self._places.shots / "stored").read_bytes())
        except (OSError, msgspec.MsgspecError):
            return {}

    def _remember(self) -> None:
        """For a runner that is started again: what is stored need not be sent again."""
        shutil.rmtree(self._places.shots / "files", ignore_errors=True)
        if self._stored and any(self._stored.values()):
            self._places.shots.mkdir(exist_ok=True)
            beside = self._places.shots / "stored.new"
            beside.write_bytes(msgspec.msgpack.encode(self._stored))
            beside.replace(self._places.shots / "stored")


_stamps = msgspec.msgpack.Decoder(dict[str, dict[str, Stamp]])


def _pieces(files: list[tuple[str, int]]) -> Iterator[list[tuple[str, int]]]:
    piece: list[tuple[str, int]] = []
    for file in files:
        if piece and (len(piece) >= FILES or sum(size for _, size in piece) + file[1] > BYTES):
            yield piece
            piece = []
        piece.append(file)
    if piece:
        yield piece


def _now_us() -> int:
    return time.time_ns() // 1000
