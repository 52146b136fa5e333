"""What a runner is told: merged constants, the inputs of this moment, presigned URLs and nothing else."""

import asyncio
from typing import Any

import msgspec
import pytest

from stokehold.api.trust import Trust
from stokehold.api.work import describe, plan
from stokehold.domain.errors import Faults, Invalid, StorageFull
from stokehold.domain.protocol import Destination, Lease, Produced, Refused, Upload, Work
from stokehold.domain.storage import ObjectInfo
from stokehold.domain.task import (
    AdvancedBucket,
    Filtering,
    ForcedConstant,
    KeyValue,
    Prefix,
    Privileges,
    Spec,
    Transformation,
)
from stokehold.store import secrets
from stokehold.store.database import Database
from stokehold.store.leases import Given
from stokehold.store.vault import Vault
from tests.api.shelf import Shelf
from tests.store.kitchen import Kitchen

ACCOUNT = 7
VAULT = Vault(b"k" * 32)
TRUST = Trust(VAULT, "http://api", "http://storage")


def told(shelf: Shelf, profile: str = "docker-batch", **fields: Any) -> Work:
    """The work of a task with these fields."""
    return leased(shelf, profile, **fields)[0]


def leased(
    shelf: Shelf, profile: str = "docker-batch", *, hidden: dict[str, str] | None = None, **fields: Any
) -> tuple[Work, Lease]:
    """The work of a task with these fields, and the lease of an instance of it; `hidden` are its secrets."""
    spec = Spec(**{"name": "n", "profile": profile, "instance_count": 3, **fields})
    text, lease = msgspec.json.encode(spec).decode(), Lease("1.x", "uuid", 0, 1)
    sealed = secrets.seal(VAULT, "uuid", hidden or {})
    given = Given(1, "uuid", ACCOUNT, profile, text, 3, [lease], sealed, "a@b.org")
    return asyncio.run(describe(shelf, given, TRUST)), lease


@pytest.fixture
def shelf() -> Shelf:
    made = Shelf()
    for bucket, keys in {"in": ["a/b.txt", "a/c.txt", "d.txt"], "more": ["d.txt"]}.items():
        objects = {key: ObjectInfo(key, 5, f"{bucket}-{key}") for key in keys}
        made.buckets[ACCOUNT, bucket] = objects
    return made


def paths(work: Work) -> list[str]:
    return [item.path for item in work.inputs]


def test_the_tasks_constants_cover_those_of_the_profile(shelf: Shelf) -> None:
    work = told(shelf, constants=[KeyValue("DOCKER_TAG", "12"), KeyValue("MINE", "${INSTANCE_ID}")])
    assert work.constants["DOCKER_REPO"] == "library/ubuntu"
    assert work.constants["DOCKER_TAG"] == "12"
    assert work.constants["MINE"] == "${INSTANCE_ID}"


def test_secrets_are_opened_for_the_runner_alone(shelf: Shelf) -> None:
    shown = [KeyValue("QARNOT_SECRET_P", "[SECRET]"), KeyValue("A", "${QARNOT_SECRET_P}")]
    work = told(shelf, constants=shown, hidden={"QARNOT_SECRET_P": "hunter2"})
    assert (work.constants["QARNOT_SECRET_P"], work.constants["A"]) == ("hunter2", "${QARNOT_SECRET_P}")


def test_secrets_that_do_not_open_fail_their_task_alone(shelf: Shelf) -> None:
    text = '{"name":"n","constants":[{"key":"QARNOT_SECRET_P","value":"[SECRET]"}]}'
    sealed = secrets.seal(VAULT, "another task", {"QARNOT_SECRET_P": "hunter2"})
    given = Given(1, "uuid", ACCOUNT, "docker-batch", text, 3, [], sealed)
    work = asyncio.run(describe(shelf, given, TRUST))
    assert work.failure is not None
    assert (work.failure.code, work.constants) == (Faults.RUNNER_FAULT.code, {})


def test_what_is_forced_covers_the_task_and_may_stay_out_of_the_environment(shelf: Shelf) -> None:
    forced = [ForcedConstant("A", "forced", False), ForcedConstant("B", None, True)]
    work = told(shelf, constants=[KeyValue("A", "own"), KeyValue("B", "own")], forced_constants=forced)
    assert (work.constants["A"], work.constants["B"], work.unexported) == ("forced", "own", ["A"])


def test_only_a_privileged_task_is_given_credentials(shelf: Shelf) -> None:
    assert leased(shelf)[1].exports == {}
    assert leased(shelf, privileges=Privileges())[1].exports == {}
    _, lease = leased(shelf, privileges=Privileges(True))
    assert lease.exports["QARNOT_CLUSTER_URL"] == "http://api"
    assert lease.exports["AWS_ACCESS_KEY_ID"] == "pass.1.a@b.org"


def test_a_task_with_aws_credentials_of_its_own_keeps_them(shelf: Shelf) -> None:
    constants = [KeyValue("AWS_PROFILE", "mine")]
    _, lease = leased(shelf, privileges=Privileges(True), constants=constants)
    assert [name for name in lease.exports if name.startswith("AWS")] == []
    assert lease.exports["QARNOT_CLIENT_TOKEN"]


@pytest.mark.parametrize(("profile", "network"), [("docker-batch", False), ("docker-network", True)])
def test_the_profile_says_whether_there_is_a_network(shelf: Shelf, profile: str, network: bool) -> None:
    assert told(shelf, profile).network is network


def test_results_are_wanted_when_there_is_a_bucket_for_them(shelf: Shelf) -> None:
    assert not told(shelf).results
    work = told(shelf, result_bucket="out", results_whitelist="a", results_blacklist="b")
    assert (work.results, work.results_whitelist, work.results_blacklist) == (True, "a", "b")


def test_inputs_are_those_that_are_in_the_buckets_now(shelf: Shelf) -> None:
    assert paths(told(shelf, resource_buckets=["in"])) == ["a/b.txt", "a/c.txt", "d.txt"]
    del shelf.buckets[ACCOUNT, "in"]["d.txt"]
    assert paths(told(shelf, resource_buckets=["in"])) == ["a/b.txt", "a/c.txt"]


def test_a_later_bucket_comes_later_so_that_it_covers_the_earlier_one(shelf: Shelf) -> None:
    work = told(shelf, resource_buckets=["in", "more"])
    assert [item.etag for item in work.inputs if item.path == "d.txt"] == ["in-d.txt", "more-d.txt"]


@pytest.mark.parametrize(
    ("prefix", "strip", "expected"),
    [
        ("a/", None, ["a/b.txt", "a/c.txt"]),
        ("a/", "a/", ["b.txt", "c.txt"]),
        (None, "a/", ["b.txt", "c.txt", "d.txt"]),
        ("none", None, []),
    ],
)
def test_a_prefix_chooses_inputs_and_another_is_stripped(
    shelf: Shelf, prefix: str | None, strip: str | None, expected: list[str]
) -> None:
    bucket = AdvancedBucket(
        "in",
        Filtering(Prefix(prefix)) if prefix else None,
        Transformation(Prefix(strip)) if strip else None,
    )
    assert paths(told(shelf, advanced_resource_buckets=[bucket])) == expected


def test_an_input_is_a_presigned_url_and_its_content(shelf: Shelf) -> None:
    [item] = told(shelf, resource_buckets=["more"]).inputs
    assert (item.bucket, item.key, item.etag, item.size) == (f"{ACCOUNT}/more", "d.txt", "more-d.txt", 5)
    assert item.url == shelf.presign_get(ACCOUNT, "more", "d.txt", 24 * 3600)


def test_a_bucket_that_is_gone_fails_the_work_and_names_the_bucket(shelf: Shelf) -> None:
    work = told(shelf, resource_buckets=["in", "gone"])
    assert work.failure is not None
    assert work.failure.code == Faults.BUCKET_GONE.code
    assert "'gone'" in work.failure.message


def test_a_task_that_cannot_be_told_fails_alone(shelf: Shelf) -> None:
    given = Given(1, "uuid", ACCOUNT, "a profile of long ago", '{"name": "n"}', 3, [])
    work = asyncio.run(describe(shelf, given, TRUST))
    assert work.task == "uuid"
    assert work.failure is not None
    assert work.failure.code == Faults.RUNNER_FAULT.code


class Shut(Shelf):
    """A storage that takes no uploads."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def plan_upload(
        self,
        account_id: int,
        bucket: str,
        key: str,
        path: str,
        size: int,
        expires_s: int,
        *,
        writer: str = "",
    ) -> Destination:
        raise self.error


def produced(database: Database, shelf: Shelf, **fields: Any) -> list[Any]:
    """What is answered to a current attempt and to a stale one that want to store a file each."""
    kitchen = Kitchen(database)
    kitchen.task(**{"result_bucket": "out", **fields})
    [lease] = kitchen.lease(1)
    reports = [Produced(lease.token, [("a.txt", 3)]), Produced("99.stale", [("a.txt", 3)])]
    answers = asyncio.run(plan(database, shelf, reports))
    assert [answer.token for answer in answers] == [report.token for report in reports]
    if isinstance(answers[0], Upload):
        assert [b for _, b in shelf.buckets] == ["out"]
    return list(answers)


def test_results_go_under_the_prefix_in_a_bucket_that_is_made_again(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    upload, refused = produced(database, Shelf(), results_bucket_prefix="run-1/")
    assert [(d.path, d.key) for d in upload.destinations] == [("a.txt", "run-1/a.txt")]
    assert isinstance(refused, Refused)
    database.close()


def test_results_that_cannot_be_stored_are_refused_with_the_reason(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    refused, _ = produced(database, Shut(Invalid("bucket", "it has no name")))
    assert isinstance(refused, Refused)
    assert "it has no name" in refused.reason
    database.close()


def test_a_full_storage_is_asked_again(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with pytest.raises(StorageFull):
        produced(database, Shut(StorageFull()))
    database.close()
