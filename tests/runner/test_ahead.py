"""Leasing ahead: short work is held in store, long work is not hoarded."""

from stokehold.runner.ahead import MOST, Ahead


def test_an_unknown_length_of_work_asks_for_the_slots_alone() -> None:
    assert Ahead(4).want(0) == 4
    assert Ahead(4).want(4) == 0


def test_short_work_is_held_for_half_a_second() -> None:
    ahead = Ahead(2)
    ahead.learn(0.01)
    assert ahead.target == 2 + 100
    assert ahead.want(100) == 0
    assert ahead.want(20) == 82


def test_no_work_is_so_short_that_a_runner_takes_it_all() -> None:
    ahead = Ahead(64)
    ahead.learn(0.0)
    assert ahead.target == 64 + MOST


def test_one_long_instance_ends_the_hoarding() -> None:
    ahead = Ahead(2)
    for _ in range(100):
        ahead.learn(0.001)
    ahead.learn(30.0)
    assert ahead.target == 2
