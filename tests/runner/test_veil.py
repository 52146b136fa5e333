"""What of an instance is secret, and what leaves the node without it."""

import pytest

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.protocol import Lease, Work
from stokehold.runner.runtime.launch import Paths
from stokehold.runner.veil import Veil

PATHS = Paths("/job", "/tmp", "/ram")


def veil(exports: dict[str, str] | None = None, **constants: str) -> Veil:
    return Veil(Lease("1.a", "task", 3, 1, exports or {}), Work("task", "docker-batch", constants, 8))


def test_constants_are_resolved_and_those_made_of_a_secret_are_told() -> None:
    clear, hidden = veil(
        QARNOT_SECRET_P="hunter${INSTANCE_ID}", A="${QARNOT_SECRET_P}", B="<${A}>", C="${INSTANCE_ID}"
    ).resolved(PATHS)
    assert (clear["B"], clear["C"], clear["TASK_PATH"]) == ("<hunter3>", "3", "/job")
    assert hidden == {"QARNOT_SECRET_P", "A", "B"}


def test_without_secrets_nothing_is_hidden() -> None:
    unveiled = veil(A="1")
    assert unveiled.resolved(PATHS)[1] == frozenset()
    failure = Failure.of(Faults.COMMAND_NOT_FOUND, command="1")
    assert unveiled.redacted(failure) == failure


def test_credentials_lie_beneath_the_constants_and_their_token_is_a_secret() -> None:
    exports = {"QARNOT_CLIENT_TOKEN": "P1xabc", "QARNOT_CLUSTER_URL": "http://ours"}
    own = veil(exports, QARNOT_CLUSTER_URL="http://theirs", B="${QARNOT_CLIENT_TOKEN}")
    clear, hidden = own.resolved(PATHS)
    assert (clear["QARNOT_CLUSTER_URL"], clear["B"]) == ("http://theirs", "P1xabc")
    assert hidden == {"QARNOT_CLIENT_TOKEN", "B"}
    assert "P1xabc" not in own.redacted(Failure.of(Faults.COMMAND_NOT_FOUND, command="P1xabc")).message


@pytest.mark.parametrize("told", ["hunter${INSTANCE_ID}", "hunter3"])
def test_a_failure_leaves_without_the_secret_as_it_was_given_and_as_it_was_resolved(told: str) -> None:
    secretive = veil(QARNOT_SECRET_P="hunter${N}", N="3")
    told = told.replace("INSTANCE_ID", "N")
    seen = secretive.redacted(Failure.of(Faults.COMMAND_NOT_FOUND, command=told, debug=told))
    assert "hunter" not in seen.message + seen.debug


def test_any_other_sentence_leaves_without_the_secret() -> None:
    assert veil(QARNOT_SECRET_P="hunter2").hidden("no hunter2 here") == "no [SECRET] here"
    assert veil(A="hunter2").hidden("no hunter2 here") == "no hunter2 here"


def test_secrets_that_explode_still_do_not_leave() -> None:
    doubling = {f"QARNOT_SECRET_{i}": f"${{QARNOT_SECRET_{i + 1}}}" * 20 for i in range(10)}
    seen = veil(**doubling).redacted(Failure.of(Faults.BAD_COMMAND, reason=doubling["QARNOT_SECRET_3"]))
    assert "QARNOT_SECRET_4" not in seen.message
