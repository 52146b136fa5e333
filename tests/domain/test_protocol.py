import msgspec
import pytest

from stokehold.domain.errors import Failure
from stokehold.domain.protocol import (
    Answer,
    Command,
    Destination,
    Ended,
    Input,
    Inventory,
    Lease,
    Lost,
    Part,
    Phased,
    Printed,
    Produced,
    Refresh,
    Refreshed,
    Refused,
    Report,
    Returned,
    Saved,
    Snapshot,
    Stop,
    Sync,
    Upload,
    Work,
)
from stokehold.domain.states import Phase

REPORTS: list[Report] = [
    Phased("1.a", Phase.EXECUTION, 5),
    Printed("1.a", 1, 0, b"\x00\xff\n"),
    Produced("1.a", [("out/é.txt", 3)]),
    Produced("1.a", [("out/é.txt", 3)], snapshot=7, piece=2),
    Saved("1.a", 7, 9, size=3, sent=3, files=1, left=1, keys=["p/out"], over=True, reason="r"),
    Refreshed("1.a", 2, 9, "r"),
    Ended("1.a", 9, exit_code=1, failure=Failure("STK1001", "m", "d"), results=["p/out"]),
    Returned("2.b"),
    Lost("3.c", "gone"),
]
COMMANDS: list[Command] = [
    Stop(4, "1.a"),
    Snapshot(5, "1.a", 7, "out/p/", "w", "b"),
    Refresh(6, "1.a", 2, [Input("a", "e", 1, "1/b", "k", "u")], "r"),
    Upload("1.a", [Destination("out", "p/out", "http://s/1", [Part("http://s/2", 0, 8)], "http://s/3")]),
    Refused("1.a", "too late"),
    Refused("1.a", "too late", snapshot=7, piece=2),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda r: type(r).__name__)
def test_every_report_arrives_as_it_was_sent(report: Report) -> None:
    sent = msgspec.msgpack.encode(Sync("node", "session", seq=7, reports=[report]))
    assert msgspec.msgpack.decode(sent, type=Sync).reports == [report]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: type(c).__name__)
def test_every_command_arrives_as_it_was_sent(command: Command) -> None:
    sent = msgspec.msgpack.encode(Answer(commands=[command]))
    assert msgspec.msgpack.decode(sent, type=Answer).commands == [command]


def test_work_and_leases_arrive_as_they_were_sent() -> None:
    work = Work(
        "uuid", "docker-batch", {"DOCKER_CMD": "true"}, 3, inputs=[Input("a", "e", 1, "1/b", "k", "u")]
    )
    answer = Answer(acked=3, work=[work], leases=[Lease("1.a", "uuid", 0, 1)])
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(answer), type=Answer) == answer


def test_holding_nothing_is_not_the_same_as_not_saying_what_one_holds() -> None:
    for held in (None, [], ["1.a"]):
        sync = Sync("node", "session", held=held, inventory=Inventory("n", 1, 1))
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(sync), type=Sync).held == held


def test_a_field_of_a_newer_runner_is_no_error() -> None:
    sent = msgspec.msgpack.encode({"node": "n", "session": "s", "future": 1})
    assert msgspec.msgpack.decode(sent, type=Sync) == Sync("n", "s")


def test_an_unknown_phase_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "phase", "token": "1.a", "phase": "dreaming", "at": 1}, type=Report)
