"""Who asks: `Authorization` holds the bare token (api.md 1.2)."""

from collections.abc import Callable

from starlette.requests import Request

from stokehold.domain.errors import Unauthorized
from stokehold.domain.moments import SECOND
from stokehold.store import accounts, passes
from stokehold.store.accounts import Account
from stokehold.store.database import Database
from stokehold.store.vault import Vault

REMEMBERED = 5 * SECOND  # a withdrawn token works for so long at most
_MOST = 10_000


class Gate:
    """Knows the accounts of the tokens that were used lately."""

    def __init__(self, database: Database, clock: Callable[[], int], vault: Vault) -> None:
        self._database, self._clock, self._vault = database, clock, vault
        self._known: dict[str, tuple[int, Account]] = {}

    async def account(self, request: Request, *, in_query: bool = False) -> Account:
        """The account that asks. Raises Unauthorized.

        `in_query`: the token may come as a parameter, because a browser's EventSource sends no headers of ours.
        """
        token = request.headers.get("authorization", "").strip()
        if not token and in_query:
            token = request.query_params.get("token", "").strip()
        if not token:
            raise Unauthorized("The Authorization header with the API token is missing.")
        now = self._clock()
        if passes.is_token(token):
            return await self._holder(token, now)
        known = self._known.get(token)
        if known is None or not now - REMEMBERED < known[0] <= now:
            found = await self._database.read(accounts.by_token, token)
            if found is None:
                raise Unauthorized("The API token in the Authorization header is not known here.")
            if len(self._known) >= _MOST:
                self._known.clear()
            known = self._known[token] = (now, found)
        return known[1]

    async def _holder(self, token: str, now: int) -> Account:
        """The account of an instance's pass. It is not remembered: it ends with the instance."""
        found = await self._database.glance(passes.holder, self._vault, token, now)
        if found is None:
            raise Unauthorized(
                "The API token in the Authorization header is that of an instance that has ended."
            )
        return found
