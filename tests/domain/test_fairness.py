"""No task starves: seeded worlds of several nodes and accounts, one of which floods them, through many rounds."""

from collections import Counter
from random import Random

import pytest
from msgspec import Struct

from stokehold.domain.place import Head, Turns, Waiting, leading, place

ROUNDS = 400
LONGEST = 5  # rounds that an instance takes at most
ACCOUNTS = 6
NODES = [("plain", 3), ("plain", 2), ("gpu", 2)]  # what each is, and its slots
HEADS = 16


class Task(Struct):
    id: int
    account: int
    gpu: bool
    ready: int
    born: int
    ahead: int  # instances of older tasks of its account and lane that were not done when it came
    active: int = 0
    first: int | None = None


class World:
    """Tasks arrive for a while, nodes claim when they have room, instances end after a while."""

    def __init__(self, seed: int) -> None:
        self.random, self.turns = Random(seed), Turns()
        self.tasks: list[Task] = []
        self.running: list[list[tuple[int, Task]]] = [[] for _ in NODES]  # (round of the end, task)

    def submit(self, now: int, account: int, *, gpu: bool, size: int) -> None:
        ahead = sum(t.ready + t.active for t in self.tasks if (t.account, t.gpu) == (account, gpu))
        self.tasks.append(Task(len(self.tasks), account, gpu, size, now, ahead))

    def arrivals(self, now: int) -> None:
        for _ in range(4):  # the flood: more than all nodes can do
            self.submit(now, 0, gpu=self.random.random() < 0.3, size=self.random.randint(1, 3))
        if self.random.random() < 0.2:
            account = self.random.randrange(1, ACCOUNTS)
            self.submit(now, account, gpu=self.random.random() < 0.3, size=self.random.randint(1, 30))

    def step(self, now: int) -> None:
        for index in self.random.sample(range(len(NODES)), len(NODES)):
            for end, task in self.running[index]:
                task.active -= end <= now
            self.running[index] = [(end, task) for end, task in self.running[index] if end > now]
            self.claim(index, now)

    def claim(self, index: int, now: int) -> None:
        kind, slots = NODES[index]
        free = slots - len(self.running[index])
        held = Counter((task.account, str(task.gpu)) for node in self.running for _, task in node)
        queues = self.queues(gpu=kind == "gpu")
        heads = [Head(str(gpu), account, q[0].active, q[0].id) for (gpu, account), q in queues.items()]
        chosen = leading(heads, held, min(free, HEADS), self.turns)
        found = [t for head in chosen for t in queues[head.lane == "True", head.account_id][:free]]
        waiting = [Waiting(t.id, t.ready, t.active, t.account, lane=str(t.gpu)) for t in found]
        for task_id, count in place(waiting, free, held, turns=self.turns).items():
            task = self.tasks[task_id]
            task.ready, task.active = task.ready - count, task.active + count
            task.first = now if task.first is None else task.first
            self.running[index] += [(now + self.random.randint(1, LONGEST), task) for _ in range(count)]

    def queues(self, *, gpu: bool) -> dict[tuple[bool, int], list[Task]]:
        """What waits for such a node, by lane and account, in the order of the index."""
        found: dict[tuple[bool, int], list[Task]] = {}
        for task in self.tasks:
            if task.ready and (gpu or not task.gpu):
                found.setdefault((task.gpu, task.account), []).append(task)
        return {key: sorted(queue, key=lambda t: (t.active, t.id)) for key, queue in found.items()}

    def bound(self, task: Task) -> int:
        """A turn of all accounts on the smallest set of slots that fits, for each older instance of the account."""
        turn = (-(-ACCOUNTS * 2 // NODES[-1][1]) + 1) * LONGEST
        return (task.ahead + 1) * turn


@pytest.mark.parametrize("seed", range(8))
def test_every_task_begins_within_the_turns_of_its_account(seed: int) -> None:
    world = World(seed)
    for now in range(ROUNDS):
        world.arrivals(now)
        world.step(now)
    waits = [(t, (ROUNDS if t.first is None else t.first) - t.born) for t in world.tasks]
    assert [t.id for t, waited in waits if waited > world.bound(t)] == []
    alone = [waited for t, waited in waits if t.account and not t.ahead]
    assert max(alone) <= 3 * LONGEST, "the flood of one account is its own affair"


@pytest.mark.parametrize("seed", range(4))
def test_all_work_is_done_once_nothing_more_comes(seed: int) -> None:
    world = World(seed)
    for now in range(60):
        world.arrivals(now)
        world.step(now)
    left = sum(t.ready + t.active for t in world.tasks)
    rounds = (left + sum(slots for _, slots in NODES)) * LONGEST
    for now in range(60, 60 + rounds):
        world.step(now)
        if not any(t.ready + t.active for t in world.tasks):
            return
    raise AssertionError([t for t in world.tasks if t.ready + t.active])
