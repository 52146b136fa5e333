"""Passes: whom they act for, and when they are dead."""

from typing import Any

import pytest

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AbortAsked, DeleteAsked, NodeLost
from stokehold.domain.protocol import Ended
from stokehold.store import passes
from stokehold.store.database import Database
from stokehold.store.passes import LIFE_US, access_key, token
from stokehold.store.vault import Vault
from tests.store.kitchen import Kitchen

VAULT = Vault(b"k" * 32)
EMAIL = "user@example.org"


class Holder:
    """A running attempt and its pass."""

    def __init__(self, kitchen: Kitchen, **fields: Any) -> None:
        self.kitchen = kitchen
        self.task = kitchen.task(**fields)
        [self.lease] = kitchen.lease(1)
        self.attempt = int(self.lease.token.partition(".")[0])
        self.token = token(VAULT, self.attempt, self.lease.token)
        self.key = access_key(self.attempt, EMAIL)

    @property
    def alive(self) -> bool:
        """Whether the pass opens both doors; it never opens one alone."""
        read, now = self.kitchen.database.read_now, self.kitchen.now
        account = read(passes.holder, VAULT, self.token, now)
        found = read(passes.storage_secret, VAULT, self.key, now)
        assert (account is None) == (found is None)
        if account is None:
            return False
        assert (account.id, account.email, account.operator) == (self.kitchen.account, self.key, False)
        assert found == (self.kitchen.account, self.token)
        return True


@pytest.fixture
def held(database: Database) -> Holder:
    return Holder(Kitchen(database))


def test_a_pass_acts_for_the_account_of_its_task(held: Holder) -> None:
    assert held.alive


@pytest.mark.parametrize("failure", [None, Failure.of(Faults.EXIT_CODE, code=1)])
def test_a_pass_is_dead_when_its_attempt_has_ended(held: Holder, failure: Failure | None) -> None:
    held.kitchen.record(Ended(held.lease.token, 1, failure=failure))
    assert not held.alive


def test_a_pass_is_dead_when_its_node_is_lost(held: Holder) -> None:
    held.kitchen.record(NodeLost(held.kitchen.node))
    assert not held.alive


def test_the_pass_of_the_next_attempt_is_another(held: Holder) -> None:
    held.kitchen.record(Ended(held.lease.token, 1, failure=Failure.of(Faults.RUNNER_FAULT, reason="x")))
    [lease] = held.kitchen.lease(1)
    assert lease.instance_id == held.lease.instance_id
    assert not held.alive


def test_a_pass_is_dead_when_the_deletion_of_its_task_is_asked_and_not_when_its_abort_is(
    held: Holder,
) -> None:
    held.kitchen.record(AbortAsked(held.task.id))
    assert held.alive
    held.kitchen.record(DeleteAsked(held.task.id))
    assert not held.alive


def test_no_pass_lives_longer_than_its_bound(held: Holder) -> None:
    held.kitchen.now += LIFE_US - 2_000_000
    assert held.alive
    held.kitchen.now += 2_000_000
    assert not held.alive


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + ("1" if t[-1] == "0" else "0"), str.lower, lambda t: t + "0"]
)
def test_what_is_almost_a_pass_is_none(held: Holder, change: Any) -> None:
    read, now = held.kitchen.database.read_now, held.kitchen.now
    assert read(passes.holder, VAULT, change(held.token), now) is None
    assert read(passes.holder, Vault(b"x" * 32), held.token, now) is None


@pytest.mark.parametrize(
    "key",
    ["pass.1.other@example.org", "pass.999.user@example.org", "pass..user@example.org", "pass.x", "pass.1."],
)
def test_an_access_key_of_nobody_has_no_secret(held: Holder, key: str) -> None:
    assert held.attempt == 1
    assert held.kitchen.database.read_now(passes.storage_secret, VAULT, key, held.kitchen.now) is None


def test_the_forms_of_passes_are_no_others() -> None:
    made = token(VAULT, 7, "7.abc")
    assert passes.is_token(made)
    assert not passes.is_token("a" * 40)
    assert made.isalnum()  # some clients put it where HTTP allows little else
    assert passes.is_access_key(access_key(7, EMAIL))
    assert not passes.is_access_key(EMAIL)
