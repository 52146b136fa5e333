"""Output that is read while it is written."""

import asyncio
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.domain.events import DeleteAsked
from stokehold.domain.protocol import Printed, Stream
from stokehold.store import journal, nodes, purge, tasks
from stokehold.store.database import Database
from stokehold.store.topics import CLOSING, printed_topic
from tests.api.conftest import BOTH, Runner
from tests.api.listening import listening

pytestmark = BOTH


class Press:
    """Prints through the store's own door, as a runner's reports do."""

    def __init__(self, runner: Runner) -> None:
        self.runner, self._seq = runner, 1
        self._sizes: dict[tuple[str, Stream], int] = {}

    def __call__(self, token: str, data: bytes, stream: Stream = 1) -> None:
        position = self._sizes.get((token, stream), 0)
        report = Printed(token, stream, position, data)
        runner = self.runner
        runner.database.write_now(nodes.take_reports, runner.node, self._seq, [report], runner.clock())
        self._seq += 1
        self._sizes[token, stream] = position + len(data)


@pytest.fixture
def press(runner: Runner) -> Press:
    return Press(runner)


def listeners(database: Database) -> int:
    return sum(map(len, database._listeners.values())) + len(database._watchers)


def test_what_is_printed_comes_at_once_and_the_end_at_the_end(
    services: Services, submit: Callable[..., str], runner: Runner, press: Press
) -> None:
    uuid = submit()
    [lease] = runner.lease(1)

    async def story() -> None:
        press(lease.token, b"before\n")
        async with listening(build(services), f"/tasks/{uuid}/stdout/stream") as at:
            assert at.headers["content-type"].startswith("text/event-stream")
            await at.until(lambda: at.text == "0> before\n", "what was there")
            press(lease.token, b"10%\r20%\r\n")
            press(lease.token, b"not this\n", 2)
            await at.until(lambda: at.text == "0> before\n0> 10%\r20%\r\n", "what came, to the byte")
            assert not at.named("end")
            runner.end(lease.token)
            await at.until(lambda: at.over, "the stream ends by itself")
            assert at.named("end") == [{"state": "Success"}]

    asyncio.run(story())


def test_a_stream_goes_on_after_the_last_event_that_was_had(
    services: Services, submit: Callable[..., str], runner: Runner, press: Press
) -> None:
    uuid = submit()
    [lease] = runner.lease(1)
    for line in (b"one\n", b"two\n"):
        press(lease.token, line)
    app, path = build(services), f"/v1/tasks/{uuid}/stdout/stream"

    async def story() -> None:
        async with listening(app, path) as at:
            await at.until(lambda: "two" in at.text, "both")
            seen = at.events[-1].id
        press(lease.token, b"three\n")
        for query, headers in (("", {"last-event-id": seen}), (f"lastEventId={seen}", {})):
            async with listening(app, path, query, {"authorization": "t0ken", **headers}) as at:
                await at.until(lambda at=at: at.text == "0> three\n", "the rest alone")
        runner.end(lease.token)
        async with listening(app, path, "", {"authorization": "t0ken", "last-event-id": "999999"}) as at:
            assert at.status == 204, "a browser that has everything is told to stay away"
        async with listening(app, path, "lastEventId=x") as at:
            assert at.status == 400

    asyncio.run(story())


def test_of_one_instance_there_is_no_prefix_and_it_ends_with_the_instance(
    services: Services, submit: Callable[..., str], runner: Runner, press: Press
) -> None:
    uuid = submit(instanceCount=2)
    one, two = runner.lease(2)

    async def story() -> None:
        async with listening(build(services), f"/tasks/{uuid}/stderr/{two.instance_id}/stream") as at:
            press(one.token, b"no\n", 2)
            press(two.token, b"caf\xc3", 2)
            press(two.token, b"\xa9\n", 2)
            await at.until(lambda: at.text == "café\n", "a letter that came in two pieces")
            runner.end(one.token)
            runner.end(two.token, exit_code=0)
            await at.until(lambda: at.over, "the end")
            assert at.named("end") == [{"state": "Success"}]

    asyncio.run(story())


def test_a_client_that_leaves_frees_everything(
    services: Services, submit: Callable[..., str], database: Database
) -> None:
    uuid = submit()
    before = listeners(database)

    async def story() -> None:
        app = build(services)
        for path in (f"/tasks/{uuid}/stdout/stream", f"/tasks/{uuid}/events", "/events"):
            async with listening(app, path) as at:
                await at.until(lambda: listeners(database) > before, "it listens")
                assert not at.over
            assert listeners(database) == before
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(story())


def test_a_stream_of_a_task_that_is_deleted_ends(
    services: Services, submit: Callable[..., str], database: Database, runner: Runner
) -> None:
    uuid = submit()

    async def story() -> None:
        async with listening(build(services), f"/tasks/{uuid}/stdout/stream") as at:
            task = database.read_now(tasks.find, 1, uuid)
            assert task is not None
            database.write_now(journal.record, [DeleteAsked(task.id)], 1)
            while database.write_now(purge.purge):
                pass
            database.ring(printed_topic(task.id))
            await at.until(lambda: at.over, "the end")
            assert at.named("end")[0]["state"] in {"Cancelled", "Deleted"}

    asyncio.run(story())


def test_a_server_that_ends_ends_its_streams(services: Services, submit: Callable[..., str]) -> None:
    uuid = submit()

    async def story() -> None:
        app = build(services)
        async with (
            listening(app, f"/tasks/{uuid}/stdout/stream") as output,
            listening(app, "/events") as events,
            listening(app, f"/tasks/{uuid}/events") as one,
        ):
            await events.until(lambda: events.named("ready"), "they have begun")
            services.closing.set()
            services.database.ring(CLOSING)
            for at in (output, events, one):
                await at.until(lambda at=at: at.over, "it ends")
                assert not at.named("end"), "which is not the task's end"

    asyncio.run(story())


def test_the_token_may_come_in_the_query_of_streams_alone(
    services: Services, submit: Callable[..., str]
) -> None:
    uuid = submit()

    async def story() -> None:
        app = build(services)
        for path, status in (
            (f"/tasks/{uuid}/stdout/stream", 200), (f"/tasks/{uuid}/events", 200), ("/events", 200),
            (f"/tasks/{uuid}/stdout", 401), (f"/tasks/{uuid}", 401), (f"/tasks/{uuid}/instances", 401),
        ):  # fmt: skip
            async with listening(app, path, "token=t0ken", {}) as at:
                assert (path, at.status) == (path, status)
        async with listening(app, "/events", "token=wrong", {}) as at:
            assert at.status == 401

    asyncio.run(story())


def test_of_a_stream_the_head_alone_ends(client: TestClient, submit: Callable[..., str]) -> None:
    for path in ("/events", f"/tasks/{submit()}/events"):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-type"].startswith("text/event-stream")


def test_of_what_is_not_there_there_is_no_stream(services: Services, submit: Callable[..., str]) -> None:
    uuid = submit()

    async def story() -> None:
        app = build(services)
        for path in ("/tasks/none/stdout/stream", f"/tasks/{uuid}/stdout/7/stream", "/tasks/none/events"):
            async with listening(app, path) as at:
                assert at.status == 404
        async with listening(app, f"/tasks/{uuid}/events", "", {"authorization": "0ther"}) as at:
            assert at.status == 404, "nor of another account's"

    asyncio.run(story())
