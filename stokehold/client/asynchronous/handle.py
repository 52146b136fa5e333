"""What tasks and jobs have in common: fields as they were read last, and the client that reads them again."""

from typing import TYPE_CHECKING, Self

from msgspec.structs import fields

from stokehold.client.facts import Fact

if TYPE_CHECKING:
    from stokehold.client.asynchronous.client import AsyncClient


class AsyncHandle(Fact, dict=True):
    """A thing of a server, held by a client."""

    @property
    def client(self) -> "AsyncClient":
        """Who asks for it."""
        client: AsyncClient = self.__dict__["client"]
        return client

    def held_by(self, client: "AsyncClient") -> Self:
        """The same, asked for by `client` from now on."""
        self.__dict__["client"] = client
        return self

    def _take(self, fresh: Self) -> Self:
        for field in fields(self):
            setattr(self, field.name, getattr(fresh, field.name))
        return self
