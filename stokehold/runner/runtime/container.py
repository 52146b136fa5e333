"""The command in a container, through the command line of podman or docker."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import psutil
from msgspec import Struct

from stokehold.domain.errors import Failure, Faults
from stokehold.runner.runtime import variables
from stokehold.runner.runtime.image import Image, Images, unavailable
from stokehold.runner.runtime.launch import (
    Exit,
    Launch,
    Order,
    Paths,
    ending,
    not_found,
    signal_of,
)
from stokehold.runner.runtime.program import run
from stokehold.runner.runtime.unwritten import Unwritten

_HOSTNAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?")
_USER = re.compile(r"[A-Za-z0-9_.-]+(?::[A-Za-z0-9_.-]+)?")
_FOLDER = "stokehold.folder"  # the label of every container: whose it is

#: Runs the engine and, when the command was killed, notes whether that was for its memory: the engine knows, or the
#: kernel's log does (with control groups of version 1, conmon often misses it). The arguments are data, never program
#: text. Its own variables begin with _, as none of a task's may here.
_WATCH = """
_cli=$1 _name=$2 _note=$3; shift 3; trap : HUP INT TERM
"$_cli" "$@"
_code=$?
if [ $_code -eq 137 ]; then
    _seen=$("$_cli" inspect --format '{{.Id}} {{.State.OOMKilled}}' "$_name" 2>/dev/null)
    case $_seen in
        '') ;;
        *' true') : >"$_note" ;;
        *) if dmesg 2>/dev/null | grep -q "oom-kill:.*${_seen%% *}"; then : >"$_note"; fi ;;
    esac
fi
exit $_code
"""

#: What the engines say when the command never began: then it is the only thing on standard error.
_COMPLAINT = re.compile(
    r"(?:time=\"[^\n]*\n)*(?:Error|docker): (?P<reason>[^\n]+)\n*(?:(?:See|Run) 'docker [^\n]*\n*)?"
)
_NO_COMMAND = re.compile(
    r'exec: "|executable file|exec format error|workdir|unable to find user|no such file or directory'
)
_NO_IMAGE = re.compile(r"image not known|no such image|unable to find image|image .*not found", re.IGNORECASE)


class Engine(Struct, frozen=True):
    """A container engine as its probe found it."""

    name: str  # podman or docker
    cli: str  # the program's absolute path
    options: tuple[str, ...] = ()  # before the verb: --runtime runc
    run_options: tuple[str, ...] = ()  # after `run`: the ulimits that this host allows
    limits: bool = True  # memory and CPU limits work

    def argv(self, *words: str) -> list[str]:
        return [self.cli, *self.options, *words]


class Container:
    """Keeps `Runtime`. The image decides the system, its ENTRYPOINT is honoured, `/job` is the job directory."""

    job_path = "/job"
    detached = True

    def __init__(self, engine: Engine, private_dir: Path) -> None:
        """`private_dir` holds notes while they are needed; nobody else may enter it. Variables and credentials
        stay in memory."""
        private_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name = engine.name
        self._engine = engine
        self._private = private_dir
        self._env = variables.own()
        self._unwritten = Unwritten(private_dir)
        self._images = Images(engine.cli, engine.name, self._env, self._unwritten)

    def paths(self, job_dir: str, tmp_dir: str) -> Paths:
        return Paths(job="/job", tmp="/tmp", ram="/dev/shm")

    async def prepare(self, launch: Launch) -> Order:
        image = Image.of(launch.constants)
        inherited = variables.inherited(launch.env, self.name)
        await self._images.ensure(image)
        _open_to_other_users(launch)
        name = container_name(launch.token)
        file = self._unwritten.open() / f"{name}.env"
        variables.write(file, launch.env, inherited)
        arguments = [
            *self._engine.options, "run", "--name", name, f"--label={_FOLDER}={self._private}",
            "--pull=never", "--log-driver=none", *self._engine.run_options, *_settings(launch, self._engine),
            "--env-file", str(file),
            *(word for key in inherited for word in ("--env", key)),
            image.reference, *launch.argv,
        ]  # fmt: skip
        watch = ["/bin/sh", "-c", _WATCH, "stoke", self._engine.cli, name, str(self._note(launch.token))]
        return Order([*watch, *arguments], {**inherited, **self._env}, launch.job_dir)

    def verdict(self, launch: Launch, end: Exit, stderr_tail: bytes) -> Failure | None:
        if end.code in {125, 126, 127}:
            complaint = _COMPLAINT.fullmatch(stderr_tail.decode(errors="replace"))
            if complaint is not None:
                return self._not_begun(launch, complaint["reason"])
        if signal_of(end) != 9 or end.stopped:
            return ending(launch, end)
        if self._note(launch.token).exists():
            return Failure.of(Faults.OUT_OF_MEMORY, limit_mb=launch.memory_mb)
        return ending(launch, end)

    async def roots(self, token: str) -> list[int]:
        words = ("inspect", "--format", "{{.State.Pid}}", container_name(token))
        code, stdout, _ = await run(self._engine.argv(*words), self._env, 60)
        pid = stdout.strip().decode(errors="replace")
        return [int(pid)] if code == 0 and pid.isdigit() and int(pid) else []

    async def stop(self, token: str) -> None:
        await self._run("kill", "--signal", "KILL", container_name(token))

    async def clean(self, token: str) -> None:
        name = container_name(token)
        at_once = ("--time", "0") if self.name == "podman" else ()  # docker does not wait anyway
        await self._run("rm", "--force", *at_once, "--volumes", name)
        self._unwritten.remove(f"{name}.env")
        self._note(token).unlink(missing_ok=True)

    async def sweep(self, kept: set[str]) -> None:
        words = ("ps", "--all", "--filter", f"label={_FOLDER}={self._private}", "--format", "{{.Names}}")
        _, stdout, _ = await run(self._engine.argv(*words), self._env, 60)
        known = {container_name(token) for token in kept}
        self._unwritten.sweep({f"{name}.env" for name in known})
        for name in set(stdout.decode().split()) - known:
            await self.clean(name.removeprefix(container_name("")))

    async def _run(self, *words: str) -> None:
        """The container may be gone, or may never have been: the answer does not matter."""
        await run(self._engine.argv(*words), self._env, 60)

    def _note(self, token: str) -> Path:
        return self._private / f"{container_name(token)}.oom"

    def _not_begun(self, launch: Launch, reason: str) -> Failure:
        if _NO_IMAGE.search(reason):
            image = Image.of(launch.constants).reference
            self._images.forget(image)
            return unavailable(image, "it was removed from the node", debug=reason).failure
        if _NO_COMMAND.search(reason):
            command = launch.argv[0] if launch.argv else ""
            return not_found(command, debug=reason).failure
        return Failure.of(Faults.RUNNER_FAULT, reason=f"{self.name} could not start the container ({reason})")


def container_name(token: str) -> str:
    return "stoke-" + re.sub(r"[^A-Za-z0-9_.-]", "-", token)


def _settings(launch: Launch, engine: Engine) -> Iterator[str]:
    """The options of `run` that depend on the task."""
    constants = launch.constants
    workdir = constants.get("DOCKER_WORKDIR", "")
    yield f"--workdir={workdir if workdir.startswith('/') else '/job'}"
    yield f"--mount=type=bind,source={launch.job_dir},target=/job"
    yield f"--mount=type=bind,source={launch.tmp_dir},target=/tmp"
    yield f"--network={'host' if launch.network else 'none'}"
    yield f"--shm-size={_memory_scratch_mb(launch)}m"
    if _USER.fullmatch(constants.get("DOCKER_USER", "")):
        yield f"--user={constants['DOCKER_USER']}"
    if _HOSTNAME.fullmatch(constants.get("DOCKER_HOST", "")) and not launch.network:
        yield f"--hostname={constants['DOCKER_HOST']}"
    if engine.name == "podman":
        yield "--http-proxy=false"
    if engine.limits and launch.memory_mb:
        yield f"--memory={launch.memory_mb}m"
    if engine.limits and launch.cores:
        yield f"--cpus={min(launch.cores, psutil.cpu_count() or 1)}"


def _memory_scratch_mb(launch: Launch) -> int:
    total_mb = launch.memory_mb or psutil.virtual_memory().total // 1024**2
    return max(64, total_mb // 2)


def _open_to_other_users(launch: Launch) -> None:
    """An image's user is often not the runner's; the folder above these is closed to others."""
    with contextlib.suppress(OSError):
        os.chmod(launch.job_dir, 0o777)
        os.chmod(launch.tmp_dir, 0o1777)
