"""The files of an instance's folder, reached without following a link that its program may have put there."""

import contextlib
import errno
import os
import stat
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from stokehold.domain.errors import StokeholdError

MOUNT = "/job"  # where a program in a sandbox or a container sees its folder
LINKS = 8  # a chain of links longer than this is not followed

FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a fifo must not make us wait

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class BadPath(StokeholdError):
    """The path does not name a file inside the folder."""


def split(path: str) -> tuple[str, ...]:
    """The components of a relative path. Raises BadPath when one is empty, `.` or `..`, or holds NUL."""
    names = tuple(path.split("/"))
    if path.startswith("/"):
        raise BadPath("its path is absolute")
    if "\0" in path:
        raise BadPath("its path holds a NUL character")
    if "" in names:
        raise BadPath("its path has an empty component")
    if "." in names or ".." in names:
        raise BadPath("its path has a component that is . or ..")
    return names


def open_root(folder: Path | str) -> int:
    """A descriptor of the folder itself; the caller closes it."""
    return os.open(folder, _FOLDER)


def open_below(root: int, names: Sequence[str], *, create: bool = False) -> int:
    """A descriptor of the folder `names` below `root`, no link followed; the caller closes it."""
    here = os.dup(root)
    for name in names:
        try:
            below = _enter(here, name, create)
        finally:
            os.close(here)
        here = below
    return here


def open_file(folder: Path | str, path: str) -> int:
    """A descriptor of the regular file at `path` below `folder`, for reading; the caller closes it.

    A link that leads to a regular file of the same folder is followed here, component by component, never by
    the kernel. Raises OSError and BadPath.
    """
    root = open_root(folder)
    try:
        names = split(path)
        for _ in range(LINKS + 1):
            found = _open_or_read_link(root, names)
            if isinstance(found, int):
                return _regular(found)
            names = _target(found, names, os.fspath(folder))
        raise BadPath("it is a link to a link to a link")
    finally:
        os.close(root)


def _enter(here: int, name: str, create: bool) -> int:
    try:
        return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=here)
    except FileNotFoundError:
        if not create:
            raise
    with contextlib.suppress(FileExistsError):  # its program may have made it in this moment
        os.mkdir(name, 0o755, dir_fd=here)
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=here)


def _open_or_read_link(root: int, names: Sequence[str]) -> int | str:
    here = open_below(root, names[:-1])
    try:
        return os.open(names[-1], FILE, dir_fd=here)
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        return os.readlink(names[-1], dir_fd=here)
    finally:
        os.close(here)


def _regular(descriptor: int) -> int:
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return descriptor
    os.close(descriptor)
    raise BadPath("it is not a regular file")


def _target(link: str, names: Sequence[str], folder: str) -> tuple[str, ...]:
    out = list(names[:-1])
    if link.startswith("/"):
        out, link = [], _inside(link, folder)
    for name in link.split("/"):
        if name == "..":
            if not out:
                raise BadPath("it is a link that leaves the folder")
            out.pop()
        elif name not in {"", "."}:
            out.append(name)
    return split("/".join(out))


def _inside(link: str, folder: str) -> str:
    for base in (folder, MOUNT):
        if PurePosixPath(link).is_relative_to(base):
            return str(PurePosixPath(link).relative_to(base))
    raise BadPath("it is a link that leaves the folder")
