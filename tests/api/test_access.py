import asyncio

import pytest
from starlette.requests import Request

from stokehold.api.access import REMEMBERED, Gate
from stokehold.api.services import Services
from stokehold.domain.errors import Unauthorized
from stokehold.store.schema import accounts
from tests.api.conftest import TOKEN, Clock


def asking(token: str) -> Request:
    return Request({"type": "http", "headers": [(b"authorization", token.encode())]})


def test_a_token_belongs_to_its_account(services: Services, clock: Clock) -> None:
    gate = Gate(services.database, clock)
    assert asyncio.run(gate.account(asking(TOKEN))).email == "user@example.org"


@pytest.mark.parametrize("token", ["", " ", "wrong"])
def test_an_unknown_token_belongs_to_nobody(services: Services, clock: Clock, token: str) -> None:
    with pytest.raises(Unauthorized):
        asyncio.run(Gate(services.database, clock).account(asking(token)))


def test_a_withdrawn_token_is_remembered_for_seconds_only(services: Services, clock: Clock) -> None:
    gate = Gate(services.database, clock)
    asyncio.run(gate.account(asking(TOKEN)))
    services.database.write_now(lambda conn: conn.execute(accounts.delete()))
    clock.now += REMEMBERED - 1
    assert asyncio.run(gate.account(asking(TOKEN)))
    clock.now += 1
    with pytest.raises(Unauthorized):
        asyncio.run(gate.account(asking(TOKEN)))


def test_a_clock_that_is_put_back_does_not_prolong_a_token(services: Services, clock: Clock) -> None:
    gate = Gate(services.database, clock)
    asyncio.run(gate.account(asking(TOKEN)))
    services.database.write_now(lambda conn: conn.execute(accounts.delete()))
    clock.now -= 1
    with pytest.raises(Unauthorized):
        asyncio.run(gate.account(asking(TOKEN)))
