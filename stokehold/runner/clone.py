"""Private copies of cached files. They share blocks with them where the file system can."""

import errno
import fcntl
import os
import shutil
import time
from pathlib import Path

MODE = 0o755  # inputs may be programs; the vendor's nodes set no other mode

_FICLONE = 0x40049409  # linux/fs.h
_PIECE = 1 << 30  # bytes asked for in one call
_READ = 1 << 18
_ROUNDS = 1000  # of catching up with a file that grows
_TRIES = 5
_PAUSE_S = 0.01
_ELSEWHERE = {
    errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EPERM, errno.ETXTBSY,
}  # fmt: skip


def clone(source: Path | str, destination: Path | str) -> None:
    """Make `destination`, which must not exist, a private copy of `source`. It blocks.

    Raises OSError; what was begun is removed.
    """
    target = os.open(destination, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE)
    try:
        clone_into(source, target)
    except BaseException:
        os.unlink(destination)
        raise
    finally:
        os.close(target)


def clone_into(source: Path | str, target: int) -> None:
    """Fill the empty file behind the descriptor `target` with what `source` holds, and set its mode."""
    origin = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if not _share(origin, target) and not _copy_inside(origin, target):
            _copy(origin, target)
        os.fchmod(target, MODE)  # whatever the umask is
    finally:
        os.close(origin)


def capture(origin: int, target: int) -> bool:
    """Fill the empty file behind `target` with all that `origin` held at one moment, though it may be written to.

    A file system that shares blocks does so in one step. Elsewhere it is copied to its end, growth included, and then
    compared: what reads the same twice was so in between. False: it would not hold still. It blocks.
    """
    if _share(origin, target):
        return True
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(_PAUSE_S)
        os.ftruncate(target, 0)
        if (size := _catch_up(origin, target)) is not None and _same(origin, target, size):
            return True
    return False


def _catch_up(origin: int, target: int) -> int | None:
    """Copy until the end is reached before anything is added; the size, or None when that does not happen."""
    size = 0
    for _ in range(_ROUNDS):
        while data := os.pread(origin, _READ, size):
            size += os.pwrite(target, data, size)
        if os.fstat(origin).st_size == size:
            return size
    return None


def _same(one: int, other: int, size: int) -> bool:
    return all(
        os.pread(one, min(_READ, size - start), start) == os.pread(other, min(_READ, size - start), start)
        for start in range(0, size, _READ)
    )


def _share(origin: int, target: int) -> bool:
    try:
        fcntl.ioctl(target, _FICLONE, origin)
    except OSError as error:
        if error.errno in _ELSEWHERE:
            return False
        raise
    return True


def _copy_inside(origin: int, target: int) -> bool:
    """Let the kernel copy. False when it cannot: the offsets of both tell what is left."""
    left = os.fstat(origin).st_size
    while left:
        try:
            done = os.copy_file_range(origin, target, min(left, _PIECE))
        except OSError as error:
            if error.errno in _ELSEWHERE:
                return False
            raise
        if not done:
            return False
        left -= done
    return True


def _copy(origin: int, target: int) -> None:
    with os.fdopen(os.dup(origin), "rb", 0) as reader, os.fdopen(os.dup(target), "wb", 0) as writer:
        shutil.copyfileobj(reader, writer, 1 << 18)
