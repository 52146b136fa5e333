"""Waiting for something to become true. Tests never sleep for a guessed time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STEP_S = 0.005
DEADLINE_S = 60.0  # for what never takes as long: a slow machine is not to be taken for a fault
IN_LOOP_S = 30.0  # below the minute after which the server's loops look again though nothing has rung


def wait_until(condition: Callable[[], T], deadline_s: float = DEADLINE_S, what: str = "") -> T:
    """Call `condition` until it gives something true, and return that. Fails after `deadline_s`.

    A machine that stood still meanwhile is forgiven: the last look is one after the deadline.
    """
    end, late = time.monotonic() + deadline_s, False
    while not (value := condition()):
        if late:
            raise AssertionError(_missed(what or repr(condition), deadline_s, value))
        time.sleep(STEP_S)
        late = time.monotonic() > end
    return value


async def eventually(condition: Callable[[], T], deadline_s: float = IN_LOOP_S, what: str = "") -> T:
    """`wait_until` for a test that shares its event loop with what it waits for."""
    end, late = time.monotonic() + deadline_s, False
    while not (value := condition()):
        if late:
            raise AssertionError(_missed(what or repr(condition), deadline_s, value))
        await asyncio.sleep(STEP_S)
        late = time.monotonic() > end
    return value


def _missed(what: str, deadline_s: float, value: object) -> str:
    return f"{what}: not true after {deadline_s} s; it was {value!r} in the end"
