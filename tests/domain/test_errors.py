import ast
import re
from pathlib import Path

import pytest

from stokehold.domain.errors import (
    Failure,
    Fault,
    Faults,
    Forbidden,
    Invalid,
    Kind,
    StokeholdError,
    kind_of,
    table,
)

BLANK = re.compile(r"\{(\w+)(?:!r)?\}")


def test_each_code_names_one_fault() -> None:
    faults = [value for value in vars(Faults).values() if isinstance(value, Fault)]
    assert len(table()) == len(faults) > 10
    assert all(table()[fault.code] is fault for fault in faults)


@pytest.mark.parametrize("fault", table().values(), ids=lambda fault: fault.code)
def test_every_message_can_be_filled_in_and_is_a_sentence(fault: Fault) -> None:
    failure = Failure.of(fault, **dict.fromkeys(BLANK.findall(fault.message), "what"))
    assert failure.code == fault.code
    assert "{" not in failure.message
    assert failure.message.endswith(".")


@pytest.mark.parametrize("fault", table().values(), ids=lambda fault: fault.code)
def test_the_kind_of_a_failure_is_that_of_its_code(fault: Fault) -> None:
    assert kind_of(Failure(fault.code, "whatever it says")) is fault.kind


@pytest.mark.parametrize("fault", table().values(), ids=lambda fault: fault.code)
def test_every_message_ends_with_what_the_user_can_do(fault: Fault) -> None:
    assert f"{fault.what} {fault.advice}" == fault.message
    assert len(fault.what) > 1
    assert fault.advice[:1].isupper()


def test_every_failure_that_is_made_is_a_row_of_the_table() -> None:
    """Elsewhere none is put together by hand."""
    package = Path(__file__).parents[2] / "stokehold"
    made = [
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Failure"
    ]
    assert made == []


def test_an_unknown_code_is_taken_for_the_programs() -> None:
    assert kind_of(Failure("X1", "from a newer runner")) is Kind.PROGRAM


def test_lost_nodes_and_unreachable_storage_are_our_failures() -> None:
    for fault in (Faults.NODE_LOST, Faults.DOWNLOAD_FAILED, Faults.UPLOAD_FAILED, Faults.RUNNER_FAULT):
        assert fault.kind is Kind.INFRASTRUCTURE
    for fault in (Faults.EXIT_CODE, Faults.KILLED, Faults.COMMAND_NOT_FOUND):
        assert fault.kind is Kind.PROGRAM
    for fault in (Faults.OUT_OF_MEMORY, Faults.NODE_DISK_FULL):
        assert fault.kind is Kind.RESOURCE


def test_an_invalid_field_is_named_before_its_rule() -> None:
    error = Invalid("instanceCount", "must be at least 1")
    assert error.message == str(error) == "instanceCount: must be at least 1"
    assert error.field == "instanceCount"


def test_an_error_without_a_message_says_what_its_class_means() -> None:
    assert Forbidden().message == "This account may not do that."
    assert isinstance(Forbidden(), StokeholdError)
