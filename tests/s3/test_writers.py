"""A result that replaces another instance's is noticed by the write itself; any other write is left alone."""

import asyncio
import os
from typing import Any

import pytest

from stokehold.domain.events import Submitted
from stokehold.domain.ranges import Ranges
from stokehold.domain.storage import PART_SIZE
from stokehold.store import conflicts, journal, tasks
from stokehold.store.conflicts import Conflict
from tests.s3.gateway import ALICE, Gateway
from tests.s3.test_storage import store
from tests.store.statements import statements


@pytest.fixture
def alice(gateway: Gateway, s3: Any) -> int:
    return gateway.ids[ALICE]


@pytest.fixture
def task(gateway: Gateway, alice: int) -> int:
    return gateway.database.write_now(_task, alice)


def _task(conn: Any, account: int) -> int:
    event = Submitted("u", account, "n", "u", "docker-batch", "{}", Ranges.first(3))
    journal.record(conn, [event], 1)
    made = tasks.find(conn, account, "u")
    assert made is not None
    return made.id


def write(gateway: Gateway, account: int, writer: str, key: str = "k", size: int = 5) -> None:
    plan = asyncio.run(gateway.storage.plan_upload(account, "buck", key, key, size, 60, writer=writer))
    assert store(gateway, plan, os.urandom(size)).status == 200


def told(gateway: Gateway, task: int) -> list[Conflict]:
    return gateway.database.read_now(conflicts.of, task)


@pytest.mark.parametrize("size", [5, PART_SIZE + 1])
def test_another_instance_is_told_and_the_same_one_is_not(
    gateway: Gateway, s3: Any, alice: int, task: int, size: int
) -> None:
    for writer in (f"{task}.0", f"{task}.0", f"{task}.2"):
        write(gateway, alice, writer, size=size)
    assert told(gateway, task) == [Conflict("k", 0, 2, 1)]


def test_another_task_and_the_user_may_write_over_results(
    gateway: Gateway, s3: Any, alice: int, task: int
) -> None:
    write(gateway, alice, f"{task + 1}.0")
    write(gateway, alice, f"{task}.1")
    s3.put_object(Bucket="buck", Key="k", Body=b"mine")
    write(gateway, alice, f"{task}.2")
    assert told(gateway, task) == []


def test_the_mark_is_covered_by_the_signature_and_never_shown(
    gateway: Gateway, s3: Any, alice: int, task: int
) -> None:
    plan = asyncio.run(gateway.storage.plan_upload(alice, "buck", "k", "k", 5, 60, writer=f"{task}.0"))
    forged = type(plan)(plan.path, plan.key, plan.url.replace(f"writer={task}.0", f"writer={task}.9"))
    assert forged.url != plan.url
    assert store(gateway, forged, b"hello").code == "SignatureDoesNotMatch"
    write(gateway, alice, f"{task}.0")
    shown = gateway.client(ALICE).head_object(Bucket="buck", Key="k")
    assert "stokehold" not in str(shown).lower()


def test_distinct_names_cost_not_one_statement_more(gateway: Gateway, s3: Any, alice: int, task: int) -> None:
    def cost(writer: str, key: str) -> int:
        with statements(gateway.database) as seen:
            write(gateway, alice, writer, key)
        return len(seen)

    cost("", "first")  # whatever is only done once
    assert cost(f"{task}.0", "a") == cost("", "b")
