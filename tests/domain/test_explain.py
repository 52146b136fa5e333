from typing import Any

import pytest

from stokehold.domain import hardware
from stokehold.domain.explain import COUNTED, Node, Situation, explain
from stokehold.domain.lane import Lane, Rank
from stokehold.domain.protocol import Inventory
from stokehold.domain.states import TaskState
from stokehold.domain.task import Discriminator, HardwareConstraint

FLEX = Lane(Rank.FLEX)
NODE = Inventory("n", cores=8, memory_mb=32768, slots=2)
LAB = Inventory("lab", cores=8, memory_mb=32768, reservation="lab")
BUSY = Node(NODE, 2)


def needing(*kinds: Discriminator, **fields: Any) -> Lane:
    return Lane(Rank.FLEX, "", hardware.stored([HardwareConstraint(kind, **fields) for kind in kinds]))


CORES = needing(Discriminator.MINIMUM_CORES, core_count=64)


@pytest.mark.parametrize(
    ("sentence", "seen"),
    [
        ("It has ended: Success.", {"state": TaskState.SUCCESS}),
        ("It is being deleted: what still runs of it is being ended.", {"state": TaskState.PENDING_DELETE}),
        (
            "It is being cancelled: 1 instance still running is being ended.",
            {"state": TaskState.PENDING_CANCEL, "active": 1},
        ),
        ("It waits until 1 task that it depends on has ended.", {"waits_for": 1}),
        ("It waits until 2 tasks that it depends on have ended.", {"waits_for": 2}),
        ("It runs: 3 instances are executing, and none waits.", {"ready": 0, "active": 3, "running": 3}),
        ("It is about to run: 1 instance is being prepared by nodes.", {"ready": 0, "active": 1}),
        (
            "2 instances of it are at work; 4 wait: maxRunningInstances allows 2 at a time.",
            {"ready": 4, "active": 2, "running": 2, "most_running": 2, "nodes": [BUSY]},
        ),
        (
            "It waits: the account's quota of Flex instances is reached.",
            {"quota_reached": True, "nodes": [BUSY]},
        ),
        ("It waits: no node is there.", {}),
        ("It waits: it is about to be given to a node that has room.", {"nodes": [Node(NODE, 1), BUSY]}),
        ("It waits: all 2 slots of 1 node that may run it are busy.", {"nodes": [BUSY]}),
        (
            "It waits: all 4 slots of 2 nodes that may run it are busy, and 1 task comes before it.",
            {"nodes": [BUSY, BUSY], "before": 1},
        ),
        (
            "It waits: all 2 slots of 1 node that may run it are busy, and 1000 or more tasks come before it.",
            {"nodes": [BUSY], "before": COUNTED},
        ),
        (
            "It waits: no node that is there meets the hardware constraint MinimumCore 64 cores.",
            {"lane": CORES, "nodes": [Node(NODE)]},
        ),
        (
            "It waits: no node that is there meets all its hardware constraints at once.",
            {
                "lane": needing(Discriminator.GPU, Discriminator.SSD),
                "nodes": [
                    Node(Inventory("g", cores=1, memory_mb=1, gpus=1)),
                    Node(Inventory("s", cores=1, memory_mb=1, ssd=True)),
                ],
            },
        ),
        (
            "It waits: no machine of the reservation 'lab' is there.",
            {"lane": Lane(Rank.RESERVED, "lab"), "nodes": [Node(NODE)]},
        ),
        (
            "It waits: no machine that is reserved is there.",
            {"lane": Lane(Rank.RESERVED), "nodes": [Node(NODE)]},
        ),
        (
            "It waits: every node that is there is reserved.",
            {"lane": Lane(Rank.ON_DEMAND), "nodes": [Node(LAB)]},
        ),
        (
            "1 instance of it is at work; 1 waits: the only slot of 1 node that may run it is busy.",
            {"active": 1, "nodes": [Node(Inventory("n", cores=1, memory_mb=1, slots=1), 1)]},
        ),
    ],
)
def test_the_sentence_says_why(sentence: str, seen: dict[str, Any]) -> None:
    known: dict[str, Any] = {
        "state": TaskState.SUBMITTED,
        "lane": FLEX,
        "ready": 1,
        "active": 0,
        "running": 0,
        "ended": 0,
    }
    assert explain(Situation(**(known | seen))) == sentence
