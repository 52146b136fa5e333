from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.place import Waiting, place

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
