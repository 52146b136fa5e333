"""Makes room: for urgent work when the nodes are full, and on idle nodes for what others only hold in hand.

Nothing is looked at by the clock: a commit that makes something wait, or a node that asks in vain, rings.
"""

from collections.abc import Callable

import structlog

from stokehold.domain.events import Preempted
from stokehold.domain.quota import Quotas
from stokehold.store import journal, preemptions
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Database
from stokehold.store.journal import IDLE, NODES, WORK

log = structlog.get_logger()

REST_S = 60.0  # without a ring, look anyway: it costs a glance


async def make_room(database: Database, quotas: Quotas, clock: Callable[[], int]) -> None:
    """Tell Flex instances to make room as long as more urgent ones wait without any."""
    with waiting(database, WORK, NODES) as rung:
        while True:
            if await database.glance(preemptions.urgent):
                chosen = await database.read(preemptions.due, quotas)
                if chosen:
                    await database.write(journal.record, [Preempted(tuple(chosen))], clock())
                    log.info("instances.preempted", attempts=len(chosen))
            await rung_within(rung, REST_S)


async def spread_leases(database: Database, clock: Callable[[], int]) -> None:
    """Take back leases that busy nodes have not begun when another node asks for work in vain."""
    with waiting(database, IDLE) as rung:
        while True:
            if await rung_within(rung, REST_S):
                chosen = await database.read(preemptions.idle_leases, clock())
                if chosen:
                    await database.write(journal.record, [Preempted(tuple(chosen))], clock())
                    log.info("leases.returned", leases=len(chosen))
