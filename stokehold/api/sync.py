"""The runner's one call: reports go up, work and commands come down. See docs/runner-protocol.md."""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stokehold.api.work import describe, plan
from stokehold.domain.errors import Unauthorized
from stokehold.domain.presence import Presence
from stokehold.domain.protocol import Answer, Produced, Stop, Sync
from stokehold.domain.storage import Storage
from stokehold.observe import LEASES, REPORTS
from stokehold.store import leases, nodes
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Database
from stokehold.store.journal import WORK
from stokehold.store.leases import Given

LONGEST_WAIT_S = 25.0  # shorter than the patience of proxies between a runner and us

_read = msgspec.msgpack.Decoder(Sync)
_write = msgspec.msgpack.Encoder()


class SyncDesk:
    """Answers the runners."""

    def __init__(
        self, database: Database, storage: Storage, presence: Presence, token: str, clock: Callable[[], int]
    ) -> None:
        self._database, self._storage, self._presence = database, storage, presence
        self._token, self._clock = token, clock
        self._asking: dict[int, object] = {}  # the newest call for work of each node

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/runner/v1/sync", self.sync, methods=["POST"])]

    def close(self) -> None:
        """Answer the calls that wait, with nothing: the server is about to end."""
        self._asking.clear()
        self._database.ring(WORK)

    async def sync(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), self._token.encode()):
            raise Unauthorized("The runner's token is missing or is not this server's.")
        answer = await self._answer(_read.decode(await request.body()))
        return Response(_write.encode(answer), media_type="application/msgpack")

    async def _answer(self, sync: Sync) -> Answer:
        node_id, stops = await self._introduction(sync)
        if node_id is None:
            return Answer(unknown_session=True)
        self._presence.seen(node_id, self._clock())
        answer = Answer(commands=list(stops))
        if sync.reports:
            await self._take(node_id, sync, answer)
        if sync.want or sync.wait_s:
            await self._serve(node_id, sync, answer)
        return answer

    async def _introduction(self, sync: Sync) -> tuple[int | None, list[Stop]]:
        """The node's id, after settling what it holds when it says so; None when it must introduce itself."""
        if sync.inventory is not None:
            write = self._database.write
            node_id = await write(nodes.introduce, sync.node, sync.session, sync.inventory, self._clock())
        else:
            found = await self._database.read(nodes.find, sync.node)
            if found is None or found[1] != sync.session or found[2]:
                return None, []
            node_id = found[0]
        if sync.held is None:
            return node_id, []
        self._asking.pop(node_id, None)  # an older call must not lease behind the back of this settlement
        return node_id, await self._database.write(nodes.reconcile, node_id, sync.held, self._clock())

    async def _take(self, node_id: int, sync: Sync, answer: Answer) -> None:
        at = self._clock()
        answer.acked = await self._database.write(nodes.take_reports, node_id, sync.seq, sync.reports, at)
        REPORTS.inc(len(sync.reports))
        produced = [r for r in sync.reports if isinstance(r, Produced)]
        if produced:
            answer.commands.extend(await plan(self._database, self._storage, produced))

    async def _serve(self, node_id: int, sync: Sync, answer: Answer) -> None:
        """Wait for work or a command, then add it to the answer."""
        call = self._asking[node_id] = object()
        deadline = asyncio.get_running_loop().time() + min(sync.wait_s, LONGEST_WAIT_S)
        with waiting(self._database, WORK, f"node-{node_id}") as rung:
            while self._asking.get(node_id) is call:
                stops = await self._database.read(nodes.commands, node_id, sync.action)
                given = await self._claim(node_id, call, sync.want)
                self._presence.seen(node_id, self._clock())
                left = deadline - asyncio.get_running_loop().time()
                if given or stops or left <= 0 or not await rung_within(rung, left):
                    break
        answer.commands.extend(stops)
        answer.work = [await describe(self._storage, item) for item in given]
        answer.leases = [lease for item in given for lease in item.leases]
        LEASES.inc(len(answer.leases))

    async def _claim(self, node_id: int, call: object, want: int) -> list[Given]:
        if not want or not await self._database.read(leases.any_waiting):
            return []
        if self._asking.get(node_id) is not call:
            return []
        return await self._database.write(leases.claim, node_id, want, _secret, self._clock())


def _secret() -> str:
    return secrets.token_hex(8)
