from stokehold.domain.presence import SILENCE_US, Presence


def test_a_node_is_silent_after_the_limit_and_not_before() -> None:
    presence = Presence()
    presence.seen(1, 1000)
    assert presence.silent([1], 1000 + SILENCE_US) == []
    assert presence.silent([1], 1001 + SILENCE_US) == [1]


def test_the_last_sign_of_life_is_known() -> None:
    presence = Presence()
    presence.seen(1, 1000)
    presence.seen(1, 2000)
    assert (presence.heard(1), presence.heard(2)) == (2000, 0)


def test_a_sign_of_life_begins_the_time_anew() -> None:
    presence = Presence()
    presence.seen(1, 0)
    presence.seen(1, SILENCE_US)
    assert presence.silent([1], 2 * SILENCE_US) == []


def test_a_new_server_trusts_every_node_from_its_first_look() -> None:
    presence = Presence()
    assert presence.silent([1, 2], 10 * SILENCE_US) == []
    presence.seen(2, 11 * SILENCE_US)
    assert presence.silent([1, 2], 11 * SILENCE_US + 1) == [1]


def test_a_clock_that_goes_back_loses_no_node() -> None:
    presence = Presence()
    presence.seen(1, 100 * SILENCE_US)
    assert presence.silent([1], 0) == []


def test_a_forgotten_node_counts_from_now() -> None:
    presence = Presence()
    presence.seen(1, 0)
    presence.forget(1)
    presence.forget(1)
    assert presence.silent([1], 5 * SILENCE_US) == []
