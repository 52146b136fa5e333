"""One request, as the routes see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from stokehold.api import wire
from stokehold.api.errors import TooLarge
from stokehold.api.services import Services
from stokehold.domain.errors import Invalid, Unauthorized
from stokehold.store.accounts import Account


@dataclass(frozen=True, slots=True)
class Call:
    """A request: who asks, what, of which services."""

    request: Request
    services: Services
    params: Mapping[str, str]
    caller: Account | None

    @property
    def account(self) -> Account:
        """Who asks. Raises Unauthorized on routes that are open to all."""
        if self.caller is None:
            raise Unauthorized
        return self.caller

    async def json(self) -> Any:
        """The body's JSON value, whatever its media type says; None when there is none."""
        return wire.decode(await self._body())

    async def _body(self) -> bytes:
        most = self.services.largest_body
        parts, size = [], 0
        async for part in self.request.stream():
            size += len(part)
            if size > most:
                raise TooLarge(f"body: it is larger than the {most} bytes that are accepted")
            parts.append(part)
        return b"".join(parts)

    def query(self, name: str) -> list[str]:
        """Every value of a query parameter, whose name matches in any case."""
        values = [v for k, v in self.request.query_params.multi_items() if k.lower() == name.lower()]
        if any("\0" in value for value in values):
            raise Invalid(name, "must not hold the character NUL")
        return values


def answer(content: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(content), status, headers, media_type="application/json")


def done() -> Response:
    """The empty answer to an action: clients look at the status alone."""
    return Response(status_code=200)
