"""The runtime that runs nothing."""

import pytest

from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.launch import Exit, Launch, Pretend, Unrunnable
from tests.runner.runtime.stage import Stage


@pytest.fixture
def dummy(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return Stage(Dummy(), tmp_path_factory.mktemp("dummy"))


def test_its_constants_say_what_happens(dummy: Stage) -> None:
    launch = dummy.launch(
        instance_id=4,
        STOKE_DUMMY_SLEEP="0.${INSTANCE_ID}",
        STOKE_DUMMY_EXIT="${INSTANCE_ID}",
        STOKE_DUMMY_STDOUT="out",
        STOKE_DUMMY_STDERR="é",
    )
    assert dummy.order(launch) == Pretend(seconds=0.4, exit_code=4, stdout=b"out", stderr="é".encode())


def test_without_constants_it_succeeds_at_once(dummy: Stage) -> None:
    assert dummy.order(dummy.launch("whatever is not there")) == Pretend()


def test_a_crash_is_the_infrastructures_fault(dummy: Stage) -> None:
    launch = dummy.launch(STOKE_DUMMY_CRASH="true")
    assert dummy.order(launch) == Pretend(crash=True)
    assert dummy.carry_out(launch).code == "STK4004"


def test_a_crash_that_is_stopped_first_is_a_stop(dummy: Stage) -> None:
    launch: Launch = dummy.launch(STOKE_DUMMY_CRASH="true")
    failure = dummy.runtime.verdict(launch, Exit(stopped=True), b"")
    assert failure is not None
    assert failure.code == "GHX0782I"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLEEP", "soon"),
        ("SLEEP", "-1"),
        ("SLEEP", "nan"),
        ("SLEEP", "inf"),
        ("EXIT", "-1"),
        ("EXIT", "256"),
        ("EXIT", "x"),
    ],
)
def test_a_constant_that_makes_no_sense_is_named(dummy: Stage, name: str, value: str) -> None:
    with pytest.raises(Unrunnable) as caught:
        dummy.order(dummy.launch(**{f"STOKE_DUMMY_{name}": value}))
    assert f"STOKE_DUMMY_{name}" in caught.value.failure.message
    assert repr(value) in caught.value.failure.message
