"""The inputs that a node keeps, by content: bucket, key and ETag. Attempts get copies.

The time of last change of a cached file is a function of its name, so one that anybody has written to, or cut
short, is known by one `stat`, after a restart too. Its time of last access is ours: its last use.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
import stat
import time
from collections import Counter
from collections.abc import Iterable, Set
from pathlib import Path

import msgspec

from stokehold.domain.protocol import Input
from stokehold.runner.checksum import Checksum
from stokehold.runner.transfer import Transfer, TransferError

_USE_S = 60  # uses closer together than this are one use to the disk


class Cache:
    """One directory, for one runner. Past `limit_bytes` those unused for longest go, unless held."""

    def __init__(self, directory: Path, limit_bytes: int, transfer: Transfer) -> None:
        self._objects = directory / "objects"
        self._incoming = directory / "incoming"
        self._limit_bytes = limit_bytes
        self._transfer = transfer
        self._flights: dict[str, _Flight] = {}
        self._held: dict[str, set[str]] = {}
        self._holders: Counter[str] = Counter()
        self._ledger: _Ledger | None = None
        self._counting = asyncio.Lock()
        for folder in (directory, self._objects, self._incoming):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
        _sweep(self._incoming)

    async def fetch(self, item: Input, holder: str = "") -> Path:
        """The cached copy of `item`, brought here first if need be; many who ask at once share one download.

        It stays until `release(holder)`. Raises TransferError and OSError.
        """
        digest = _digest(item)
        if holder:
            self._hold(holder, digest)
        path = self._path(digest)
        if not _sound(path, item.size):
            await self._join(digest, item)
        elif self._ledger is not None:
            self._ledger.use(digest)
        return path

    def hold(self, holder: str, paths: Iterable[str]) -> None:
        """Keep cached files for `holder` again, after the runner was restarted."""
        for path in paths:
            self._hold(holder, Path(path).name)

    def release(self, holder: str) -> None:
        """`holder` needs its files no more. They go with the next arrival that needs the room."""
        for digest in self._held.pop(holder, ()):
            self._holders[digest] -= 1
            if not self._holders[digest]:
                del self._holders[digest]

    def _hold(self, holder: str, digest: str) -> None:
        held = self._held.setdefault(holder, set())
        if digest not in held:
            held.add(digest)
            self._holders[digest] += 1

    def _path(self, digest: str) -> Path:
        return self._objects / digest[:2] / digest[2:4] / digest

    async def _join(self, digest: str, item: Input) -> None:
        """Wait for the one download of an object. It goes on as long as anybody waits for it."""
        flight = self._flights.get(digest)
        if flight is None:
            flight = self._flights[digest] = _Flight(asyncio.ensure_future(self._bring(digest, item)))
        flight.waiting += 1
        try:
            await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                flight.task.cancel()
                if self._flights.get(digest) is flight:
                    del self._flights[digest]

    async def _bring(self, digest: str, item: Input) -> None:
        incoming = _Incoming(self._incoming / secrets.token_hex(16), item)
        try:
            await self._transfer.download(item.url, incoming)
            incoming.settle(self._path(digest))
        finally:
            incoming.discard()
        await self._make_room(digest, item.size)

    async def _make_room(self, digest: str, size: int) -> None:
        async with self._counting:
            if self._ledger is None:
                self._ledger = await asyncio.to_thread(_Ledger.count, self._objects)
        self._ledger.add(digest, size)
        kept = {*self._holders, digest}
        doomed = [self._remove(old) for old in self._ledger.excess(self._limit_bytes, kept)]
        if doomed:
            await asyncio.to_thread(_unlink, doomed)  # large files take a while

    def _remove(self, digest: str) -> Path:
        """Take a file away in one step, so that who asks for it next finds it whole or not at all."""
        doomed = self._incoming / secrets.token_hex(16)
        with contextlib.suppress(FileNotFoundError):  # somebody has tidied up
            self._path(digest).rename(doomed)
        return doomed


class _Flight:
    """A download under way, and how many wait for it."""

    __slots__ = ("task", "waiting")

    def __init__(self, task: "asyncio.Future[None]") -> None:
        self.task = task
        self.waiting = 0


class _Ledger:
    """The sizes of all cached files, in the order of their last use."""

    __slots__ = ("_sizes", "total")

    def __init__(self, sizes: dict[str, int]) -> None:
        self._sizes = sizes
        self.total = sum(sizes.values())

    @classmethod
    def count(cls, objects: Path) -> "_Ledger":
        """Read the directory; what vanishes meanwhile is not counted."""
        found: list[tuple[int, str, int]] = []
        for folder, _, names in os.walk(objects):
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    status = os.stat(f"{folder}/{name}")
                    found.append((status.st_atime_ns, name, status.st_size))
        return cls({name: size for _, name, size in sorted(found)})

    def add(self, digest: str, size: int) -> None:
        self.total += size - self._sizes.pop(digest, 0)
        self._sizes[digest] = size

    def use(self, digest: str) -> None:
        if digest in self._sizes:
            self._sizes[digest] = self._sizes.pop(digest)

    def excess(self, limit_bytes: int, kept: Set[str]) -> list[str]:
        """Forget the oldest files, but for those that are `kept`, until the rest is within the limit."""
        out: list[str] = []
        over = self.total - limit_bytes
        for digest, size in self._sizes.items():
            if over <= 0:
                break
            if digest not in kept:
                out.append(digest)
                over -= size
        for digest in out:
            self.total -= self._sizes.pop(digest)
        return out


class _Incoming:
    """An object on its way into the cache: a temporary file, counted and hashed as it comes."""

    def __init__(self, path: Path, item: Input) -> None:
        self._path = path
        self._item = item
        self._file = open(path, "xb")  # noqa: SIM115 - closed by discard
        self._size = 0
        self._sum = Checksum(item)

    def begin(self, etag: str) -> None:
        if etag and etag != self._item.etag:
            raise TransferError("it was replaced after the task was dispatched", permanent=True)
        self._file.seek(0)
        self._file.truncate()
        self._size = 0
        self._sum.begin()

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._item.size:
            self._file.write(data)
            self._sum.update(data)

    def finish(self) -> None:
        if self._size != self._item.size:
            raise TransferError(f"{self._size} bytes came instead of {self._item.size}", permanent=False)
        self._sum.finish()

    def settle(self, path: Path) -> None:
        self._file.close()
        self._path.chmod(0o444)
        os.utime(self._path, ns=(time.time_ns(), _stamp_ns(path.name)))
        try:
            self._path.rename(path)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._path.rename(path)

    def discard(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)


def _digest(item: Input) -> str:
    return hashlib.sha256(msgspec.msgpack.encode((item.bucket, item.key, item.etag))).hexdigest()


def _stamp_ns(digest: str) -> int:
    """Whole seconds, as every file system keeps them, between 2001 and 2010: no write of today makes it."""
    return (10**9 + int(digest[:7], 16)) * 10**9


def _sound(path: Path, size: int) -> bool:
    """Whether the cached file is there and nobody has written to it since."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    stamp_ns = _stamp_ns(path.name)
    if not stat.S_ISREG(found.st_mode) or (found.st_size, found.st_mtime_ns) != (size, stamp_ns):
        return False
    now_ns = time.time_ns()
    if now_ns - found.st_atime_ns > _USE_S * 10**9:
        os.utime(path, ns=(now_ns, stamp_ns))
    return True


def _sweep(folder: Path) -> None:
    """Remove what a killed runner left half done."""
    _unlink(list(folder.iterdir()))


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
