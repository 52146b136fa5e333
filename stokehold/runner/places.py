"""Where an attempt's files are on the node, and their use by one attempt after another."""

import contextlib
import os
import shutil
import stat
from itertools import count
from pathlib import Path

from msgspec import Struct

SPARE = 1024  # empty places kept for the next attempts
_KINDS = ("jobs", "tmp", "out")


class Places(Struct):
    """The files of one attempt at a time. No two attempts that the runner holds have the same name."""

    name: str
    job: Path
    tmp: Path
    stdout: Path
    stderr: Path
    manifest: Path
    shots: Path  # what snapshots have taken
    fresh: tuple[int, int, int] | None = None  # mode, owner, size of the directories as they were made


class Grounds:
    """The folder of a runner: one flat directory for each kind of file.

    Places are used again as long as attempts leave them empty, because a short program costs less than its files do:
    ext4 looks, for each file it makes, at every file that was removed in the last minutes.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        for kind in _KINDS:
            (root / kind).mkdir(parents=True, exist_ok=True)
        self._spare: list[Places] = []
        self._names = count(max(map(int, filter(str.isdigit, self._found())), default=0) + 1)

    def take(self) -> Places:
        """Places that nobody has."""
        return self._spare.pop() if self._spare else self._at(str(next(self._names)))

    def again(self, name: str) -> Places:
        """The places of an attempt that an earlier runner of this folder began."""
        return self._at(name)

    def make(self, places: Places) -> None:
        """See to it that the directories are there, empty."""
        if places.fresh:
            return
        for directory in (places.job, places.tmp):
            try:
                os.mkdir(directory, 0o777)
            except FileExistsError:
                shutil.rmtree(directory)
                os.mkdir(directory, 0o777)
        places.fresh = _look(places.job)

    def clear(self, places: Places) -> bool:
        """Make the places ready for another attempt if that costs little; False when `clear_slowly` is due."""
        reusable = len(self._spare) < SPARE and _untouched(places)
        if reusable:
            self._spare.append(places)
        return reusable

    def clear_slowly(self, places: Places) -> None:
        """Remove everything of an attempt. Blocks: call it in a thread."""
        for file in (places.stdout, places.stderr, places.manifest):
            _unlink(file)
        if os.path.lexists(places.shots):
            shutil.rmtree(places.shots, onerror=_insist)
        for directory in (places.job, places.tmp):
            shutil.rmtree(directory, onerror=_insist)

    def sweep(self, kept: set[str]) -> None:
        """Remove what attempts that nobody knows left behind; `kept` are names of places. Blocks."""
        for name in self._found() - kept:
            self.clear_slowly(self._at(name))

    def close(self) -> None:
        """Remove the places that wait for an attempt. Blocks."""
        for places in self._spare:
            self.clear_slowly(places)
        self._spare.clear()

    def _found(self) -> set[str]:
        return {p.name.partition(".")[0] for kind in _KINDS for p in (self.root / kind).iterdir()}

    def _at(self, name: str) -> Places:
        out = self.root / "out" / name
        return Places(
            name,
            self.root / "jobs" / name,
            self.root / "tmp" / name,
            out.with_suffix(".1"),
            out.with_suffix(".2"),
            out.with_suffix(".inputs"),
            out.with_suffix(".shots"),
        )


def _untouched(places: Places) -> bool:
    """Whether nothing tells that an attempt was here, once its output is emptied."""
    try:
        if os.path.lexists(places.shots):
            return False
        _unlink(places.manifest)
        files = _empty_file(places.stdout) and _empty_file(places.stderr)
        return files and all(_as_made(directory, places.fresh) for directory in (places.job, places.tmp))
    except OSError:
        return False


def _as_made(directory: Path, fresh: tuple[int, int, int] | None) -> bool:
    return _look(directory) == fresh and not os.listdir(directory) and not _labelled(directory)


def _look(directory: Path) -> tuple[int, int, int]:
    """A directory that once held many names is large, and slow to read for ever: its size counts too."""
    found = os.lstat(directory)
    return found.st_mode, found.st_uid, found.st_size


def _empty_file(path: Path) -> bool:
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return True
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        return False
    if found.st_size:
        os.truncate(path, 0)
    return stat.S_IMODE(found.st_mode) == 0o600


def _labelled(path: Path) -> bool:
    """Whether somebody has left attributes, such as an access list that the next attempt would inherit."""
    return any(not name.startswith("security.") for name in os.listxattr(path, follow_symlinks=False))


def _unlink(path: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)


def _insist(_function: object, path: str, _error: object) -> None:
    """A program may have taken away its own permissions: restore them and try once more."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        os.unlink(path) if not os.path.isdir(path) else shutil.rmtree(path, ignore_errors=True)
    except OSError:
        return
