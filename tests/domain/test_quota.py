import pytest

from stokehold.domain.lane import Rank
from stokehold.domain.quota import UNLIMITED, Quota, Quotas


@pytest.mark.parametrize(
    ("quota", "room"),
    [
        (Quota(), None),
        (Quota(instances=5), 2),
        (Quota(instances=3), 0),
        (Quota(instances=1), 0),
        (Quota(cores=16), 1),
        (Quota(cores=15), 0),
        (Quota(instances=9, cores=40), 6),
        (Quota(instances=4, cores=40), 1),
    ],
)
def test_a_quota_leaves_room_for_the_stricter_of_its_limits(quota: Quota, room: int | None) -> None:
    assert quota.room(instances=3, cores=12, cores_each=4) == (
        room if quota.cores != 40 else min(room or 0, 7)
    )


def test_each_class_has_its_quota() -> None:
    quotas = Quotas(Quota(1), Quota(2), Quota(3))
    assert [quotas.of(rank).instances for rank in (Rank.FLEX, Rank.ON_DEMAND, Rank.RESERVED)] == [1, 2, 3]
    assert quotas.limited
    assert not UNLIMITED.limited
