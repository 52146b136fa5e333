"""Preemption: which Flex instances make room for more urgent ones. A pure function of what the nodes hold.

What was leased and has not begun goes back before anything that runs is ended; then the fewest, and of these the
youngest. An instance that makes room waits again; its attempt counts, and nothing of it is lost but its time.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

PATIENCE_US = 1_000_000  # a lease that was not begun for so long may be begun elsewhere


class Held(Struct, frozen=True):
    """An attempt that a node holds."""

    attempt_id: int
    since: int  # when it began, or was leased
    begun: bool
    flex: bool = True


class Room(Struct):
    """A node: what it holds, without what has been told to make room already."""

    node_id: int
    slots: int
    held: list[Held]
    taken: int = 0  # slots that are promised to urgent work of this round

    @property
    def free(self) -> int:
        return max(0, self.slots - len(self.held) - self.taken)


class Urgent(Struct, frozen=True):
    """So many instances wait that only these nodes may run."""

    count: int
    node_ids: frozenset[int]


def plan(urgent: Sequence[Urgent], rooms: Iterable[Room]) -> list[int]:
    """The attempts that make room, at best for all that is urgent; the most urgent is listed first."""
    nodes = list(rooms)
    chosen: list[int] = []
    for wish in urgent:
        fitting = [room for room in nodes if room.node_id in wish.node_ids]
        left = wish.count - _take_free(fitting, wish.count)
        while left > 0 and (best := min((o for r in fitting if (o := _offer(r))), default=None)):
            _, _, node_id, victims = best
            room = next(room for room in fitting if room.node_id == node_id)
            gone = set(victims)
            room.held = [held for held in room.held if held.attempt_id not in gone]
            room.taken += 1
            chosen += victims
            left -= 1
    return chosen


def _take_free(rooms: list[Room], count: int) -> int:
    """Slots that are free are about to be claimed: nobody needs to go for them."""
    taken = 0
    for room in rooms:
        share = min(room.free, count - taken)
        room.taken += share
        taken += share
    return taken


def _offer(room: Room) -> tuple[int, int, int, tuple[int, ...]] | None:
    """What one slot of a node costs: (programs ended, minus the age of the oldest of them, node, attempts)."""
    excess = len(room.held) + room.taken + 1 - room.slots
    waiting = sorted((h for h in room.held if h.flex and not h.begun), key=lambda h: -h.since)
    running = sorted((h for h in room.held if h.flex and h.begun), key=lambda h: -h.since)
    going = (waiting + running)[: max(0, excess)]
    if len(going) < excess:
        return None
    ended = [held for held in going if held.begun]
    youth = min((held.since for held in ended), default=0)
    return len(ended), -youth, room.node_id, tuple(held.attempt_id for held in going)


def spread(rooms: Sequence[Room], idle: int, now: int) -> list[int]:
    """The leases that go back because nodes have `idle` slots: they were not begun, and will not be soon."""
    chosen: list[int] = []
    for room in rooms:
        late = [held for held in room.held if not held.begun and now - held.since >= PATIENCE_US]
        late.sort(key=lambda held: (-held.since, -held.attempt_id))
        spare = min(len(room.held) - room.slots, idle - len(chosen))
        chosen += [held.attempt_id for held in late[: max(0, spare)]]
    return chosen
