"""The command as a plain process of the runner's user: no image, no sandbox."""

import os
from functools import lru_cache

from stokehold.domain.errors import Failure, Faults
from stokehold.runner.runtime.launch import Exit, Launch, Order, Paths, Unrunnable, ending, not_found

STANDARD_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Process:
    """Keeps `Runtime`. The command sees the host's own paths, and all that the runner's user may see."""

    name = "process"
    job_path = ""
    detached = False

    def paths(self, job_dir: str, tmp_dir: str) -> Paths:
        # a directory in shared memory would outlive the instance: nobody could tell whose it is
        return Paths(job=job_dir, tmp=tmp_dir, ram=tmp_dir)

    async def prepare(self, launch: Launch) -> Order:
        env = {"PATH": STANDARD_PATH, "HOME": launch.job_dir, **launch.env}
        program = find(launch, env["PATH"])
        return Order([program, *launch.argv[1:]], env, launch.job_dir)

    def verdict(self, launch: Launch, end: Exit, stderr_tail: bytes) -> Failure | None:
        return ending(launch, end)

    async def roots(self, token: str) -> list[int]:
        return []

    async def stop(self, token: str) -> None:
        """Killing the process tree is all there is."""

    async def clean(self, token: str) -> None:
        """Nothing is left outside the job directory."""

    async def sweep(self, kept: set[str]) -> None:
        """The keeper has ended whatever was left."""


def find(launch: Launch, path: str) -> str:
    """The absolute path of the command's program on this host. Raises Unrunnable: there is none."""
    if not launch.argv:
        reason = "it is empty, and without an image there is no default command"
        raise Unrunnable(Failure.of(Faults.BAD_COMMAND, reason=reason))
    name = launch.argv[0]
    if "/" in name:
        return _at(launch.job_dir, name)
    found = _on_path(name, path)
    if found is None:
        raise not_found(name, debug=f"it is not in {path}")
    return found


def _at(job_dir: str, name: str) -> str:
    program = os.path.join(job_dir, name)
    if os.path.isfile(program) and os.access(program, os.X_OK):
        return program
    raise not_found(name, debug=f"{program} is not an executable file")


def _on_path(name: str, path: str) -> str | None:
    """Only what was found is remembered, and is looked at again: programs are installed, moved and removed."""
    found = _remembered(name, path)
    if found is not None and os.access(found, os.X_OK):
        return found
    _remembered.cache_clear()
    return _remembered(name, path)


@lru_cache(maxsize=256)
def _remembered(name: str, path: str) -> str | None:
    for directory in path.split(":"):
        program = os.path.join(directory, name)
        if directory.startswith("/") and os.path.isfile(program) and os.access(program, os.X_OK):
            return program
    return None
