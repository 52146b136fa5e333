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
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            env=dict(env),
            stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        return 127, b"", f"{argv[0]}: {error.strerror}".encode()
    try:
        async with asyncio.timeout(timeout_s):
            stdout, stderr = await process.communicate(stdin or None)
    except TimeoutError:
        return -9, b"", f"no answer in {timeout_s:g} s".encode()
    finally:
        if process.returncode is None:
            _kill(process.pid)
            await process.wait()
    return process.returncode or 0, stdout, stderr


def _kill(group: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def said(stderr: bytes, longest: int = 400) -> str:
    """The last thing that a program said on its standard error, as part of a sentence."""
    lines = [line.strip() for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    last = lines[-1] if lines else "it said nothing"
    return last.removeprefix("Error: ").rstrip(".")[:longest]
