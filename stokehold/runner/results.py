"""The results of an instance: the files of its folder that are new, or hold something else than the input."""

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from io import FileIO
from pathlib import Path

from stokehold.domain.constants import substitute
from stokehold.domain.errors import Failure, Faults, Invalid, StokeholdError
from stokehold.domain.patterns import Selection, selection
from stokehold.runner.folder import FILE, BadPath, open_below, open_file, open_root
from stokehold.runner.inputs import Manifest, Placed

LONGEST = 1024  # bytes of a key, in every S3

_PIECE = 1 << 18  # bytes compared at once

Note = Callable[[str], None]
Filters = tuple[str, str]  # whitelist, blacklist


class BadFilter(StokeholdError):
    """A filter cannot be used; `failure` is what its owner reads."""

    def __init__(self, failure: Failure) -> None:
        self.failure = failure
        super().__init__(failure.message)


def filters(kind: str, whitelist: str, blacklist: str, constants: Mapping[str, str] | None = None) -> Filters:
    """Whitelist and blacklist with their constants filled in; `kind` says whose. Raises BadFilter."""
    filled = []
    for name, pattern in (("whitelist", whitelist), ("blacklist", blacklist)):
        try:
            filled.append(substitute(pattern, constants or {}))
            selection(filled[-1])
        except Invalid as error:
            reason = error.message.partition(": ")[2]
            if (
                "${" in pattern
            ):  # what was filled in may be a secret: only the rule is told, not what broke it
                reason = ": ".join(reason.split(": ")[:2]) + f", in {pattern!r}"
            failure = Failure.of(Faults.BAD_FILTER, name=f"{name} of the {kind}", reason=reason)
            raise BadFilter(failure) from None
    return filled[0], filled[1]


def none_in(directory: Path) -> bool:
    """Whether there is nothing at all: a look that costs less than a search."""
    try:
        return next(directory.iterdir(), None) is None
    except FileNotFoundError:  # the program has removed it: there are no results
        return True


def changed(
    job_dir: Path,
    manifest: Manifest,
    whitelist: str = "",
    blacklist: str = "",
    note: Note | None = None,
) -> list[tuple[str, int]]:
    """The results in `job_dir`: (path with `/`, size in bytes), sorted.

    A file that was touched but holds what it held is none. A link to a regular file of the folder counts
    as a file; other links, and whatever is neither file nor folder, do not; `note` is told.
    Raises Invalid when a regex cannot be used, and OSError when the folder cannot be read.
    """
    with os.scandir(job_dir) as entries:
        if next(entries, None) is None:
            return []
    root = open_root(job_dir)
    try:
        return _Search(job_dir, root, manifest, (whitelist, blacklist), note or _silent).found()
    finally:
        os.close(root)


def untouched(placed: Placed, found: os.stat_result) -> bool:
    """Whether a file is as we left it."""
    return (placed.inode, placed.size, placed.mtime_ns, placed.ctime_ns) == (
        found.st_ino,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


class _Search:
    """One walk through a folder whose program may still run: nothing is followed, anything may vanish."""

    def __init__(
        self, job_dir: Path, root: int, manifest: Manifest, regexes: tuple[str, str], note: Note
    ) -> None:
        self._job_dir = job_dir
        self._root = root
        self._inputs = manifest.files
        self._regexes = regexes
        self._selection: Selection | None = None
        self._note = note
        self._folders: list[str] = []  # still to be read; each ends with /

    def found(self) -> list[tuple[str, int]]:
        out = list(self._files(self._root, ""))
        while self._folders:
            out.extend(self._below(self._folders.pop()))
        return sorted(out)

    def _below(self, folder: str) -> Iterator[tuple[str, int]]:
        try:
            here = open_below(self._root, folder.split("/")[:-1])
        except OSError as error:
            self._note(f"{folder} cannot be read: {error.strerror}")
            return
        try:
            yield from self._files(here, folder)
        finally:
            os.close(here)

    def _files(self, here: int, folder: str) -> Iterator[tuple[str, int]]:
        with os.scandir(here) as entries:
            for entry in entries:
                path = folder + entry.name
                if not _nameable(path):
                    self._note(
                        f"{path!a} is no name for an object: it is not UTF-8, or longer than {LONGEST} bytes"
                    )
                elif entry.is_dir(follow_symlinks=False):
                    self._folders.append(path + "/")
                elif (size := self._size(here, entry, path)) is not None:
                    yield path, size

    def _size(self, here: int, entry: os.DirEntry[str], path: str) -> int | None:
        """The size of a result; None for whatever is none."""
        if entry.is_symlink():
            return self._linked(path) if self._selected(path) else None
        try:
            found = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            return None
        placed = self._inputs.get(path)
        if placed is not None and untouched(placed, found):
            return None
        if not self._selected(path) or (placed is not None and _same_bytes(placed, found, here, entry.name)):
            return None
        return found.st_size

    def _linked(self, path: str) -> int | None:
        try:
            descriptor = open_file(self._job_dir, path)
        except (BadPath, OSError):
            self._note(f"{path} is a link that does not lead to a file of the folder")
            return None
        try:
            return os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)

    def _selected(self, path: str) -> bool:
        if self._selection is None:  # an instance without files needs none
            self._selection = selection(*self._regexes)
        return self._selection(path)


def _silent(_: str) -> None:
    pass


def _nameable(path: str) -> bool:
    try:
        return (path.isascii() and len(path) <= LONGEST) or len(path.encode()) <= LONGEST
    except UnicodeEncodeError:
        return False


def _same_bytes(placed: Placed, found: os.stat_result, here: int, name: str) -> bool:
    if placed.size != found.st_size:
        return False
    try:
        descriptor = os.open(name, FILE, dir_fd=here)
        with open(descriptor, "rb", buffering=0) as now, open(placed.cached, "rb", buffering=0) as then:
            return _equal(now, then)
    except OSError:
        return False  # rather a file too many than one too few


def _equal(one: FileIO, other: FileIO) -> bool:
    while True:
        piece = one.read(_PIECE)
        if piece != other.read(_PIECE):
            return False
        if not piece:
            return True
