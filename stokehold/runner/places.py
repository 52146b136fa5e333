"""Where an attempt's files are on the node."""

import os
import shutil
from pathlib import Path

from msgspec import Struct


class Places(Struct, frozen=True):
    """The files of one attempt. Its number names them: it is unique for as long as the server's database lives."""

    job: Path
    tmp: Path
    stdout: Path
    stderr: Path
    manifest: Path


class Grounds:
    """The folder of a runner: one flat directory for each kind of file, so that a short instance costs few calls."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in ("jobs", "tmp", "out"):
            (root / name).mkdir(parents=True, exist_ok=True)

    def places(self, token: str) -> Places:
        name = token.partition(".")[0]
        root = self.root
        return Places(
            root / "jobs" / name,
            root / "tmp" / name,
            root / "out" / f"{name}.1",
            root / "out" / f"{name}.2",
            root / "out" / f"{name}.inputs",
        )

    def make(self, places: Places) -> None:
        """Make the directories, empty."""
        for directory in (places.job, places.tmp):
            try:
                os.mkdir(directory, 0o777)
            except FileExistsError:
                shutil.rmtree(directory)
                os.mkdir(directory, 0o777)

    def clear(self, places: Places) -> bool:
        """Remove what costs little; False when directories hold something and `clear_slowly` is due."""
        for file in (places.stdout, places.stderr):
            _unlink(file)
        try:
            os.rmdir(places.job)
            os.rmdir(places.tmp)
        except OSError:
            return False
        return True

    def clear_slowly(self, places: Places) -> None:
        """Remove everything of an attempt. Blocks: call it in a thread."""
        self.clear(places)
        _unlink(places.manifest)
        for directory in (places.job, places.tmp):
            shutil.rmtree(directory, onerror=_insist)

    def sweep(self, kept: set[str]) -> None:
        """Remove what attempts that nobody knows left behind. Blocks."""
        names = {token.partition(".")[0] for token in kept}
        found = {p.name.partition(".")[0] for folder in ("jobs", "tmp", "out") for p in (self.root / folder).iterdir()}
        for name in found - names:
            self.clear_slowly(self.places(name))


def _unlink(path: Path) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass


def _insist(_function: object, path: str, _error: object) -> None:
    """A program may have taken away its own permissions: restore them and try once more."""
    try:
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700)
        os.unlink(path) if not os.path.isdir(path) else shutil.rmtree(path, ignore_errors=True)
    except OSError:
        return
