"""What instances print, as clients read it."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from stokehold.domain.protocol import Printed, Stream
from stokehold.store import nodes
from tests.api.conftest import BOTH, Runner

pytestmark = BOTH

Submit = Callable[..., str]


class Talker:
    """The leased instances of one task, which print."""

    def __init__(self, runner: Runner) -> None:
        self.runner, self.leases = runner, runner.lease(3)
        self.seq = 1
        self.positions: dict[tuple[int, int], int] = {}

    def __call__(self, instance: int, data: bytes, stream: Stream = 1) -> None:
        at = self.positions.get((instance, stream), 0)
        self.positions[instance, stream] = at + len(data)
        report = Printed(self.leases[instance].token, stream, at, data)
        take = (nodes.take_reports, self.runner.node, self.seq, [report], self.runner.clock())
        self.runner.database.write_now(*take)
        self.seq += 1


@pytest.fixture
def uuid(submit: Submit) -> str:
    return submit(instanceCount=4)


@pytest.fixture
def talk(uuid: str, runner: Runner) -> Talker:
    return Talker(runner)


def test_every_reader_may_keep_a_place_of_its_own(client: TestClient, uuid: str, talk: Talker) -> None:
    talk(0, b"one\n")
    place = client.get(f"/tasks/{uuid}/stdout").headers["Stokehold-Next-Offset"]
    for path, prefix in ((f"/tasks/{uuid}/stdout", "0> "), (f"/tasks/{uuid}/stdout/0", "")):
        assert client.get(path, params={"offset": "0"}).text == f"{prefix}one\n"
        assert client.get(path, params={"offset": place}).text == ""
    talk(0, b"two\n")
    for _ in range(2):
        again = client.get(f"/tasks/{uuid}/stdout", params={"offset": place})
        assert again.text == "0> two\n"
    assert int(again.headers["Stokehold-Next-Offset"]) > int(place)
    assert (
        client.get(f"/tasks/{uuid}/stdout", params={"offset": "x"}).json()["message"].startswith("offset: ")
    )


def test_output_is_plain_text_with_the_instance_before_each_line(
    client: TestClient, uuid: str, talk: Talker
) -> None:
    talk(0, b"42\n")
    talk(2, "né\n".encode())
    response = client.get(f"/tasks/{uuid}/stdout", headers={"accept": "application/json"})
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.text == "0> 42\n2> né\n"


def test_one_instance_and_the_other_stream_are_read_alone(
    client: TestClient, uuid: str, talk: Talker
) -> None:
    talk(0, b"out\n")
    talk(0, b"err\n", 2)
    talk(1, b"other\n")
    assert client.get(f"/tasks/{uuid}/stdout/0").text == "out\n"
    assert client.get(f"/tasks/{uuid}/stderr/0").text == "err\n"
    assert client.get(f"/tasks/{uuid}/stderr").text == "0> err\n"


def test_an_instance_that_printed_nothing_answers_nothing(client: TestClient, uuid: str) -> None:
    for method in ("GET", "POST"):
        for rest in ("stdout", "stderr", "stdout/1", "stderr/3"):
            response = client.request(method, f"/tasks/{uuid}/{rest}")
            assert (response.status_code, response.text) == (200, "")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_instance_is_not_found(client: TestClient, uuid: str, method: str) -> None:
    for instance in ("4", "-1", "x", "1.0", "99999999999999999999999", "%00", "²"):
        assert client.request(method, f"/tasks/{uuid}/stdout/{instance}").status_code == 404, instance


def test_instances_of_ranges_keep_their_ids(client: TestClient, submit: Submit) -> None:
    uuid = submit(advancedRanges="5,7-8")
    assert [client.get(f"/tasks/{uuid}/stdout/{i}").status_code for i in (0, 5, 6, 8)] == [404, 200, 404, 200]


def test_each_post_answers_what_is_new(client: TestClient, uuid: str, talk: Talker) -> None:
    talk(0, b"a\n")
    client.get(f"/tasks/{uuid}/stdout")
    assert client.post(f"/tasks/{uuid}/stdout").text == "0> a\n"
    assert client.post(f"/tasks/{uuid}/stdout").text == ""
    talk(1, b"b\n")
    assert client.post(f"/tasks/{uuid}/stdout").text == "1> b\n"
    assert client.post(f"/tasks/{uuid}/stdout/0").text == "a\n"


def test_output_stays_when_the_task_has_ended(
    client: TestClient, uuid: str, talk: Talker, runner: Runner
) -> None:
    talk(0, b"a\n")
    for lease in [*talk.leases, *runner.lease(1)]:
        runner.end(lease.token)
    assert client.get(f"/tasks/{uuid}").json()["state"] == "Success"
    assert client.get(f"/tasks/{uuid}/stdout").text == "0> a\n"
