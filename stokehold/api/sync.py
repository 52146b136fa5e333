"""The runner's one call: reports go up, work and commands come down. See docs/runner-protocol.md."""

import asyncio
import hmac
import secrets
from collections.abc import Callable, Sequence

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stokehold.api.work import describe, plan
from stokehold.domain.errors import Invalid, Unauthorized, kind_of
from stokehold.domain.presence import SILENCE_US, Presence
from stokehold.domain.protocol import Answer, Ended, Inventory, Produced, Stop, Sync
from stokehold.domain.quota import UNLIMITED, Quotas
from stokehold.domain.storage import Storage
from stokehold.observe import ATTEMPTS, LEASES, REPORTS
from stokehold.store import leases, nodes
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Database
from stokehold.store.journal import IDLE, NODES, WORK
from stokehold.store.leases import Given, Terms

log = structlog.get_logger()

#: A call that waits is no sign of life: it must end well before the silence is too long.
LONGEST_WAIT_S = SILENCE_US / 3e6
LARGEST = 2**53  # of any number that a runner tells

_read = msgspec.msgpack.Decoder(Sync)
_write = msgspec.msgpack.Encoder()


class SyncDesk:
    """Answers the runners."""

    def __init__(
        self,
        database: Database,
        storage: Storage,
        presence: Presence,
        token: str,
        clock: Callable[[], int],
        quotas: Quotas = UNLIMITED,
    ) -> None:
        self._database, self._storage, self._presence = database, storage, presence
        self._token, self._clock = token, clock
        self._terms = Terms(quotas)
        self._asking: dict[int, asyncio.Event] = {}  # the bell of each node's newest call that waits
        self._sessions: dict[tuple[str, str], int] = {}
        self._closed = False
        database.listen(NODES, self._forget_sessions)

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/runner/v1/sync", self.sync, methods=["POST"])]

    def close(self) -> None:
        """Answer the calls that wait, with nothing: the server is about to end."""
        self._closed = True
        for node_id in list(self._asking):
            self._supersede(node_id)

    async def sync(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("authorization", "").encode(), self._token.encode()):
            raise Unauthorized("The runner's token is missing or is not this server's.")
        answer = await self._answer(_parsed(await request.body()), request)
        return Response(_write.encode(answer), media_type="application/msgpack")

    async def _answer(self, sync: Sync, request: Request) -> Answer:
        node_id, stops = await self._introduction(sync)
        if node_id is None:
            return Answer(unknown_session=True)
        self._presence.seen(node_id, self._clock())
        answer = Answer(commands=list(stops))
        if sync.reports:
            await self._take(node_id, sync, answer)
        if sync.want or sync.wait_s:
            await self._serve(node_id, sync, answer, request)
        return answer

    async def _introduction(self, sync: Sync) -> tuple[int | None, list[Stop]]:
        """The node's id, after settling what it holds when it says so; None when it must introduce itself."""
        if sync.inventory is not None:
            write = self._database.write
            node_id = await write(nodes.introduce, sync.node, sync.session, sync.inventory, self._clock())
            log.info("node.joined", name=sync.inventory.name, **_told(sync.inventory))
        elif (known := await self._session(sync)) is not None:
            node_id = known
        else:
            return None, []
        if sync.held is None:
            return node_id, []
        self._supersede(node_id)  # an older call must not lease behind the back of this settlement
        return node_id, await self._database.write(nodes.reconcile, node_id, sync.held, self._clock())

    async def _session(self, sync: Sync) -> int | None:
        """The node of a session that goes on. It is looked up once, and again after a node was lost."""
        known = self._sessions
        if (node_id := known.get((sync.node, sync.session))) is None:
            found = await self._database.glance(nodes.find, sync.node)
            if found is None or found[1] != sync.session or found[2]:
                return None
            node_id = known[sync.node, sync.session] = found[0]
        return node_id

    def _forget_sessions(self) -> None:
        self._sessions = {}

    async def _take(self, node_id: int, sync: Sync, answer: Answer) -> None:
        at = self._clock()
        answer.acked = await self._database.write(nodes.take_reports, node_id, sync.seq, sync.reports, at)
        REPORTS.inc(len(sync.reports))
        if any(isinstance(r, Ended) for r in sync.reports):
            self._ring_for_room(node_id)
        for end in (r for r in sync.reports if isinstance(r, Ended)):
            ATTEMPTS.labels(_end(end)).inc()
        produced = [r for r in sync.reports if isinstance(r, Produced)]
        if produced:
            answer.commands.extend(await plan(self._database, self._storage, produced))

    def _ring_for_room(self, node_id: int) -> None:
        """An instance has ended: what a quota, or a node without a free slot, held back may have room now."""
        if self._terms.quotas.limited:
            self._database.ring(WORK)
        elif node_id in self._terms.turn.full:
            self._database.ring(f"node-{node_id}")
        self._terms.turn.full.discard(node_id)

    async def _serve(self, node_id: int, sync: Sync, answer: Answer, request: Request) -> None:
        """Wait for work or a command, then add it to the answer."""
        with waiting(self._database, WORK, f"node-{node_id}") as rung:
            self._supersede(node_id)
            self._asking[node_id] = rung
            stops, given = await self._due(node_id, sync, rung, request)
            if self._asking.get(node_id) is rung:
                del self._asking[node_id]
        answer.commands.extend(stops)
        answer.work = [await describe(self._storage, item) for item in given]
        answer.leases = [lease for item in given for lease in item.leases]
        LEASES.inc(len(answer.leases))

    async def _due(
        self, node_id: int, sync: Sync, rung: asyncio.Event, request: Request
    ) -> tuple[list[Stop], list[Given]]:
        """What there is for the node, as soon as there is something; nothing when the time is up."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + min(sync.wait_s, LONGEST_WAIT_S)
        while True:
            stops, work = await self._database.glance(leases.due, node_id, sync.action)
            given = await self._claim(node_id, rung, sync.want) if work and sync.want else []
            if sync.want and sync.wait_s and not given:
                self._database.ring(IDLE)
            self._presence.seen(node_id, self._clock())
            left = deadline - clock()
            if given or stops or left <= 0 or not self._waits(node_id, rung):
                return stops, given
            if not await rung_within(rung, left) or await request.is_disconnected():
                return [], []  # nobody would hear of what is leased to a call that was given up

    def _waits(self, node_id: int, rung: asyncio.Event) -> bool:
        """Whether this is the call that may still wait for work of this node."""
        return not self._closed and self._asking.get(node_id) is rung

    def _supersede(self, node_id: int) -> None:
        """The node's call that waits, if any, leases nothing more and is answered at once."""
        older = self._asking.pop(node_id, None)
        if older is not None:
            older.set()

    async def _claim(self, node_id: int, rung: asyncio.Event, want: int) -> list[Given]:
        if not self._waits(node_id, rung):
            return []
        claim = (node_id, want, _secret, self._clock(), self._terms)
        return await self._database.write(leases.claim, *claim)


def _parsed(body: bytes) -> Sync:
    try:
        sync = _read.decode(body)
    except msgspec.MsgspecError as error:
        raise Invalid("body", f"must be a sync message in MessagePack: {error}") from None
    if not (max(abs(sync.seq), abs(sync.want), abs(sync.action)) <= LARGEST and 0 <= sync.wait_s <= LARGEST):
        raise Invalid("body", f"its numbers must be from 0 to {LARGEST}")
    return sync


def _told(node: Inventory) -> dict[str, object]:
    return {"slots": node.slots, "runtime": node.runtime, "note": node.runtime_note}


def _end(ended: Ended) -> str:
    if ended.stopped:
        return "stopped"
    return str(kind_of(ended.failure)) if ended.failure else "success"


def _secret() -> str:
    return secrets.token_hex(8)
