"""The runner's call: nothing is leased twice, counted twice, or lost between a runner and its server."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select
from starlette.requests import Request

from stokehold.api.sync import LONGEST_WAIT_S
from stokehold.domain.events import AbortAsked
from stokehold.domain.presence import SILENCE_US
from stokehold.domain.protocol import Lost, Printed, Produced, Refused, Returned, Stop, Sync, Upload
from stokehold.domain.task import Scheduling
from stokehold.store.bell import waiting
from stokehold.store.database import Database
from stokehold.store.schema import attempts, journal
from tests.api.conftest import BOTH
from tests.api.speaker import LONG_S, TOKEN, Counter, Speaker, begun, counter, ended
from tests.store.kitchen import Kitchen
from tests.waiting import eventually, time_stands_still

Story = Callable[[Counter], Awaitable[None]]
Tell = Callable[[Story], None]


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


@pytest.fixture
def tell(kitchen: Kitchen) -> Callable[[Story], None]:
    """Carry out a story at a desk."""

    async def told(story: Story) -> None:
        async with counter(kitchen) as opened:
            await story(opened)

    return lambda story: asyncio.run(told(story))


def lines(kitchen: Kitchen) -> int:
    return kitchen.database.read_now(
        lambda conn: conn.execute(select(func.count()).select_from(journal)).scalar_one()
    )


def rows(kitchen: Kitchen) -> list[Any]:
    query = select(attempts.c.instance_id, attempts.c.number, attempts.c.losses).order_by(attempts.c.id)
    return kitchen.database.read_now(lambda conn: [tuple(row) for row in conn.execute(query)])


async def waits(at: Counter, topic: str = "work", calls: int = 1) -> None:
    """Until so many calls wait at the desk."""
    listeners = at.kitchen.database._listeners
    wanted = calls + (topic == "work")  # the desk itself listens too
    await eventually(lambda: len(listeners.get(topic, ())) == wanted, what="the call waits")


def test_a_runner_must_introduce_itself(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        at.kitchen.task(instance_count=1)
        runner = at.speaker()
        first = await runner.say(want=1)
        assert first.unknown_session
        assert not first.leases
        assert not (await runner.introduce()).unknown_session
        assert len(await runner.ask(1)) == 1

    tell(story)


def test_a_task_that_finds_a_free_runner_is_leased_in_the_commit_that_stores_it(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        call = runner.asking(want=1)
        await waits(at)
        at.kitchen.task(instance_count=2)
        assert rows(at.kitchen) == [(0, 1, 0)]
        assert len((await call).leases) == 1

    tell(story)


def test_a_newer_session_ends_the_older_one(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        old, new = at.speaker(session="old"), at.speaker(session="new")
        await old.introduce()
        await new.introduce()
        assert (await old.say(want=1)).unknown_session
        assert not (await new.say()).unknown_session

    tell(story)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", "Bearer " + TOKEN, "ÿ"])
def test_a_wrong_token_is_refused_before_anything_is_read(tell: Tell, token: str) -> None:
    async def story(at: Counter) -> None:
        answer = await at.send(b"\xc1 nonsense", token.encode("latin-1"))
        assert answer.status_code == 401
        assert "token" in answer.json()["message"]

    tell(story)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xc1",
        b"{}",
        msgspec.msgpack.encode({"node": "n"}),
        msgspec.msgpack.encode({"node": 1, "session": "s"}),
        msgspec.msgpack.encode({"node": "n", "session": "s", "reports": [{"type": "nothing"}]}),
        msgspec.msgpack.encode(Sync("n", "s", seq=2**63)),
        msgspec.msgpack.encode(Sync("n", "s", want=2**60)),
        msgspec.msgpack.encode(Sync("n", "s", wait_s=float("nan"))),
        msgspec.msgpack.encode(Sync("n", "s", wait_s=float("inf"))),
    ],
)
def test_what_is_no_sync_message_answers_400(tell: Tell, body: bytes) -> None:
    async def story(at: Counter) -> None:
        answer = await at.send(body)
        assert answer.status_code == 400, answer.text
        assert answer.json()["message"].startswith("body: ")

    tell(story)


@BOTH
def test_a_submission_wakes_a_waiting_call_at_once(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        call = runner.asking(want=4)
        await waits(at)
        with time_stands_still():
            at.kitchen.task(instance_count=2)
            answer = await call
        assert [lease.instance_id for lease in answer.leases] == [0, 1]

    tell(story)


@BOTH
def test_an_abort_wakes_the_runner_that_must_stop(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        task = at.kitchen.task(instance_count=1)
        runner, other = at.speaker(), at.speaker("n2")
        await runner.introduce()
        await other.introduce()
        [lease] = await runner.ask(1)
        call, elsewhere = runner.asking(want=0), other.asking(want=1)
        await waits(at, calls=2)
        with time_stands_still():
            at.kitchen.record(AbortAsked(task.id))
            answer = await call
        assert [(type(c), c.token) for c in answer.commands] == [(Stop, lease.token)]
        assert not elsewhere.done()
        elsewhere.cancel()
        # it is told again until it says that it knows
        again = await runner.say(wait_s=20.0)
        assert again.commands == answer.commands
        assert (await runner.say(wait_s=0.01, action=answer.commands[0].id)).commands == []

    tell(story)


@BOTH
def test_runners_share_the_work_and_never_one_instance(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        at.kitchen.task(instance_count=50)
        runners = [at.speaker(f"n{i}") for i in range(3)]
        for runner in runners:
            await runner.introduce()
        shares = await asyncio.gather(*(runner.ask(20) for runner in runners))
        taken = [lease.instance_id for share in shares for lease in share]
        assert sorted(taken) == list(range(50))
        assert len({lease.token for share in shares for lease in share}) == 50

    tell(story)


@BOTH
def test_a_second_call_of_a_node_supersedes_the_first(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        first = runner.asking(want=1)
        await waits(at)
        second = runner.asking(want=1)
        with time_stands_still():
            assert (await first).leases == []
        await waits(at)
        at.kitchen.task(instance_count=1)
        assert len((await second).leases) == 1

    tell(story)


def test_a_call_that_was_given_up_leases_nothing(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        body = msgspec.msgpack.encode(Sync(runner.node, runner.session, want=1, wait_s=20))
        bodies = iter([{"type": "http.request", "body": body}])

        async def receive() -> dict[str, Any]:
            if message := next(bodies, None):
                return message
            at.kitchen.task(instance_count=1)  # there is work, now that nobody is there any more
            return {"type": "http.disconnect"}

        scope = {"type": "http", "method": "POST", "headers": [(b"authorization", TOKEN.encode())]}
        call = asyncio.create_task(at.desk.sync(Request(scope, receive)))
        await waits(at)
        at.kitchen.database.ring("work")
        await call
        assert rows(at.kitchen) == []
        assert len(await runner.ask(1)) == 1

    tell(story)


@BOTH
def test_leases_whose_answer_was_lost_go_back_and_are_not_counted(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        task = at.kitchen.task(instance_count=2)
        runner = at.speaker()
        await runner.introduce()
        [kept] = await runner.ask(1)
        await runner.ask(1)  # the runner never hears of it
        await runner.introduce(kept.token)
        assert at.kitchen.again(task.uuid).ready == 1
        assert rows(at.kitchen) == [(0, 1, 0)]
        [again] = await runner.ask(1)
        assert (again.instance_id, again.attempt) == (1, 1)

    tell(story)


@BOTH
def test_a_begun_attempt_that_its_runner_has_forgotten_is_tried_again_elsewhere(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        at.kitchen.task(instance_count=1)
        runner, other = at.speaker(), at.speaker("n2")
        await runner.introduce()
        await other.introduce()
        [lease] = await runner.ask(1)
        await runner.report(begun(lease.token))
        call = other.asking(want=1)
        await waits(at)
        await runner.introduce()
        [again] = (await call).leases
        assert again.attempt == 2
        assert again.token != lease.token

    tell(story)


def test_what_a_runner_should_not_hold_it_is_told_to_stop(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        answer = await at.speaker().introduce("17.never")
        assert answer.commands == [Stop(0, "17.never")]

    tell(story)


def test_a_settlement_ends_the_call_that_waits(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        first = runner.asking(want=1)
        await waits(at)
        with time_stands_still():
            await runner.introduce()
            assert (await first).leases == []
        assert at.kitchen.again(at.kitchen.task(instance_count=1).uuid).ready == 1

    tell(story)


@BOTH
def test_a_doubled_report_changes_nothing(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        task = at.kitchen.task(instance_count=1)
        runner = at.speaker()
        await runner.introduce()
        [lease] = await runner.ask(1)
        batch = [begun(lease.token), Printed(lease.token, 1, 0, b"hello\n"), ended(lease.token)]
        first = await runner.say(seq=1, reports=batch)
        written, after = lines(at.kitchen), at.kitchen.again(task.uuid)
        second = await runner.say(seq=1, reports=batch)
        assert first.acked == second.acked == 3
        assert (lines(at.kitchen), at.kitchen.again(task.uuid)) == (written, after)
        assert after.state == "Success"
        # and of a batch that has grown meanwhile only the new part counts
        third = await runner.say(seq=3, reports=[batch[2], Returned("1.stale")])
        assert third.acked == 4
        assert lines(at.kitchen) == written

    tell(story)


def test_a_call_ends_well_before_its_node_would_count_as_silent() -> None:
    assert 2 * LONGEST_WAIT_S < SILENCE_US / 1e6


@BOTH
def test_a_stale_token_is_acknowledged_and_ignored(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        task = at.kitchen.task(instance_count=1)
        runner = at.speaker()
        await runner.introduce()
        [lease] = await runner.ask(1)
        await runner.introduce()  # it forgets the lease
        [fresh] = await runner.ask(1)
        answer = await runner.report(
            begun(lease.token), ended(lease.token), Lost("nonsense"), ended("999999.x")
        )
        assert answer.acked == 4
        assert at.kitchen.again(task.uuid).active == 1
        await runner.report(ended(fresh.token))
        assert at.kitchen.again(task.uuid).state == "Success"

    tell(story)


@BOTH
def test_produced_is_answered_with_destinations_and_a_stale_one_refused(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        at.kitchen.task(instance_count=1, result_bucket="out", results_bucket_prefix="p/")
        runner = at.speaker()
        await runner.introduce()
        [lease] = await runner.ask(1)
        produced = [Produced(lease.token, [("a/b.txt", 3)]), Produced("5.stale", [("x", 1)])]
        upload, refused = (await runner.report(*produced)).commands
        assert isinstance(upload, Upload)
        assert [(d.path, d.key) for d in upload.destinations] == [("a/b.txt", "p/a/b.txt")]
        assert isinstance(refused, Refused)
        # an answer that was lost is given again
        repeated = await runner.say(seq=1, reports=produced)
        assert [type(c) for c in repeated.commands] == [Upload, Refused]

    tell(story)


def test_closing_answers_the_calls_that_wait_and_lets_none_wait_again(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runners: list[Speaker] = [at.speaker(f"n{i}") for i in range(3)]
        for runner in runners:
            await runner.introduce()
        calls = [runner.asking(want=1) for runner in runners]
        await waits(at, calls=3)
        with time_stands_still():
            at.desk.close()
            answers = await asyncio.gather(*calls)
            assert [answer.leases for answer in answers] == [[], [], []]
            assert await runners[0].ask(1, wait_s=LONG_S) == []

    tell(story)


def test_nobody_listens_for_a_call_that_was_answered(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        await runner.ask(1, wait_s=0.01)
        await waits(at, calls=0)
        with waiting(at.kitchen.database, "work"):
            await waits(at, calls=1)

    tell(story)


def test_a_node_without_room_is_given_urgent_work_once_something_ends(tell: Tell) -> None:
    async def story(at: Counter) -> None:
        runner = at.speaker()
        await runner.introduce()
        at.kitchen.task(instance_count=2)
        one, two = await runner.ask(2)
        await runner.report(begun(one.token), begun(two.token))
        at.kitchen.task(scheduling_type=Scheduling.ON_DEMAND)
        asking = runner.asking(5)
        await waits(at)
        await eventually(lambda: at.desk._terms.turn.full)
        with time_stands_still():
            await runner.report(ended(one.token))
            assert len((await asking).leases) == 1

    tell(story)
