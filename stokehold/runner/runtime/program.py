"""Running a program to its end, for its answer."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence


async def run(
    argv: Sequence[str], env: Mapping[str, str], timeout_s: float, stdin: bytes = b""
) -> tuple[int, bytes, bytes]:
    """Run `argv` and return its exit code, standard output and standard error.

    The program and its children are killed when the caller is cancelled, or after `timeout_s`; then the code is -9.
    A program that cannot be started answers 127.
    """
    starting = asyncio.create_task(_start(argv, env, asks=bool(stdin)))
    try:
        process = await asyncio.shield(starting)
    except OSError as error:
        return 127, b"", f"{argv[0]}: {error.strerror}".encode()
    except asyncio.CancelledError:  # what is half started can be neither ended nor awaited
        await asyncio.wait([starting])
        if starting.exception() is None:
            await _end(starting.result())
        raise
    try:
        async with asyncio.timeout(timeout_s):
            stdout, stderr = await process.communicate(stdin or None)
    except TimeoutError:
        return -9, b"", f"no answer in {timeout_s:g} s".encode()
    finally:
        await _end(process)
    return process.returncode or 0, stdout, stderr


async def _start(argv: Sequence[str], env: Mapping[str, str], *, asks: bool) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *argv,
        env=dict(env),
        stdin=asyncio.subprocess.PIPE if asks else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill a program that still runs, with its children."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def said(stderr: bytes, longest: int = 400) -> str:
    """The last thing that a program said on its standard error, as part of a sentence."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    return last.removeprefix("Error: ").rstrip(".")[:longest]
