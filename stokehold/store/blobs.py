"""Blobs as files: DIR/blobs/ab/cd/<random id>. A file is on disk, whole, before the index knows its name."""

import contextlib
import os
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

THREADS = 8
LEAF_FILES = 1024  # blobs that go into one folder before another is chosen: making folders costs fsyncs
ORPHAN_AGE_S = 3600.0


class Blobs:
    """The files under `folder`. All methods may be called from any thread.

    `executor` carries out whatever reads or writes much: the event loop never waits for the disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.temporary = folder, folder / "tmp"
        self.executor = ThreadPoolExecutor(THREADS, thread_name_prefix="blobs")
        self._lock = threading.Lock()
        self._leaf, self._room = "", 0
        self._pins: Counter[str] = Counter()
        self._condemned: set[str] = set()
        for path in (self.folder, self.temporary):
            path.mkdir(parents=True, exist_ok=True, mode=0o700)

    def close(self) -> None:
        self.executor.shutdown()

    def writer(self) -> "BlobWriter":
        """A new blob to be written."""
        return BlobWriter(self)

    def path(self, blob: str) -> Path:
        return self.folder / blob[:2] / blob[2:4] / blob

    def open(self, blob: str) -> int:
        """A descriptor to read the blob with: it outlives the blob's removal. Raises FileNotFoundError."""
        return os.open(self.path(blob), os.O_RDONLY | os.O_CLOEXEC)

    def remove(self, blobs: Iterable[str]) -> None:
        """Unlink the files, those that are pinned once they are not."""
        with self._lock:
            gone = set(blobs)
            pinned = gone & self._pins.keys()
            self._condemned |= pinned
        self._unlink(gone - pinned)

    def pin(self, blobs: Sequence[str]) -> None:
        """Keep the files until `unpin`, whatever is removed meanwhile."""
        with self._lock:
            self._pins.update(blobs)

    def unpin(self, blobs: Sequence[str]) -> None:
        with self._lock:
            self._pins -= Counter(blobs)  # drops what comes to nothing
            gone = self._condemned - self._pins.keys()
            self._condemned -= gone
        self._unlink(gone)

    def sweep(self, known: Callable[[list[str]], set[str]], now: float) -> int:
        """Unlink files of at least an hour that the index does not know; returns how many. `now` in seconds."""
        swept = 0
        for folder in self._folders():
            old = {entry.name: entry.path for entry in os.scandir(folder) if _is_old(entry, now)}
            kept = known(list(old)) if old and folder != str(self.temporary) else set()
            for name in old.keys() - kept:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(old[name])
                    swept += 1
        return swept

    def place(self) -> str:
        """The id of a new blob; its folder exists, and is on disk."""
        with self._lock:
            if not self._room:
                self._leaf, self._room = secrets.token_hex(2), LEAF_FILES
                _make_durable(self.folder / self._leaf[:2], self.folder)
                _make_durable(self.folder / self._leaf[:2] / self._leaf[2:], self.folder / self._leaf[:2])
            self._room -= 1
            return self._leaf + secrets.token_hex(14)

    def _unlink(self, blobs: Iterable[str]) -> None:
        for blob in blobs:
            self.path(blob).unlink(missing_ok=True)

    def _folders(self) -> Iterator[str]:
        yield str(self.temporary)
        for outer in os.scandir(self.folder):
            if outer.path != str(self.temporary):
                yield from (inner.path for inner in os.scandir(outer.path))


class BlobWriter:
    """One blob being written: `write` as often as needed, then `commit` or `discard`."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._descriptor = -1
        self._temporary = blobs.temporary / secrets.token_hex(16)
        self.size = 0

    def write(self, data: bytes) -> None:
        if self._descriptor < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._descriptor = os.open(self._temporary, flags, 0o600)
        view = memoryview(data)
        while view:
            written = os.write(self._descriptor, view)
            self.size += written
            view = view[written:]

    def commit(self) -> str:
        """Bring the blob to disk under a new id, and return that."""
        self.write(b"")
        os.fdatasync(self._descriptor)
        self._close()
        blob = self._blobs.place()
        path = self._blobs.path(blob)
        os.rename(self._temporary, path)
        _sync_folder(path.parent)
        return blob

    def discard(self) -> None:
        """Leave nothing behind."""
        self._close()
        self._temporary.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _make_durable(folder: Path, parent: Path) -> None:
    if not folder.exists():
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_old(entry: "os.DirEntry[str]", now: float) -> bool:
    try:
        return entry.is_file(follow_symlinks=False) and now - entry.stat().st_mtime >= ORPHAN_AGE_S
    except FileNotFoundError:
        return False
