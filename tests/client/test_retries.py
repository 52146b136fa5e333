from stokehold.client.retries import Pace, delays


def test_each_attempt_waits_longer_than_the_one_before() -> None:
    waits = list(delays())
    assert waits == sorted(waits)
    assert sum(waits) < 10


def test_looks_come_rarely_while_nothing_happens_and_often_when_something_does() -> None:
    pace = Pace(0.1, 1.0)
    idle = [pace.next(changed=False) for _ in range(20)]
    assert idle == sorted(idle)
    assert idle[-1] == 1.0
    assert pace.next(changed=True) == 0.1
