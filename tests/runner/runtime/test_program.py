"""Programs that are run for their answer."""

import asyncio
import os
import time
from pathlib import Path

import psutil
import pytest

from stokehold.runner.runtime.program import run, said
from tests.waiting import DEADLINE_S, eventually, wait_until

ENV = {"PATH": os.environ["PATH"]}


def test_the_answer_is_the_code_and_both_streams() -> None:
    script = 'cat; echo "$PATH" >&2; exit 3'
    assert asyncio.run(run(["/bin/sh", "-c", script], {"PATH": "/bin"}, 10, stdin=b"in")) == (
        3,
        b"in",
        b"/bin\n",
    )


def test_a_program_that_is_not_there_answers_127_and_says_so() -> None:
    code, _, stderr = asyncio.run(run(["/no/such/program"], ENV, 10))
    assert (code, said(stderr)) == (127, "/no/such/program: No such file or directory")


def test_no_answer_in_time_is_an_answer_and_the_children_are_killed() -> None:
    begun = time.monotonic()
    mark = str(10**8 + time.time_ns() % 10**8)
    code, _, stderr = asyncio.run(run(["/bin/sh", "-c", f"sleep {mark} & sleep {mark}"], ENV, 0.2))
    assert (code, said(stderr)) == (-9, "no answer in 0.2 s")
    assert time.monotonic() - begun < 30
    wait_until(lambda: not alive(mark), what="its children are gone")


def test_a_cancelled_caller_leaves_no_program_behind(tmp_path: Path) -> None:
    mark = str(10**8 + time.time_ns() % 10**8)

    async def go() -> None:
        task = asyncio.create_task(run(["/bin/sh", "-c", f"touch {tmp_path}/begun; sleep {mark}"], ENV, 60))
        await eventually((tmp_path / "begun").exists)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    asyncio.run(go())
    wait_until(lambda: not alive(mark), what="its children are gone")


@pytest.mark.parametrize("steps", range(8))
def test_a_caller_may_be_cancelled_at_any_moment_of_the_start(steps: int) -> None:
    mark = str(10**8 + time.time_ns() % 10**8)

    async def go() -> None:
        task = asyncio.create_task(run(["/bin/sh", "-c", f"sleep {mark} & sleep {mark}"], ENV, 60))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait_for(asyncio.wait([task]), DEADLINE_S)
        assert task.cancelled()

    asyncio.run(go())
    wait_until(lambda: not alive(mark), what="its children are gone")


def alive(mark: str) -> list[psutil.Process]:
    return [
        p
        for p in psutil.process_iter(["cmdline", "status"])
        if mark in (p.info["cmdline"] or []) and p.info["status"] != psutil.STATUS_ZOMBIE
    ]


def test_the_last_thing_said_becomes_part_of_a_sentence() -> None:
    assert said(b"time=now\nError: image not known.\n\n") == "image not known"
    assert said(b"") == "it said nothing"
    assert len(said(b"x" * 10_000)) == 400
