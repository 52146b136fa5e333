import asyncio

import pytest
from starlette.requests import Request

from stokehold.api.access import REMEMBERED, Gate
from stokehold.api.services import Services
from stokehold.domain.errors import Unauthorized
from stokehold.store import passes
from stokehold.store.database import Database
from stokehold.store.schema import accounts
from stokehold.store.vault import Vault
from tests.api.conftest import TOKEN, Clock
from tests.store.kitchen import Kitchen


def asking(token: str) -> Request:
    return Request({"type": "http", "headers": [(b"authorization", token.encode())]})


def test_a_token_belongs_to_its_account(services: Services, clock: Clock) -> None:
    gate = Gate(services.database, clock, services.vault)
    assert asyncio.run(gate.account(asking(TOKEN))).email == "user@example.org"


@pytest.mark.parametrize("token", ["", " ", "wrong"])
def test_an_unknown_token_belongs_to_nobody(services: Services, clock: Clock, token: str) -> None:
    with pytest.raises(Unauthorized):
        asyncio.run(Gate(services.database, clock, services.vault).account(asking(token)))


def test_a_withdrawn_token_is_remembered_for_seconds_only(services: Services, clock: Clock) -> None:
    gate = Gate(services.database, clock, services.vault)
    asyncio.run(gate.account(asking(TOKEN)))
    services.database.write_now(lambda conn: conn.execute(accounts.delete()))
    clock.now += REMEMBERED - 1
    assert asyncio.run(gate.account(asking(TOKEN)))
    clock.now += 1
    with pytest.raises(Unauthorized):
        asyncio.run(gate.account(asking(TOKEN)))


def test_a_clock_that_is_put_back_does_not_prolong_a_token(services: Services, clock: Clock) -> None:
    gate = Gate(services.database, clock, services.vault)
    asyncio.run(gate.account(asking(TOKEN)))
    services.database.write_now(lambda conn: conn.execute(accounts.delete()))
    clock.now -= 1
    with pytest.raises(Unauthorized):
        asyncio.run(gate.account(asking(TOKEN)))


def test_a_pass_lets_in_while_its_instance_runs_and_not_a_moment_longer(database: Database) -> None:
    kitchen = Kitchen(database)
    kitchen.task()
    [lease] = kitchen.lease(1)
    vault = Vault(b"k" * 32)
    gate = Gate(database, lambda: kitchen.now, vault)
    token = passes.token(vault, int(lease.token.partition(".")[0]), lease.token)
    account = asyncio.run(gate.account(asking(token)))
    assert (account.id, account.operator) == (kitchen.account, False)
    kitchen.end(lease.token)
    with pytest.raises(Unauthorized):
        asyncio.run(gate.account(asking(token)))
