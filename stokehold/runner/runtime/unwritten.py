"""Files that never reach a disk: the secrets of a program, for as long as somebody must read them from a file."""

import contextlib
import os
import shutil
import stat
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


class Unwritten:
    """A folder in memory that belongs to `private`; where the host has no such place, `private` itself.

    It is there while there is something in it.
    """

    def __init__(self, private: Path, memory: Path = SHARED_MEMORY) -> None:
        found = private.stat()
        self._folder = memory / f"stoke-{os.getuid()}-{found.st_dev:x}-{found.st_ino:x}"
        self._private = private
        self._usable = os.path.ismount(memory) and os.access(memory, os.W_OK | os.X_OK)

    def open(self) -> Path:
        """The folder, which only its owner may enter."""
        if not self._usable:
            return self._private
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir(mode=0o700)
        if not self._ours():  # anybody may make folders there
            self._usable = False
            return self._private
        return self._folder

    def at(self, name: str) -> Path:
        """Where the file of that name is."""
        return (self._folder if self._usable else self._private) / name

    def remove(self, name: str) -> None:
        """Remove a file or a folder, and ours when that was the last in it. Idempotent."""
        for path in (self._folder / name, self._private / name):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._folder.rmdir()

    def sweep(self, kept: set[str]) -> None:
        """Remove what an earlier process left, but for the files of these names."""
        if self._usable and self._ours():
            for path in self._folder.iterdir():
                if path.name not in kept:
                    self.remove(path.name)

    def _ours(self) -> bool:
        try:
            found = self._folder.lstat()
        except FileNotFoundError:
            return False
        return (
            stat.S_ISDIR(found.st_mode)
            and found.st_uid == os.getuid()
            and stat.S_IMODE(found.st_mode) == 0o700
        )
