"""Placement: which waiting tasks get the free slots. A pure function of what waits."""

from collections.abc import Sequence
from heapq import heapify, heapreplace

from msgspec import Struct


class Waiting(Struct, frozen=True):
    """A task with instances to lease: how many wait, how many are held already."""

    task_id: int
    ready: int
    active: int


def place(waiting: Sequence[Waiting], slots: int) -> dict[int, int]:
    """How many leases each task gets, at most `slots` in all.

    The task with the fewest instances in hand comes first, then the oldest (semantics.md 12): a large task never
    starves a small one.
    """
    granted = {w.task_id: 0 for w in waiting}
    heap = [(w.active, w.task_id, w.ready) for w in waiting if w.ready]
    heapify(heap)
    while heap and slots:
        active, task_id, ready = heap[0]
        share = min(slots, ready) if len(heap) == 1 else 1
        granted[task_id] += share
        slots -= share
        left = ready - share
        heapreplace(heap, (active + share, task_id, left)) if left else _pop(heap)
    return {task_id: count for task_id, count in granted.items() if count}


def _pop(heap: list[tuple[int, int, int]]) -> None:
    last = heap.pop()
    if heap:
        heapreplace(heap, last)
