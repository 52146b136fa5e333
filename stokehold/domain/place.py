"""Placement: which waiting tasks get the free slots. A pure function of what waits.

The order: the class first (domain.lane), then the task with the fewest instances in hand, then the account with the
fewest in that class, then the account that was served longest ago, then the oldest task. An account that has nothing in
hand in a lane counts there as one that has nothing at all: else its work for common machines would keep its work for
rare ones waiting for ever.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import heapify, heapreplace

from msgspec import Struct

Hands = Mapping[tuple[int, str], int]  # instances in hand, by account and lane
SERVED_MAX = 100_000  # accounts and lanes whose turns are remembered


class Turns:
    """Who was served when: numbers that grow. Kept in memory: without it, all come round again in a new order."""

    def __init__(self) -> None:
        self._count = 0
        self._served: dict[tuple[int, str], int] = {}

    def last(self, account: int, lane: str) -> int:
        return self._served.get((account, lane), 0)

    def serve(self, account: int, lane: str) -> None:
        self._count += 1
        self._served.pop((account, lane), None)  # the dictionary keeps those served longest ago in front
        self._served[account, lane] = self._count
        if len(self._served) > SERVED_MAX:
            del self._served[next(iter(self._served))]


class Waiting(Struct, frozen=True):
    """A task with instances to lease: how many wait, how many are held already, and how many more it may have."""

    task_id: int
    ready: int
    active: int
    account_id: int = 0
    room: int | None = None  # None: its owner does not limit it
    lane: str = ""


class Head(Struct, frozen=True):
    """The first task of an account in a lane: the one with the fewest instances in hand, the oldest of those."""

    lane: str
    account_id: int
    active: int
    task_id: int


class _Shares:
    """What accounts have in hand and when they were served, as the order weighs it."""

    def __init__(self, hands: Hands | None, turns: Turns | None) -> None:
        self.turns = turns or Turns()
        self.lanes = Counter(hands or {})
        self.accounts: Counter[int] = Counter()
        for (account, _), count in self.lanes.items():
            self.accounts[account] += count

    def weight(self, account: int, lane: str) -> tuple[int, int]:
        hand = self.accounts[account] if self.lanes[account, lane] else 0
        return hand, self.turns.last(account, lane)

    def add(self, account: int, lane: str, count: int) -> None:
        self.lanes[account, lane] += count
        self.accounts[account] += count
        self.turns.serve(account, lane)


def leading(heads: Sequence[Head], hands: Hands, most: int, turns: Turns | None = None) -> list[Head]:
    """The `most` heads, of one class, that come first."""
    shares = _Shares(hands, turns)
    return sorted(heads, key=lambda h: (h.active, shares.weight(h.account_id, h.lane), h.task_id))[:most]


def place(
    waiting: Sequence[Waiting],
    slots: int,
    hands: Hands | None = None,
    rooms: Mapping[int, int] | None = None,
    turns: Turns | None = None,
) -> dict[int, int]:
    """How many leases each task of one class gets, at most `slots` in all.

    `rooms`: how many more instances limited accounts may have. `turns` is told who is served.
    """
    shares, left = _Shares(hands, turns), dict(rooms or {})
    granted = {w.task_id: 0 for w in waiting}
    tasks = {w.task_id: w for w in waiting if _most(w) > 0}
    heap = [(w.active, shares.weight(w.account_id, w.lane), w.task_id, _most(w)) for w in tasks.values()]
    heapify(heap)
    while heap and slots > 0:
        active, seen, task_id, ready = heap[0]
        account, lane = tasks[task_id].account_id, tasks[task_id].lane
        room, weight = left.get(account, slots), shares.weight(account, lane)
        if room <= 0:
            _pop(heap)
            continue
        if weight != seen:  # the account was given something since
            heapreplace(heap, (active, weight, task_id, ready))
            continue
        share = min(slots, ready, room) if len(heap) == 1 else 1
        granted[task_id] += share
        slots -= share
        shares.add(account, lane, share)
        if account in left:
            left[account] -= share
        if ready > share:
            heapreplace(heap, (active + share, shares.weight(account, lane), task_id, ready - share))
        else:
            _pop(heap)
    return {task_id: count for task_id, count in granted.items() if count}


def _most(task: Waiting) -> int:
    return task.ready if task.room is None else min(task.ready, task.room)


def _pop(heap: list[tuple[int, tuple[int, int], int, int]]) -> None:
    last = heap.pop()
    if heap:
        heapreplace(heap, last)
