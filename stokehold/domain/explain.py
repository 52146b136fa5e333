"""Why a task is not running, in one sentence. A pure function of what was found out about it."""

from collections.abc import Sequence

from msgspec import Struct

from stokehold.domain import hardware
from stokehold.domain.lane import Lane, Rank, admits, carries
from stokehold.domain.protocol import Inventory
from stokehold.domain.states import FINAL, TaskState

COUNTED = 1000  # waiting tasks that are counted at most


class Node(Struct, frozen=True):
    """A machine that is here, and how many instances it holds."""

    inventory: Inventory
    held: int = 0

    @property
    def full(self) -> bool:
        return self.held >= self.inventory.slots


class Situation(Struct, frozen=True, kw_only=True):
    """All that the sentence depends on."""

    state: TaskState
    lane: Lane
    ready: int  # instances that wait
    active: int
    running: int
    ended: int
    waits_for: int = 0  # tasks that have to end first
    most_running: int | None = None
    quota_reached: bool = False
    before: int = 0  # tasks that come first, up to COUNTED
    nodes: Sequence[Node] = ()


def explain(seen: Situation) -> str:
    """The sentence."""
    if seen.state in FINAL:
        return f"It has ended: {seen.state}."
    if seen.state is TaskState.PENDING_DELETE:
        return "It is being deleted: what still runs of it is being ended."
    if seen.state is TaskState.PENDING_CANCEL:
        return (
            f"It is being cancelled: {_instances(seen.active)} still running {_is(seen.active)} being ended."
        )
    if seen.waits_for:
        return (
            f"It waits until {_many(seen.waits_for, 'task')} that it depends on {_has(seen.waits_for)} ended."
        )
    if not seen.ready:
        return _without_waiting(seen)
    reason = _reason(seen)
    if seen.active:
        others = f"{seen.ready} {_wait(seen.ready)}"
        return f"{_instances(seen.active)} of it {_is(seen.active)} at work; {others}: {reason}."
    return f"It waits: {reason}."


def _without_waiting(seen: Situation) -> str:
    if seen.running:
        return f"It runs: {_instances(seen.running)} {_is(seen.running)} executing, and none waits."
    return f"It is about to run: {_instances(seen.active)} {_is(seen.active)} being prepared by nodes."


def _reason(seen: Situation) -> str:
    if seen.most_running is not None and seen.active >= seen.most_running:
        return f"maxRunningInstances allows {seen.most_running} at a time"
    if seen.quota_reached:
        return f"the account's quota of {_CLASS[seen.lane.rank]} instances is reached"
    if not seen.nodes:
        return "no node is there"
    fitting = [node for node in seen.nodes if admits(node.inventory, seen.lane)]
    if not fitting:
        return _misfit(seen)
    free = sum(1 for node in fitting if not node.full)
    if free:
        return "it is about to be given to a node that has room"
    slots = sum(node.inventory.slots for node in fitting)
    count = f"{COUNTED} or more" if seen.before >= COUNTED else str(seen.before)
    turn = (
        f", and {count} {'task comes' if seen.before == 1 else 'tasks come'} before it" if seen.before else ""
    )
    where = "the only slot" if slots == 1 else f"all {slots} slots"
    return (
        f"{where} of {_many(len(fitting), 'node')} that may run it {'is' if slots == 1 else 'are'} busy{turn}"
    )


def _misfit(seen: Situation) -> str:
    """Why none of the nodes that are here may run it."""
    lane, here = seen.lane, seen.nodes
    if lane.rank is Rank.RESERVED and not any(carries(n.inventory, lane.reservation) for n in here):
        name = f"of the reservation {lane.reservation!r}" if lane.reservation else "that is reserved"
        return f"no machine {name} is there"
    if lane.rank is Rank.ON_DEMAND and all(n.inventory.reservation for n in here):
        return "every node that is there is reserved"
    needs = hardware.read(lane.needs)
    for need in needs:
        alike = [other for other in needs if other.discriminator is need.discriminator]
        if not any(hardware.meets(n.inventory, alike) for n in here):
            return f"no node that is there meets the hardware constraint {hardware.describe(need)}"
    return "no node that is there meets all its hardware constraints at once"


_CLASS = {Rank.FLEX: "Flex", Rank.ON_DEMAND: "OnDemand", Rank.RESERVED: "Reserved"}


def _instances(count: int) -> str:
    return _many(count, "instance")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"


def _wait(count: int) -> str:
    return "waits" if count == 1 else "wait"
