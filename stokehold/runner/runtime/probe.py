"""Whether a container engine works on this host: seen by running a container, not believed from a version."""

import asyncio
import io
import platform
import resource
import shutil
import struct
import tarfile

from stokehold.runner.runtime import variables
from stokehold.runner.runtime.container import Engine
from stokehold.runner.runtime.program import run, said

_IMAGE = "localhost/stokehold-probe:1"
_MOST_PROCESSES = 32_768  # podman's own ceiling
_MOST_FILES = 1_048_576
_MACHINE = {"x86_64": 62, "amd64": 62, "aarch64": 183, "arm64": 183}
#: exit(0), in machine code.
_EXIT = {62: bytes.fromhex("31ff b83c000000 0f05"), 183: bytes.fromhex("000080d2 a80b80d2 010000d4")}


async def probe(name: str) -> Engine | str:
    """The engine `name` (podman or docker) ready for use, or why it cannot be used, as the end of a sentence."""
    cli = shutil.which(name)
    if cli is None:
        return "it is not installed"
    image, reason = await _image(cli)
    if image is None:
        return reason
    for options in _candidates(name):
        engine = Engine(name, cli, options, _ulimits(name))
        for limits in (True, False):
            code, _, stderr = await _try(engine, image, limits)
            if code == 0:
                return Engine(name, cli, options, engine.run_options, limits)
            reason = reason or said(stderr)
            if "runtime" in said(stderr) and "not found" in said(stderr):
                break
    return reason


def _candidates(name: str) -> list[tuple[str, ...]]:
    """The default first. `crun` refuses hosts with both versions of control groups, where `runc` works."""
    if name == "docker":
        return [()]
    return [
        (),
        *(("--runtime", runtime) for runtime in ("runc", "crun") if shutil.which(runtime, path=_PATH)),
    ]


_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def _ulimits(name: str) -> tuple[str, ...]:
    """The engines' default limits fail where the host's hard limits are lower and may not be raised."""
    if name == "docker":  # its daemon has limits of its own
        return ()
    return (
        f"--ulimit=nofile={_most(resource.RLIMIT_NOFILE, _MOST_FILES)}",
        f"--ulimit=nproc={_most(resource.RLIMIT_NPROC, _MOST_PROCESSES)}",
    )


def _most(limit: int, ceiling: int) -> str:
    hard = resource.getrlimit(limit)[1]
    most = ceiling if hard == resource.RLIM_INFINITY else min(hard, ceiling)
    return f"{most}:{most}"


async def _try(engine: Engine, image: tuple[str, ...], limits: bool) -> tuple[int, bytes, bytes]:
    bounds = ("--memory=64m", "--cpus=1") if limits else ()
    words = (
        "run",
        "--rm",
        "--pull=never",
        "--log-driver=none",
        "--network=none",
        *engine.run_options,
        *bounds,
        *image,
    )
    return await run(engine.argv(*words), variables.own(), 10)


async def _image(cli: str) -> tuple[tuple[str, ...] | None, str]:
    """An image and the command to run in it; without one, the reason."""
    env = variables.own()
    code, _, stderr = await run([cli, "image", "inspect", _IMAGE], env, 10)
    if code == 0:
        return (_IMAGE, "/probe"), ""
    machine = _MACHINE.get(platform.machine().lower())
    if machine is not None:
        code, _, stderr = await run([cli, "import", "-", _IMAGE], env, 10, stdin=archive(machine))
        if code == 0:
            return (_IMAGE, "/probe"), ""
    return await _local(cli, said(stderr))


async def _local(cli: str, reason: str) -> tuple[tuple[str, ...] | None, str]:
    """Any image that is there, in the hope that it has `true`."""
    words = [cli, "image", "ls", "--quiet", "--filter", "dangling=false"]
    code, stdout, stderr = await run(words, variables.own(), 10)
    images = stdout.decode().split()
    if code != 0:
        return None, said(stderr)
    if not images:
        return None, f"no image could be made to try it with ({reason})"
    return (images[0], "true"), ""


def archive(machine: int) -> bytes:
    """A tar file that holds one program, /probe, which ends at once with exit code 0. It needs nothing else."""
    program = _program(machine)
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo("probe")
        entry.mode, entry.size = 0o755, len(program)
        tar.addfile(entry, io.BytesIO(program))
    return buffer.getvalue()


def _program(machine: int) -> bytes:
    """The smallest ELF file: one header, one segment that holds the whole file, a few instructions."""
    base, headers = 0x400000, 64 + 56
    size = headers + len(_EXIT[machine])
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, base + headers, 64, 0, 0, 64, 56, 1, 64, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, base, base, size, size, 0x1000)
    return ident + header + segment + _EXIT[machine]


async def probe_within(names: tuple[str, ...], timeout_s: float) -> tuple[Engine | None, dict[str, str]]:
    """The first of `names` that works, and why those before it do not, in at most `timeout_s` all together."""
    refused: dict[str, str] = {}
    name = ""
    try:
        async with asyncio.timeout(timeout_s):
            for name in names:
                found = await probe(name)
                if isinstance(found, Engine):
                    return found, refused
                refused[name] = found
    except TimeoutError:
        refused[name] = f"it had not started a container after {timeout_s:g} s"
    return None, refused
