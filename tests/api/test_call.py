import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.requests import Request

from stokehold.api.call import Call, answer, done
from stokehold.api.errors import TooLarge
from stokehold.api.services import Services
from stokehold.domain.errors import Invalid, Unauthorized


def call(services: Services, body: list[bytes] | None = None, query: bytes = b"") -> Call:
    parts = [{"type": "http.request", "body": part, "more_body": True} for part in body or []] + [
        {"type": "http.request", "body": b"", "more_body": False}
    ]

    async def receive() -> MutableMapping[str, Any]:
        return parts.pop(0)

    request = Request({"type": "http", "method": "POST", "headers": [], "query_string": query}, receive)
    return Call(request, services, {}, None)


def test_nobody_asks_on_an_open_route(services: Services) -> None:
    with pytest.raises(Unauthorized):
        _ = call(services).account


def test_a_body_may_come_in_pieces(services: Services) -> None:
    assert asyncio.run(call(services, [b'{"a"', b":1}"]).json()) == {"a": 1}


def test_no_body_is_none(services: Services) -> None:
    assert asyncio.run(call(services).json()) is None


def test_a_body_is_not_read_further_than_its_limit(services: Services) -> None:
    small = Services(services.database, services.storage, services.clock, largest_body=3)
    with pytest.raises(TooLarge):
        asyncio.run(call(small, [b"12", b"34", b"5"]).json())


def test_query_names_match_in_any_case(services: Services) -> None:
    assert call(services, query=b"tag=a&TAG=b&tags=c").query("Tag") == ["a", "b"]


def test_a_query_with_nul_is_refused(services: Services) -> None:
    with pytest.raises(Invalid, match=r"^tag: "):
        call(services, query=b"tag=%00").query("tag")


def test_answers_are_json_and_actions_answer_nothing() -> None:
    assert answer([1]).body == b"[1]"
    assert answer([1]).headers["content-type"] == "application/json"
    assert (done().status_code, done().body) == (200, b"")
