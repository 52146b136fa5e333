"""Waiting for something to become true. Tests never sleep for a guessed time."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

STEP_S = 0.005


def wait_until(condition: Callable[[], T], deadline_s: float = 10.0, what: str = "") -> T:
    """Call `condition` until it gives something true, and return that. Fails after `deadline_s`."""
    end = time.monotonic() + deadline_s
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(_missed(what or repr(condition), deadline_s, value))
        time.sleep(STEP_S)
    return value


async def eventually(condition: Callable[[], T], deadline_s: float = 10.0, what: str = "") -> T:
    """`wait_until` for a test that shares its event loop with what it waits for."""
    end = asyncio.get_running_loop().time() + deadline_s
    while not (value := condition()):
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(_missed(what or repr(condition), deadline_s, value))
        await asyncio.sleep(STEP_S)
    return value


def _missed(what: str, deadline_s: float, value: object) -> str:
    return f"{what}: not true after {deadline_s} s; it was {value!r} in the end"
