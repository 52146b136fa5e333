import pytest

from stokehold.client import sweeps
from stokehold.client.errors import BadInput, Conflict
from stokehold.client.facts import TaskFacts
from stokehold.client.sweeps import Outcome


@pytest.mark.parametrize(
    ("command", "value", "filled"),
    [
        ("sim {a} {b}", {"a": 1, "b": "x y"}, "sim 1 'x y'"),
        ("sim {} {}", [1, 0.5], "sim 1 0.5"),
        ("sim {1} {0}", ["a", "b"], "sim b a"),
        ("sim {}", "$(rm -r /)", "sim '$(rm -r /)'"),
        ("sim", 3, "sim 3"),
        ("sim ${INSTANCE_ID} {}", 3, "sim ${INSTANCE_ID} 3"),
    ],
)
def test_parameters_are_filled_in_as_single_words(command: str, value: object, filled: str) -> None:
    assert sweeps.fill(command, value) == filled


@pytest.mark.parametrize(("command", "value"), [("{a}", {"b": 1}), ("{} {}", [1]), ("{a}", 3)])
def test_a_parameter_that_is_not_there_is_refused(command: str, value: object) -> None:
    with pytest.raises(BadInput, match="asks for"):
        sweeps.fill(command, value)


def test_a_sweep_of_nothing_or_of_several_lines_is_refused() -> None:
    with pytest.raises(BadInput):
        sweeps.plan("x", [])
    with pytest.raises(BadInput, match="line breaks"):
        sweeps.plan("x {}", ["a\nb"])


def test_each_instance_finds_its_command_in_its_line() -> None:
    plan = sweeps.plan("echo {}", [1, 2], "n")
    assert plan.files()[".stoke/commands"] == b"echo 1\necho 2\n"


def test_a_name_stands_for_one_set_of_commands() -> None:
    plan = sweeps.plan("echo {}", [1], "n")
    plan.check(TaskFacts(uuid="u", labels={sweeps.DIGEST: plan.digest}))
    with pytest.raises(Conflict, match="'n'"):
        plan.check(TaskFacts(uuid="u", labels={sweeps.DIGEST: "other"}))


def test_output_may_be_json() -> None:
    assert Outcome(0, 1, "Success", '{"loss": 2}\n').json() == {"loss": 2}
