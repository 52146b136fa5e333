import msgspec

from stokehold.domain import hardware
from stokehold.domain.lane import Lane, Rank, admits, carries, fits, lane, parse, read_inventory
from stokehold.domain.protocol import Inventory
from stokehold.domain.task import Discriminator, HardwareConstraint

FREE = Inventory("free", cores=8, memory_mb=32768)
LAB = Inventory("lab", cores=8, memory_mb=32768, reservation="lab", specification="8c-32g-x")
GPU = hardware.stored([HardwareConstraint(Discriminator.GPU)])


def test_what_a_task_keeps_is_its_lane() -> None:
    text = lane("onDemand", None, GPU)
    assert parse(text) == Lane(Rank.ON_DEMAND, "", GPU)
    assert parse(text).text == text
    assert parse('[2,"",""]') == parse(lane("flex", None, "")), "the default of the column"


def test_urgent_lanes_sort_before_others() -> None:
    lanes = [lane(kind, None, needs) for kind in ("reserved", "onDemand", "flex") for needs in ("", GPU)]
    assert [parse(text).rank for text in sorted(lanes)] == [0, 0, 1, 1, 2, 2]


def test_reserved_work_runs_on_machines_that_carry_its_reservation_alone() -> None:
    for target, runs in (("lab", True), ("8c-32g-x", True), ("", True), ("other", False)):
        assert admits(LAB, Lane(Rank.RESERVED, target)) is runs
        assert not admits(FREE, Lane(Rank.RESERVED, target))
    assert carries(LAB, "lab")


def test_what_cannot_be_sent_away_keeps_off_reserved_machines() -> None:
    assert not admits(LAB, Lane(Rank.ON_DEMAND))
    assert admits(LAB, Lane(Rank.FLEX))
    assert admits(FREE, Lane(Rank.ON_DEMAND))


def test_constraints_hold_in_every_class() -> None:
    for rank in Rank:
        assert not admits(LAB, Lane(rank, "", GPU))
    text = msgspec.json.encode(FREE).decode()
    assert read_inventory(text) == FREE
    assert (fits(lane("flex", None, GPU), text), fits(lane("flex", None, ""), text)) == (False, True)
