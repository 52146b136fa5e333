"""What happens by time, not by request: lost nodes, deleted tasks."""

import asyncio
from collections.abc import Callable

import structlog

from stokehold.domain.events import NodeLost
from stokehold.domain.presence import Presence
from stokehold.store import journal, nodes, purge
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Database
from stokehold.store.journal import PURGE

log = structlog.get_logger()

TICK_S = 1.0


async def watch_nodes(database: Database, presence: Presence, clock: Callable[[], int]) -> None:
    """Give up the nodes that have fallen silent: their instances run elsewhere."""
    while True:
        await asyncio.sleep(TICK_S)
        known = await database.read(nodes.present)
        for node_id in presence.silent(known, clock()):
            await database.write(journal.record, [NodeLost(node_id)], clock())
            presence.forget(node_id)
            log.warning("node.lost", node=node_id)


async def forget_deleted(database: Database) -> None:
    """Remove what is left of deleted tasks, as soon as nothing runs for them."""
    with waiting(database, PURGE) as rung:
        while True:
            while await database.write(purge.purge):
                await asyncio.sleep(0)
            await rung_within(rung, 60.0)
