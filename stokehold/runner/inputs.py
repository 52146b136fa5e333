"""The inputs of an instance: brought to its folder before it begins, each a copy of its own."""

import asyncio
import contextlib
import errno
import os
import secrets
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from stokehold.domain.errors import Failure, Faults, StokeholdError
from stokehold.domain.protocol import Input
from stokehold.runner import folder
from stokehold.runner.cache import Cache
from stokehold.runner.clone import clone_into
from stokehold.runner.transfer import TransferError, each

DOWNLOADS = 8  # at once, for one instance

_Place = tuple[tuple[str, ...], Input]  # components of the path; a folder when the item's path ends with /


class Placed(Struct, array_like=True, frozen=True):
    """A file as we left it: whoever has written to it since has changed one of these."""

    inode: int
    size: int
    mtime_ns: int
    ctime_ns: int
    cached: str


class Manifest(Struct):
    """Every input of an instance, by its path. Kept beside the folder, never in it."""

    files: dict[str, Placed] = {}

    def save(self, path: Path) -> None:
        """Write it in one step."""
        beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        beside.write_bytes(msgspec.msgpack.encode(self))
        beside.rename(path)

    @classmethod
    def load(cls, path: Path) -> "Manifest":
        """Read what `save` wrote. Raises OSError and msgspec.DecodeError."""
        return msgspec.msgpack.decode(path.read_bytes(), type=cls)

    def cached(self) -> list[str]:
        """The cached files that it compares with, for `Cache.hold`."""
        return [placed.cached for placed in self.files.values()]


class InputsUnavailable(StokeholdError):
    """The inputs of an instance cannot be had; `failure` is what its owner reads."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        self.manifest: Manifest | None = None  # of what was put there all the same
        super().__init__(failure.message)


async def bring(
    items: Sequence[Input], job_dir: Path, cache: Cache, before: Manifest | None = None
) -> Manifest:
    """Put every input into `job_dir`, which exists; of two with one path the later counts.

    The cached files are held for `str(job_dir)` until the caller releases them. With `before`, the manifest
    of an earlier time, only what is new or has another content since is put there: each file in one step, because
    a program may be waiting for it. Raises InputsUnavailable.
    """
    if not items:
        return before or Manifest()
    holder = str(job_dir)
    try:
        places = _places(items)
        files: dict[tuple[str, ...], tuple[Input, str]] = {}

        async def fetch(place: _Place) -> None:
            names, item = place
            files[names] = (item, str(await _fetched(cache, item, holder)))

        wanted = [place for place in places.items() if not place[1].path.endswith("/")]
        await each(wanted, fetch, min(DOWNLOADS, len(wanted)))
        folders = [place for place in places.items() if place[1].path.endswith("/")]
        return await asyncio.to_thread(_put, job_dir, folders, files, before)
    except BaseException:
        if before is None:
            cache.release(holder)
        raise


def _places(items: Iterable[Input]) -> dict[tuple[str, ...], Input]:
    places: dict[tuple[str, ...], Input] = {}
    for item in items:
        path = item.path.removesuffix("/")
        if not path and item.key.endswith("/"):
            continue  # the marker of the folder whose prefix was stripped: the job folder itself
        try:
            places[folder.split(path)] = item
        except folder.BadPath as error:
            raise _misplaced(item, error.message) from error
    return places


async def _fetched(cache: Cache, item: Input, holder: str) -> Path:
    try:
        return await cache.fetch(item, holder)
    except TransferError as error:
        if error.code == "NoSuchBucket":
            raise InputsUnavailable(Failure.of(Faults.BUCKET_GONE, bucket=_bucket(item))) from error
        raise _unavailable(item, error.reason) from error
    except OSError as error:
        raise _broken(item, error) from error


def _put(
    job_dir: Path,
    folders: list[_Place],
    files: dict[tuple[str, ...], tuple[Input, str]],
    before: Manifest | None,
) -> Manifest:
    root = folder.open_root(job_dir)
    placed = dict(before.files) if before else {}
    place = _lay if before is None else _slip
    try:
        for names, item in folders:
            os.close(_folder(root, names, item))
        for _, group in groupby(sorted(files, key=_by_folder), key=lambda names: names[:-1]):
            _fill(root, list(group), files, placed, place)
    except InputsUnavailable as error:
        error.manifest = Manifest(placed)
        raise
    finally:
        os.close(root)
    return Manifest(placed)


def _by_folder(names: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    return names[:-1], names[-1]


def _fill(
    root: int,
    group: list[tuple[str, ...]],
    files: dict[tuple[str, ...], tuple[Input, str]],
    placed: dict[str, Placed],
    place: Callable[[int, str, str], Placed],
) -> None:
    """Put the files of one folder there."""
    here = _folder(root, group[0][:-1], files[group[0]][0])
    try:
        for names in group:
            item, cached = files[names]
            known = placed.get("/".join(names))
            if known is None or known.cached != cached:
                placed["/".join(names)] = place(here, names[-1], cached)
    except OSError as error:
        raise _broken(item, error) from error
    finally:
        os.close(here)


def _folder(root: int, names: Sequence[str], item: Input) -> int:
    try:
        return folder.open_below(root, names, create=True)
    except OSError as error:
        raise _broken(item, error) from error


def _lay(here: int, name: str, cached: str) -> Placed:
    """Put a file where nobody looks yet."""
    try:
        return _copy(here, name, cached)
    except FileExistsError:
        return _slip(here, name, cached)


def _copy(here: int, name: str, cached: str) -> Placed:
    target = os.open(
        name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=here
    )
    try:
        clone_into(cached, target)
        # A moment that has passed: a write in this very tick of the file system's clock shows too.
        past_s = int(time.time()) - 2
        os.utime(target, (past_s, past_s))
        return _seen(os.fstat(target), cached)
    finally:
        os.close(target)


def _slip(here: int, name: str, cached: str) -> Placed:
    """Put a file where a program looks: it finds all of it, or what was there before."""
    beside = f".{secrets.token_hex(8)}"
    try:
        placed = _copy(here, beside, cached)
        os.rename(beside, name, src_dir_fd=here, dst_dir_fd=here)
    except OSError:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=here)
        raise
    with contextlib.suppress(FileNotFoundError):  # the program has removed it already
        renamed = os.stat(name, dir_fd=here, follow_symlinks=False)
        placed = replace(placed, ctime_ns=renamed.st_ctime_ns)  # all else would be the program's doing
    return placed


def _seen(found: os.stat_result, cached: str) -> Placed:
    return Placed(found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns, cached)


def _broken(item: Input, error: OSError) -> InputsUnavailable:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return InputsUnavailable(Failure.of(Faults.NODE_DISK_FULL, reason=f"no room for {_name(item)}"))
    if error.errno in {errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EEXIST, errno.ENAMETOOLONG}:
        return _misplaced(item, "its path leads through a file or a link, names a folder, or is too long")
    return _unavailable(item, os.strerror(error.errno) if error.errno else str(error))


def _unavailable(item: Input, reason: str) -> InputsUnavailable:
    return InputsUnavailable(Failure.of(Faults.DOWNLOAD_FAILED, reason=f"{_name(item)}: {reason}"))


def _misplaced(item: Input, reason: str) -> InputsUnavailable:
    return InputsUnavailable(Failure.of(Faults.BAD_INPUT, key=_name(item), reason=reason))


def _name(item: Input) -> str:
    return f"{_bucket(item)}/{item.key}"


def _bucket(item: Input) -> str:
    """As its owner calls it: a lease names the account too, so that two accounts never share a cache line."""
    return item.bucket.rpartition("/")[2]
