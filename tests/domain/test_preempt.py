"""Who makes room: what was not begun, then the fewest programs, the youngest first."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.preempt import PATIENCE_US, Held, Room, Urgent, plan, spread


def running(attempt: int, since: int, *, flex: bool = True) -> Held:
    return Held(attempt, since, begun=True, flex=flex)


def leased(attempt: int, since: int = 0) -> Held:
    return Held(attempt, since, begun=False)


def wish(count: int, *nodes: int) -> Urgent:
    return Urgent(count, frozenset(nodes))


def test_nobody_goes_while_there_is_room() -> None:
    rooms = [Room(1, 2, [running(1, 5), running(2, 6)]), Room(2, 2, [running(3, 7)])]
    assert plan([wish(1, 1, 2)], rooms) == []


def test_the_youngest_goes_and_no_more_than_are_needed() -> None:
    rooms = [Room(1, 2, [running(1, 5), running(2, 9)]), Room(2, 2, [running(3, 7), running(4, 8)])]
    assert plan([wish(2, 1, 2)], rooms) == [2, 4]


def test_what_was_not_begun_goes_before_anything_that_runs() -> None:
    ahead = [running(1, 1), running(2, 2), leased(3), leased(4), leased(5)]
    assert plan([wish(1, 1, 2)], [Room(1, 2, ahead), Room(2, 1, [running(9, 99)])]) == [9], (
        "one program ends in any case: the youngest"
    )
    room = Room(1, 3, [running(1, 1), running(2, 2), leased(3), leased(4)])
    assert sorted(plan([wish(1, 1)], [room])) == [3, 4], "a slot is free as soon as nothing is leased ahead"


def test_what_is_urgent_itself_never_goes() -> None:
    rooms = [Room(1, 2, [running(1, 5, flex=False), running(2, 6, flex=False)])]
    assert plan([wish(1, 1)], rooms) == []


def test_only_nodes_that_may_run_it_make_room() -> None:
    rooms = [Room(1, 1, [running(1, 99)]), Room(2, 1, [running(2, 1)])]
    assert plan([wish(5, 2)], rooms) == [2]


def test_a_slot_is_promised_once() -> None:
    rooms = [Room(1, 2, [running(1, 1)])]
    assert plan([wish(1, 1), wish(1, 1)], rooms) == [1]


holds = st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=6).map(
    lambda held: list(enumerate(held))
)
nodes = st.lists(st.tuples(st.integers(1, 4), holds), min_size=1, max_size=4)


@given(nodes, st.integers(0, 10))
def test_no_program_is_ended_for_nothing(shapes: list[Any], count: int) -> None:
    """Each program that is ended gives a slot to urgent work; urgent attempts stay; nobody goes twice."""
    numbers = iter(range(1000))
    rooms = [
        Room(
            i, slots, [Held(next(numbers), since, n < slots, flex or n >= slots) for n, (since, flex) in held]
        )
        for i, (slots, held) in enumerate(shapes)
    ]
    before = {h.attempt_id: h for room in rooms for h in room.held}
    chosen = plan([wish(count, *range(len(rooms)))], rooms)
    assert len(set(chosen)) == len(chosen)
    assert all(before[one].flex for one in chosen)
    assert sum(before[one].begun for one in chosen) <= count
    given_slots = sum(room.taken for room in rooms)
    assert given_slots <= count
    assert all(len(room.held) + room.taken <= room.slots for room in rooms if room.taken)


def test_leases_in_hand_go_to_idle_nodes_once_they_have_waited() -> None:
    room = Room(1, 2, [running(1, 0), running(2, 0), leased(3), leased(4), leased(5, PATIENCE_US)])
    assert spread([room], idle=10, now=PATIENCE_US) == [4, 3]
    assert spread([room], idle=1, now=PATIENCE_US) == [4]
    assert spread([room], idle=5, now=PATIENCE_US - 1) == []
    assert spread([Room(1, 5, [leased(1), leased(2)])], idle=5, now=PATIENCE_US) == []
