"""What happens by time, not by request: lost nodes, time limits, deleted tasks, periodic snapshots."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from stokehold.dispatch.alarm import keep_time
from stokehold.domain.events import NodeLost
from stokehold.domain.presence import Presence
from stokehold.store import journal, nodes, purge, snapshots, timers
from stokehold.store.bell import rung_within, waiting
from stokehold.store.database import Database
from stokehold.store.journal import PURGE, TIMES

log = structlog.get_logger()

TICK_S = 1.0
STALL_US = 5_000_000  # a tick that takes longer tells of us or of the clock, not of the nodes
PAUSE_S = 1.0  # before work that failed is begun again


async def insist(work: Callable[[], Awaitable[None]]) -> None:
    """Do `work`; begin again when it fails: a full disk or a database that is away must not end the server."""
    while True:
        try:
            return await work()
        except Exception:
            log.exception("background.failed")
            await asyncio.sleep(PAUSE_S)


async def watch_nodes(database: Database, presence: Presence, clock: Callable[[], int]) -> None:
    """Give up the nodes that have fallen silent: their instances run elsewhere."""
    while True:
        before = clock()
        await asyncio.sleep(TICK_S)
        known = await database.read(nodes.present)
        at = clock()
        if not 0 <= at - before <= STALL_US:  # what was heard meanwhile is not known: count from now
            for node_id in known:
                presence.seen(node_id, at)
        for node_id in presence.silent(known, at):
            await database.write(journal.record, [NodeLost(node_id)], at)
            presence.forget(node_id)
            log.warning("node.lost", node=node_id)


async def forget_deleted(database: Database) -> None:
    """Remove what is left of deleted tasks, as soon as nothing runs for them."""
    with waiting(database, PURGE) as rung:
        while True:
            while await database.write(purge.purge):
                await asyncio.sleep(0)
            await rung_within(rung, 60.0)


async def watch_tasks(database: Database, clock: Callable[[], int]) -> None:
    """End tasks whose time in the queue is over; delete those whose time after completion is."""
    await keep_time(database, TIMES, clock, timers.next_moment, timers.carry_out)


async def take_snapshots(database: Database, clock: Callable[[], int]) -> None:
    """Begin each periodic snapshot when it is due."""
    await keep_time(database, snapshots.BEATS, clock, snapshots.next_due, snapshots.fire, snapshots.reset)
