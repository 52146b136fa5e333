"""Placement: which waiting tasks get the free slots. A pure function of what waits.

The order: the class first (domain.lane), then the task with the fewest instances in hand, then the account with the
fewest in that class, then the oldest task.
"""

from collections.abc import Mapping, Sequence
from heapq import heapify, heapreplace

from msgspec import Struct


class Waiting(Struct, frozen=True):
    """A task with instances to lease: how many wait, how many are held already, and how many more it may have."""

    task_id: int
    ready: int
    active: int
    account_id: int = 0
    room: int | None = None  # None: its owner does not limit it


class Head(Struct, frozen=True):
    """The first task of an account in a lane: the one with the fewest instances in hand, the oldest of those."""

    lane: str
    account_id: int
    active: int
    task_id: int


def leading(heads: Sequence[Head], running: Mapping[int, int], most: int) -> list[Head]:
    """The `most` heads that come first, of one class. `running`: instances in hand of each account."""
    return sorted(heads, key=lambda h: (h.active, running.get(h.account_id, 0), h.task_id))[:most]


def place(
    waiting: Sequence[Waiting],
    slots: int,
    running: Mapping[int, int] | None = None,
    rooms: Mapping[int, int] | None = None,
) -> dict[int, int]:
    """How many leases each task of one class gets, at most `slots` in all.

    `running` are the instances that accounts have in hand, `rooms` how many more limited accounts may have.
    """
    hand, left = dict(running or {}), dict(rooms or {})
    granted = {w.task_id: 0 for w in waiting}
    heap = [
        (w.active, hand.get(w.account_id, 0), w.task_id, _most(w), w.account_id)
        for w in waiting
        if _most(w) > 0
    ]
    heapify(heap)
    while heap and slots > 0:
        active, seen, task_id, ready, account = heap[0]
        room, now = left.get(account, slots), hand.get(account, 0)
        if room <= 0:
            _pop(heap)
            continue
        if now != seen:  # the account was given something since
            heapreplace(heap, (active, now, task_id, ready, account))
            continue
        share = min(slots, ready, room) if len(heap) == 1 else 1
        granted[task_id] += share
        slots -= share
        hand[account] = now + share
        if account in left:
            left[account] -= share
        if ready > share:
            heapreplace(heap, (active + share, now + share, task_id, ready - share, account))
        else:
            _pop(heap)
    return {task_id: count for task_id, count in granted.items() if count}


def _most(task: Waiting) -> int:
    return task.ready if task.room is None else min(task.ready, task.room)


def _pop(heap: list[tuple[int, int, int, int, int]]) -> None:
    last = heap.pop()
    if heap:
        heapreplace(heap, last)
