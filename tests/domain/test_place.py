from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.place import Head, Turns, Waiting, leading, place

queues = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=8).map(
    lambda pairs: [Waiting(i, ready, active) for i, (ready, active) in enumerate(pairs)]
)
slots = st.integers(0, 60)


@given(queues, slots)
def test_no_slot_is_left_free_while_something_waits(waiting: list[Waiting], free: int) -> None:
    assert sum(place(waiting, free).values()) == min(free, sum(w.ready for w in waiting))


@given(queues, slots)
def test_no_task_gets_more_than_waits(waiting: list[Waiting], free: int) -> None:
    given_out = place(waiting, free)
    ready = {w.task_id: w.ready for w in waiting}
    assert all(0 < count <= ready[task_id] for task_id, count in given_out.items())


@given(queues, slots)
def test_a_task_that_still_waits_is_never_behind_one_that_was_given_more(
    waiting: list[Waiting], free: int
) -> None:
    given_out = place(waiting, free)
    for poor in waiting:
        if given_out.get(poor.task_id, 0) == poor.ready:
            continue
        hand = poor.active + given_out.get(poor.task_id, 0)
        for rich in waiting:
            if share := given_out.get(rich.task_id, 0):
                assert rich.active + share - 1 <= hand


@given(queues, slots)
def test_the_order_in_which_tasks_are_listed_does_not_matter(waiting: list[Waiting], free: int) -> None:
    assert place(waiting, free) == place(waiting[::-1], free)


@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 4))
def test_nobody_starves(sizes: list[int], free: int) -> None:
    """With slots that never come back, everyone has had one once as many slots were free as there are tasks."""
    ready, active = dict(enumerate(sizes)), dict.fromkeys(range(len(sizes)), 0)
    for _ in range(-(-len(sizes) // free)):
        for task_id, count in place([Waiting(i, ready[i], active[i]) for i in ready], free).items():
            ready[task_id] -= count
            active[task_id] += count
    assert all(active.values())


def test_the_oldest_comes_first_among_equals() -> None:
    assert place([Waiting(7, 5, 0), Waiting(3, 5, 0)], 1) == {3: 1}


def test_a_small_task_is_served_beside_a_large_one() -> None:
    assert place([Waiting(1, 1_000_000, 500), Waiting(2, 3, 0)], 4) == {1: 1, 2: 3}


def test_a_task_alone_gets_everything_at_once() -> None:
    assert place([Waiting(1, 1_000_000, 0)], 999_999) == {1: 999_999}


def test_an_account_with_nothing_in_a_lane_comes_there_as_one_with_nothing() -> None:
    rare = Waiting(9, 1, 0, account_id=1, lane="gpu")
    assert place([rare, Waiting(5, 5, 0, account_id=2)], 1, {(1, ""): 7, (2, ""): 1}) == {9: 1}
    heads = [Head("gpu", 1, 0, 9), Head("", 2, 0, 5)]
    assert leading(heads, {(1, ""): 7, (2, ""): 1}, 1) == heads[:1]


def test_among_tasks_with_as_much_in_hand_the_account_with_the_least_comes_first() -> None:
    poor, rich = Waiting(9, 5, 0, account_id=2), Waiting(1, 5, 0, account_id=1)
    assert place([rich, poor], 1, {(1, ""): 7}) == {9: 1}
    assert place([rich, poor], 4, {(1, ""): 2}) == {9: 2, 1: 2}
    many = [Waiting(n, 1, 0, account_id=1) for n in range(8)]
    assert place([*many, poor], 4) == {0: 1, 9: 1, 1: 1, 2: 1}, "a task comes before an account"


def test_on_a_single_slot_accounts_take_turns() -> None:
    turns, ready, order = Turns(), {1: 1000, 2: 3}, []
    for _ in range(6):  # each instance has ended before the next claim
        waiting = [Waiting(task, left, 0, account_id=task) for task, left in ready.items() if left]
        (task,) = place(waiting, 1, turns=turns)
        ready[task] -= 1
        order.append(task)
    assert order == [1, 2, 1, 2, 1, 2]


def test_a_task_gets_no_more_than_its_owner_allows() -> None:
    assert place([Waiting(1, 50, 3, room=2)], 10) == {1: 2}
    assert place([Waiting(1, 50, 3, room=0), Waiting(2, 50, 3, room=-1)], 10) == {}


def test_an_account_gets_no_more_than_its_quota_leaves() -> None:
    mine = [Waiting(n, 5, 0, account_id=1) for n in range(3)]
    other = Waiting(9, 4, 0, account_id=2)
    assert sum(place([*mine, other], 10, {}, {1: 4}).values()) == 8
    assert place([*mine, other], 10, {}, {1: 0}) == {9: 4}
    assert place(mine, 10, {}, {1: 0}) == {}


def test_the_heads_that_lead_are_those_of_the_order() -> None:
    heads = [Head("l", 1, 0, 1), Head("l", 2, 0, 2), Head("l", 3, 1, 3)]
    assert leading(heads, {(1, "l"): 5}, 2) == [heads[1], heads[0]]
