import pytest

from stokehold.cli.connection import code_of
from stokehold.client import errors
from tests.cli.conftest import Stoke


def test_every_error_of_the_sdk_has_an_exit_code_of_its_kind() -> None:
    assert code_of(errors.NotFound("x")) == 5
    assert code_of(errors.Refused("x")) == 4
    assert code_of(errors.StokeError("x")) == 1


@pytest.mark.parametrize(
    ("changed", "code", "advice"),
    [
        ({"QARNOT_CLUSTER_URL": "http://127.0.0.1:1"}, 7, "stoke config show"),
        ({"QARNOT_CLIENT_TOKEN": "wrong"}, 6, "Check the token"),
        ({"QARNOT_CLUSTER_URL": "", "QARNOT_CLIENT_TOKEN": ""}, 7, "stoke serve"),
    ],
)
def test_an_error_says_what_to_do_next(stoke: Stoke, changed: dict[str, str], code: int, advice: str) -> None:
    done = stoke("task", "list", expect=code, **changed)
    assert "Error: " in done.stderr
    assert advice in done.stderr
    assert done.stdout == ""


def test_options_win_over_the_environment(stoke: Stoke) -> None:
    stoke("task", "list", "--token", "wrong", expect=6)
