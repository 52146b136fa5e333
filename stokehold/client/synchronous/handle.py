"""What tasks and jobs have in common: fields as they were read last, and the client that reads them again."""
# Written by `make docs` from asynchronous/handle.py: change that one.

from typing import TYPE_CHECKING, Any, Self

from msgspec.structs import fields

from stokehold.client.facts import Fact

if TYPE_CHECKING:
    from stokehold.client.synchronous.client import Client


class Handle(Fact, dict=True):
    """A thing of a server, held by a client."""

    @property
    def client(self) -> "Client":
        """Who asks for it."""
        client: Client = self.__dict__["client"]
        return client

    @property
    def answer(self) -> dict[str, Any]:
        """Everything that the server told of it, also what has no field here."""
        answer: dict[str, Any] = self.__dict__["answer"]
        return answer

    def held_by(self, client: "Client", answer: dict[str, Any]) -> Self:
        """The same, as `client` was told of it, and asks for it from now on."""
        self.__dict__.update(client=client, answer=answer)
        return self

    def _take(self, fresh: Self) -> Self:
        for field in fields(self):
            setattr(self, field.name, getattr(fresh, field.name))
        self.__dict__["answer"] = fresh.answer
        return self
