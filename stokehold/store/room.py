"""Room for new tasks: how many an account may have, and which old ones make way."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, and_, func, select

from stokehold.domain.errors import Forbidden, StokeholdError
from stokehold.domain.events import DeleteAsked, Submitted
from stokehold.domain.states import FINAL
from stokehold.store import arrivals, journal
from stokehold.store.arrivals import Arrived
from stokehold.store.schema import tasks


def admit(
    conn: Connection, events: Sequence[Submitted], most: int | None, at: int
) -> list[Arrived | StokeholdError]:
    """As the journal's, for an account that may have `most` tasks; None: as many as it likes."""
    if most is None or not events:
        return journal.admit(conn, events, at)
    there = arrivals.known(conn, [event.uuid for event in events])
    new = [event.uuid for event in events if event.uuid not in there]
    refused = set(new[make_room(conn, events[0].account_id, len(new), most, at) :])
    outcomes = iter(journal.admit(conn, [event for event in events if event.uuid not in refused], at))
    return [Forbidden(full(most)) if event.uuid in refused else next(outcomes) for event in events]


def full(most: int) -> str:
    """What is said when there is no room. Clients know the first words."""
    return (
        f"Maximum number of tasks reached: this account may have {most}. Delete some; those with "
        "autoDeleteOnCompletion are deleted by themselves, the oldest first, once they have ended."
    )


def make_room(conn: Connection, account_id: int, wanted: int, most: int, at: int) -> int:
    """How many of `wanted` tasks the account may have now, after the oldest that may go have gone.

    Reads at most as many rows as the account may have.
    """
    free = most - _held(conn, account_id, most)
    if free < wanted:
        free += _evict(conn, account_id, wanted - free, at)
    return max(0, min(free, wanted))


def _held(conn: Connection, account_id: int, most: int) -> int:
    some = select(tasks.c.id).where(_kept(account_id)).limit(most).subquery()
    return conn.execute(select(func.count()).select_from(some)).scalar_one()


def _evict(conn: Connection, account_id: int, count: int, at: int) -> int:
    over = tasks.c.state.in_([str(state) for state in FINAL])
    query = select(tasks.c.id).where(_kept(account_id), tasks.c.evictable, over)
    ids: Sequence[int] = (
        conn.execute(query.order_by(tasks.c.ended_at, tasks.c.id).limit(count)).scalars().all()
    )
    journal.record(conn, [DeleteAsked(task_id) for task_id in ids], at)
    return len(ids)


def _kept(account_id: int) -> ColumnElement[bool]:
    return and_(tasks.c.account_id == account_id, tasks.c.delete_asked.is_(False))
