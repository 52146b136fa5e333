"""Private copies of cached files. They share blocks with them where the file system can."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

MODE = 0o755  # inputs may be programs; the vendor's nodes set no other mode

_FICLONE = 0x40049409  # linux/fs.h
_PIECE = 1 << 30  # bytes asked for in one call
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
