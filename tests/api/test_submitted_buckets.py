"""The buckets of lists of submissions: looked up once, refused each for itself."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.domain.errors import Invalid
from tests.api.shelf import Shelf

LEAST = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


class CountingShelf(Shelf):
    """Remembers what it was asked, and refuses one name."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []

    async def missing_buckets(self, account_id: int, buckets: list[str]) -> list[str]:
        self.asked.append(sorted(buckets))
        return await super().missing_buckets(account_id, buckets)

    async def ensure_bucket(self, account_id: int, bucket: str) -> None:
        self.asked.append(bucket)
        if bucket == "bad":
            raise Invalid("bucket", "is no name for one")
        await super().ensure_bucket(account_id, bucket)


@pytest.fixture
def shelf() -> Shelf:
    return CountingShelf()


def statuses(client: TestClient, bodies: list[dict[str, Any]]) -> list[int]:
    return [item["statusCode"] for item in client.post("/tasks", json=bodies).json()]


def test_each_distinct_bucket_is_asked_for_once(client: TestClient, shelf: CountingShelf) -> None:
    shelf.buckets[1, "in"] = {}
    body = LEAST | {"resourceBuckets": ["in"], "resultBucket": "out"}
    assert statuses(client, [body] * 50) == [200] * 50
    assert shelf.asked == [["in", "out"], "out"]


def test_a_bucket_that_is_there_is_not_made_again(client: TestClient, shelf: CountingShelf) -> None:
    shelf.buckets[1, "out"] = {}
    assert statuses(client, [LEAST | {"resultBucket": "out"}]) == [200]
    assert shelf.asked == [["out"]]


def test_a_task_without_buckets_asks_for_none(client: TestClient, shelf: CountingShelf) -> None:
    assert statuses(client, [LEAST]) == [200]
    assert shelf.asked == []


def test_a_missing_bucket_refuses_those_that_read_it(client: TestClient, shelf: CountingShelf) -> None:
    shelf.buckets[1, "in"] = {}
    absent = LEAST | {"resourceBuckets": ["in", "absent"], "resultBucket": "never"}
    assert statuses(client, [LEAST | {"resourceBuckets": ["in"]}, absent, LEAST]) == [200, 404, 200]
    assert (1, "never") not in shelf.buckets


def test_a_bucket_that_cannot_be_made_refuses_those_that_want_it(
    client: TestClient, shelf: CountingShelf
) -> None:
    bodies = [LEAST | {"resultBucket": name} for name in ("good", "bad", "good", "bad")]
    assert statuses(client, bodies) == [200, 400, 200, 400]


def test_thousands_of_names_are_asked_for_in_parts(client: TestClient, shelf: CountingShelf) -> None:
    bodies = [LEAST | {"resultBucket": f"out-{number}"} for number in range(1500)]
    assert set(statuses(client, bodies)) == {200}
    assert [len(one) for one in shelf.asked if isinstance(one, list)] == [1000, 500]
