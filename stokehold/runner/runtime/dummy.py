"""No program at all: the constants say how long it takes, what is printed and how it ends."""

import math
from collections.abc import Mapping

from stokehold.domain.errors import Failure, Faults
from stokehold.runner.runtime.launch import Exit, Launch, Paths, Pretend, Unrunnable, ending


class Dummy:
    """Keeps `Runtime`. Measures the platform by itself, and makes failures happen on demand.

    Constants: STOKE_DUMMY_SLEEP (seconds), STOKE_DUMMY_EXIT (code), STOKE_DUMMY_STDOUT, STOKE_DUMMY_STDERR,
    STOKE_DUMMY_CRASH (`true`: an infrastructure fault).
    """

    name = "dummy"
    job_path = "/job"
    detached = False

    def paths(self, job_dir: str, tmp_dir: str) -> Paths:
        return Paths(job="/job", tmp="/tmp", ram="/dev/shm")

    async def prepare(self, launch: Launch) -> Pretend:
        constants = launch.constants
        return Pretend(
            seconds=_seconds(constants),
            exit_code=_code(constants),
            stdout=constants.get("STOKE_DUMMY_STDOUT", "").encode(),
            stderr=constants.get("STOKE_DUMMY_STDERR", "").encode(),
            crash=_crash(constants),
        )

    def verdict(self, launch: Launch, end: Exit, stderr_tail: bytes) -> Failure | None:
        if _crash(launch.constants) and not end.stopped:
            return Failure.of(Faults.RUNNER_FAULT, reason="the dummy runtime was told to crash")
        return ending(launch, end)

    async def roots(self, token: str) -> list[int]:
        return []

    async def stop(self, token: str) -> None:
        """There is nothing to stop."""

    async def clean(self, token: str) -> None:
        """There is nothing to remove."""

    async def sweep(self, kept: set[str]) -> None:
        """There is nothing to find."""


def _crash(constants: Mapping[str, str]) -> bool:
    return constants.get("STOKE_DUMMY_CRASH", "").lower() == "true"


def _seconds(constants: Mapping[str, str]) -> float:
    text = constants.get("STOKE_DUMMY_SLEEP") or "0"
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise _wrong("STOKE_DUMMY_SLEEP", text, "a number of seconds")
    return seconds


def _code(constants: Mapping[str, str]) -> int:
    text = constants.get("STOKE_DUMMY_EXIT") or "0"
    if not (text.isascii() and text.isdigit() and int(text) < 256):
        raise _wrong("STOKE_DUMMY_EXIT", text, "an exit code from 0 to 255")
    return int(text)


def _wrong(name: str, text: str, wanted: str) -> Unrunnable:
    return Unrunnable(Failure.of(Faults.BAD_COMMAND, reason=f"{name} is {text!r}, not {wanted}"))
