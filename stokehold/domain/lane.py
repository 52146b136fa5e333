"""Lanes: tasks that are equally urgent and ask the same of a machine wait in the same one."""

from enum import IntEnum
from functools import lru_cache

import msgspec
from msgspec import Struct

from stokehold.domain import hardware
from stokehold.domain.protocol import Inventory
from stokehold.domain.task import Scheduling


class Rank(IntEnum):
    """The classes, the most urgent first. The text of a lane begins with its rank, so that it sorts before others."""

    RESERVED = 0
    ON_DEMAND = 1
    FLEX = 2


_RANKS = {
    Scheduling.RESERVED: Rank.RESERVED,
    Scheduling.ON_DEMAND: Rank.ON_DEMAND,
    Scheduling.FLEX: Rank.FLEX,
}


class Lane(Struct, frozen=True, array_like=True):
    """How urgent a task is, which reserved machines it wants, and what else it asks of a machine."""

    rank: Rank
    reservation: str = ""  # the name of a reservation, or the key of a reserved machine
    needs: str = ""  # hardware constraints as JSON

    @property
    def text(self) -> str:
        """What tasks keep of it."""
        return _encode(self).decode()


_encode = msgspec.json.Encoder().encode
_decoder = msgspec.json.Decoder(Lane)


def lane(scheduling: str, reservation: str | None, needs: str) -> str:
    """The text of the lane of a task."""
    return Lane(_RANKS[Scheduling(scheduling)], reservation or "", needs).text


@lru_cache(maxsize=4096)
def parse(text: str) -> Lane:
    """The lane that a task keeps."""
    return _decoder.decode(text)


@lru_cache(maxsize=1024)
def read_inventory(text: str) -> Inventory:
    """The inventory that a node's row keeps. It is shared: nobody changes it."""
    return _inventory.decode(text)


_inventory = msgspec.json.Decoder(Inventory)


@lru_cache(maxsize=65_536)
def fits(text: str, inventory: str) -> bool:
    """Whether a node, by its inventory as JSON, may run the tasks of a lane."""
    return admits(read_inventory(inventory), parse(text))


def admits(node: Inventory, lane: Lane) -> bool:
    """Whether a node may run the tasks of a lane.

    Reserved tasks run on reserved machines alone. On these, nothing runs that could not be sent away for them.
    """
    if lane.rank is Rank.RESERVED:
        if not carries(node, lane.reservation):
            return False
    elif lane.rank is Rank.ON_DEMAND and node.reservation:
        return False
    return hardware.meets(node, hardware.read(lane.needs))


def carries(node: Inventory, reservation: str) -> bool:
    """Whether a node is a reserved machine of this name or specification key; without one, any reserved machine."""
    if not node.reservation:
        return False
    return reservation in {"", node.reservation, hardware.specification(node)}
