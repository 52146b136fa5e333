"""The runner's one call: reports go up, work and commands come down. See docs/runner-protocol.md."""

import asyncio
import hmac
import secrets
import threading
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, cast

import msgspec
import structlog
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Message, Receive, Scope, Send

from stokehold.api.trust import Trust
from stokehold.api.work import describe, equip, plan
from stokehold.domain.errors import Invalid, Unauthorized, kind_of
from stokehold.domain.lane import fits
from stokehold.domain.presence import SILENCE_US, Presence
from stokehold.domain.protocol import (
    OUTPUT_KEPT,
    Answer,
    Ended,
    Inventory,
    Order,
    Produced,
    Returned,
    Stop,
    Sync,
)
from stokehold.domain.quota import UNLIMITED, Quotas
from stokehold.domain.storage import Storage
from stokehold.observe.metrics import ATTEMPTS, LEASES, REPORTS
from stokehold.store import journal, lanes, leases, nodes
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Connection, Database
from stokehold.store.journal import IDLE, NODES, WORK
from stokehold.store.leases import Given, Terms
from stokehold.store.vault import Vault

log = structlog.get_logger()

#: A call that waits is no sign of life: it must end well before the silence is too long.
LONGEST_WAIT_S = SILENCE_US / 3e6
LARGEST = 2**53  # of any number that a runner tells
#: Leases to one call in the commit that brings work: a submission waits for them. Its runner asks for more at once.
OFFERED_MOST = 64

_read = msgspec.msgpack.Decoder(Sync)
_write = msgspec.msgpack.Encoder()


class Ask:
    """A call that waits for work."""

    def __init__(self, node_id: int, want: int, rung: asyncio.Event) -> None:
        self.node_id, self.want, self.rung = node_id, want, rung
        self.loop = asyncio.get_running_loop()
        self.open = want > 0  # whether leases may be claimed for it
        self.given: list[Given] = []
        self.told: list[Given] = self.given  # what it was answered with
        self.over = False
        self._door = threading.Lock()

    def shut(self) -> bool:
        """Whether it was open. Both threads claim for it: who finds it open claims, and says what comes of that."""
        with self._door:
            was, self.open = self.open, False
        return was


class Settings(Struct, frozen=True):
    """What an operator decides: the bytes kept of each stream, what accounts may use, the key to secrets."""

    output_kept: int = OUTPUT_KEPT
    quotas: Quotas = UNLIMITED
    vault: Vault | None = None


class SyncDesk:
    """Answers the runners.

    Calls that wait for work take part in the transactions that bring some: a task that finds a free runner is leased
    in the very commit that stores it.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        presence: Presence,
        token: str,
        clock: Callable[[], int],
        settings: Settings = Settings(),  # noqa: B008  # frozen
    ) -> None:
        self._database, self._storage, self._presence = database, storage, presence
        self._token, self._clock, self._output_kept = token, clock, settings.output_kept
        self._vault = settings.vault or Vault.fleeting()
        self._terms = Terms(settings.quotas)
        self._inventories: dict[int, str] = {}  # of the nodes that wait, as the writer's thread knows them
        self._asking: dict[int, Ask] = {}  # each node's newest call that waits
        self._offers: list[tuple[Ask, list[Given]]] = []  # of the transaction under way
        self._late: set[asyncio.Future[Any]] = set()
        self._sessions: dict[tuple[str, str], int] = {}
        self._closed = False
        database.listen(NODES, self._forget_sessions)
        database.follow(WORK, self._offer)
        database.listen(WORK, self._hand_over)

    def routes(self) -> Sequence[BaseRoute]:
        return [Route("/runner/v1/sync", self, methods=["POST"])]

    def close(self) -> None:
        """Answer the calls that wait, with nothing: the server is about to end."""
        self._closed = True
        for node_id in list(self._asking):
            self._supersede(node_id)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The call as an application: it has no need of what Starlette does around functions."""
        response = await self.sync(Request(scope, receive))
        await response(scope, receive, send)

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
        if sync.reports or sync.measured is not None:
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

    def _offer(self, conn: Connection) -> None:
        """Lease what a transaction brings to the calls that wait. Runs in the writer's thread."""
        self._withdraw()  # what was offered in a transaction that was undone
        try:
            self._offer_each(conn)
        except BaseException:
            self._withdraw()
            raise

    def _withdraw(self) -> None:
        for ask, _ in self._offers:
            ask.open = True
        self._offers = []

    def _offer_each(self, conn: Connection) -> None:
        waiting = lanes.waiting(conn)
        for ask in [ask for ask in self._asking.copy().values() if ask.open and ask.want]:
            inventory = self._inventory(conn, ask.node_id) if waiting else None
            if inventory is None or not any(fits(lane, inventory) for lane in waiting) or not ask.shut():
                continue
            given: list[Given] = []
            try:
                want = min(ask.want, OFFERED_MOST)
                given = leases.claim(conn, ask.node_id, want, _secret, self._clock(), self._terms)
            finally:
                ask.open = not given
            if given:
                self._offers.append((ask, given))
                waiting = lanes.waiting(conn)

    def _inventory(self, conn: Connection, node_id: int) -> str | None:
        """What a node is made of; None when it was given up."""
        if (known := self._inventories.get(node_id)) is None:
            known = nodes.here(conn, node_id)
            if known is not None:
                self._inventories[node_id] = known
        return known

    def _hand_over(self) -> None:
        """The transaction is committed. Runs in the writer's thread."""
        offers, self._offers = self._offers, []
        for ask, given in offers:
            ask.given = given
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits
                ask.loop.call_soon_threadsafe(self._arrive, ask)

    def _arrive(self, ask: Ask) -> None:
        ask.rung.set()
        if ask.over and ask.told is not ask.given:
            late = asyncio.ensure_future(self._take_back(ask.given))
            self._late.add(late)
            late.add_done_callback(self._late.discard)

    async def _take_back(self, given: list[Given]) -> None:
        """Undo leases that no answer tells of."""
        back = [Returned(lease.token) for item in given for lease in item.leases]
        await self._database.write(journal.record, back, self._clock())

    def _forget_sessions(self) -> None:
        self._sessions = {}
        self._inventories = {}

    async def _take(self, node_id: int, sync: Sync, answer: Answer) -> None:
        at = self._clock()
        answer.acked = await self._database.write(nodes.hear, node_id, sync, at, self._output_kept)
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
            for other in list(self._asking):
                self._database.ring(f"node-{other}")
        elif node_id in self._terms.turn.full:
            self._database.ring(f"node-{node_id}")
        self._terms.turn.full.discard(node_id)

    async def _serve(self, node_id: int, sync: Sync, answer: Answer, request: Request) -> None:
        """Wait for work or a command, then add it to the answer."""
        with waiting(self._database, WORK, f"node-{node_id}") as rung:
            self._supersede(node_id)
            ask = self._asking[node_id] = Ask(node_id, sync.want, rung)
            orders, given = await self._due(ask, sync, request)
            ask.over, ask.open, ask.told = True, False, given
            if self._asking.get(node_id) is ask:
                del self._asking[node_id]
        if ask.given is not given:
            ask.told = ask.given
            await self._take_back(ask.given)
        answer.commands.extend(await equip(self._database, self._storage, orders))
        # Instances find the services where their node's runner finds them.
        trust = Trust(self._vault, str(request.base_url).rstrip("/"), self._storage.endpoint)
        answer.work = [await describe(self._storage, item, trust) for item in given]
        for work in answer.work:
            work.output_kept = self._output_kept
        answer.leases = [lease for item in given for lease in item.leases]
        LEASES.inc(len(answer.leases))

    async def _due(self, ask: Ask, sync: Sync, request: Request) -> tuple[list[Order], list[Given]]:
        """What there is for the node, as soon as there is something; nothing when the time is up."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + min(sync.wait_s, LONGEST_WAIT_S)
        while True:
            orders, work = await self._database.glance(leases.due, ask.node_id, sync.action)
            if work and self._waits(ask) and ask.shut():
                claim = (ask.node_id, ask.want, _secret, self._clock(), self._terms)
                ask.given = await self._database.write(leases.claim, *claim)
                ask.open = not ask.given
            if ask.want and sync.wait_s and not ask.given and self._presence.several:
                self._database.ring(IDLE)
            self._presence.seen(ask.node_id, self._clock())
            left = deadline - clock()
            if ask.given or orders or left <= 0 or not self._waits(ask):
                return orders, ask.given
            rang = await rung_within(ask.rung, left)
            if gone(request.receive):
                return [], []  # nobody would hear of what is leased to a call that was given up
            if ask.given or not rang:
                return [], ask.given

    def _waits(self, ask: Ask) -> bool:
        """Whether this is the call that may still wait for work of its node."""
        return not self._closed and self._asking.get(ask.node_id) is ask

    def _supersede(self, node_id: int) -> None:
        """The node's call that waits, if any, leases nothing more and is answered at once."""
        older = self._asking.pop(node_id, None)
        if older is not None:
            older.rung.set()


def gone(receive: Receive) -> bool:
    """Whether the client of a request that was read whole has gone. Starlette's own look costs 150 us."""
    word = cast(Coroutine[Any, Any, Message], receive())
    try:
        word.send(None)  # it is there, or it would have to be waited for
    except StopIteration as told:
        return bool(told.value["type"] == "http.disconnect")
    finally:
        word.close()
    return False


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
