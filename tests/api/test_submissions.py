"""POST /tasks: what is accepted, what is refused, and that a refusal names its field."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import Limits, Services
from stokehold.api.submissions import accepted
from stokehold.domain.task import Spec
from stokehold.store.database import Database
from stokehold.store.schema import tasks
from tests.api.conftest import BOTH, TOKEN
from tests.api.samples import SUBMISSIONS
from tests.api.shelf import Shelf

Submit = Callable[..., str]

LEAST = {"name": "n", "profile": "docker-batch", "instanceCount": 1}


@BOTH
@pytest.mark.parametrize("name", SUBMISSIONS)
def test_what_published_clients_send_is_accepted(client: TestClient, shelf: Shelf, name: str) -> None:
    shelf.buckets[1, "in-b"] = {}
    response = client.post("/tasks", json=SUBMISSIONS[name])
    assert response.status_code == 200, response.text
    uuid = response.json()["uuid"]
    assert response.headers["location"] == f"/tasks/{uuid}"
    assert client.get(f"/tasks/{uuid}").json()["resultBucket"] == "out-b"


def test_the_dotnet_count_of_zero_gives_way_to_its_ranges(client: TestClient, shelf: Shelf) -> None:
    shelf.buckets[1, "in-b"] = {}
    uuid = client.post("/tasks", json=SUBMISSIONS[".NET"]).json()["uuid"]
    task = client.get(f"/tasks/{uuid}").json()
    assert (task["instanceCount"], task["totalInstanceCount"], task["advancedRanges"]) == (0, 3, "1-3")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "text/json", "application/x-www-form-urlencoded", ""]
)
def test_the_media_type_of_a_body_does_not_matter(client: TestClient, content_type: str) -> None:
    response = client.post("/tasks", content=json.dumps(LEAST), headers={"content-type": content_type})
    assert response.status_code == 200


def test_a_chunked_body_is_accepted(client: TestClient) -> None:
    data = json.dumps(LEAST).encode()
    assert client.post("/tasks", content=iter([data[:9], data[9:]])).status_code == 200


def test_a_shortname_defaults_to_the_uuid(client: TestClient, submit: Submit) -> None:
    uuid = submit()
    assert client.get(f"/tasks/{uuid}").json()["shortname"] == uuid


def test_a_shortname_in_use_is_refused_until_its_task_is_deleted(client: TestClient, submit: Submit) -> None:
    submit(shortname="mine")
    response = client.post("/tasks", json=LEAST | {"shortname": "mine"})
    assert response.status_code == 400
    assert response.json()["message"].startswith("shortname: ")
    client.delete("/tasks/mine")
    submit(shortname="mine")


def test_another_account_may_use_the_same_shortname(client: TestClient, submit: Submit) -> None:
    submit(shortname="mine")
    other = client.post("/tasks", json=LEAST | {"shortname": "mine"}, headers={"authorization": "0ther"})
    assert other.status_code == 200


def test_a_missing_input_bucket_is_named(client: TestClient, shelf: Shelf) -> None:
    response = client.post("/tasks", json=LEAST | {"resourceBuckets": ["absent"], "resultBucket": "out"})
    assert (response.status_code, response.json()) == (404, {"message": "No such bucket: absent"})
    assert shelf.buckets == {}


def test_the_result_bucket_is_made(shelf: Shelf, submit: Submit) -> None:
    submit(resultBucket="out")
    assert (1, "out") in shelf.buckets


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("body", None),
        ("body", "x"),
        ("name", {"profile": "docker-batch", "instanceCount": 1}),
        ("name", LEAST | {"name": 5}),
        ("name", LEAST | {"name": ""}),
        ("profile", {"name": "n", "instanceCount": 1}),
        ("profile", LEAST | {"profile": "blender"}),
        ("instanceCount", {"name": "n", "profile": "docker-batch"}),
        ("instanceCount", LEAST | {"advancedRanges": "1-2"}),
        ("instanceCount", LEAST | {"InstanceCount": "many"}),
        ("advancedRanges", {"name": "n", "profile": "docker-batch", "advancedRanges": "2-1"}),
        ("constants[0].value", LEAST | {"constants": [{"key": "A", "value": None}]}),
        ("constants[0].key", LEAST | {"Constants": [{"Value": "A"}]}),
        ("constants[1].key", LEAST | {"constants": [{"key": "A", "value": 1}, {"key": "/", "value": 1}]}),
        ("tags[0]", LEAST | {"tags": [None]}),
        ("labels.a", LEAST | {"labels": {"a": []}}),
        ("schedulingType", LEAST | {"schedulingType": "soon"}),
        (
            "hardwareConstraints[0].discriminator",
            LEAST | {"hardwareConstraints": [{"discriminator": "Fast"}]},
        ),
        ("targetedReservationName", LEAST | {"targetedReservationName": "r"}),
        ("constraints", LEAST | {"constraints": [{"key": "a", "value": "b"}]}),
        ("maxRunningInstances", LEAST | {"maxRunningInstances": -1}),
        ("completionTimeToLive", LEAST | {"completionTimeToLive": "1 day"}),
        ("maxRetriesPerInstance", LEAST | {"maxRetriesPerInstance": -1}),
        ("resultsWhitelist", LEAST | {"resultsWhitelist": "(?<=a)b"}),
        ("name", LEAST | {"name": "a\0b"}),
    ],
)
def test_a_refusal_names_its_field(client: TestClient, field: str, fields: Any) -> None:
    response = client.post("/tasks", json=fields)
    assert response.status_code == 400
    assert response.json()["message"].startswith(f"{field}: ")


def test_malformed_json_says_where_it_breaks(client: TestClient) -> None:
    response = client.post("/tasks", content=b'{"name": "n",}')
    assert (response.status_code, response.json()["message"]) == (
        400, "body: the JSON is malformed: trailing comma in object (byte 13)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("secretsAccessRights", {"bySecret": [{"key": "a"}]}),
        ("forcedNetworkRules", [{"inbound": True, "proto": "tcp"}]),
    ],
)
def test_what_is_not_built_is_refused_and_never_passed_over(
    client: TestClient, field: str, value: Any
) -> None:
    response = client.post("/tasks", json=LEAST | {field: value})
    assert response.status_code == 501
    assert response.json()["message"].startswith(field)


def test_several_tasks_are_answered_in_their_order(client: TestClient) -> None:
    bodies = [LEAST, LEAST | {"name": ""}, 5, LEAST | {"resourceBuckets": ["absent"]}, LEAST]
    response = client.post("/tasks", json=bodies)
    assert response.status_code == 207
    assert [item["statusCode"] for item in response.json()] == [200, 400, 400, 404, 200]
    assert [item["uuid"] is None for item in response.json()] == [False, True, True, True, False]
    assert response.json()[1]["message"].startswith("name: ")
    assert len(client.get("/tasks").json()) == 2


def test_several_good_tasks_answer_200_and_keep_their_order(client: TestClient) -> None:
    response = client.post("/tasks", json=[LEAST | {"name": str(i)} for i in range(20)])
    assert response.status_code == 200
    assert [task["name"] for task in client.get("/tasks").json()] == [str(i) for i in reversed(range(20))]


def test_no_task_at_all_answers_an_empty_list(client: TestClient) -> None:
    response = client.post("/tasks", json=[])
    assert (response.status_code, response.json()) == (200, [])


def test_two_tasks_of_one_call_cannot_share_a_shortname(client: TestClient) -> None:
    response = client.post("/tasks", json=[LEAST | {"shortname": "s"}] * 2)
    assert [item["statusCode"] for item in response.json()] == [200, 400]


def test_an_idempotency_key_replays_the_first_answer(client: TestClient) -> None:
    key = {"idempotency-key": "k1"}
    first = client.post("/tasks", json=LEAST, headers=key)
    assert client.post("/tasks", json=LEAST, headers=key).json() == first.json()
    assert len(client.get("/tasks").json()) == 1
    assert client.post("/tasks", json=LEAST | {"name": "m"}, headers=key).status_code == 409


@BOTH
def test_a_submission_that_is_said_again_is_the_same_after_its_task_was_changed(client: TestClient) -> None:
    key = {"idempotency-key": "k1"}
    first = client.post("/tasks", json=LEAST, headers=key).json()
    client.put(f"/tasks/{first['uuid']}", json={"tags": ["t"], "constants": [{"key": "A", "value": "1"}]})
    assert client.post("/tasks", json=LEAST, headers=key).json() == first


def test_a_list_that_is_said_again_answers_as_before_and_makes_what_was_refused(
    client: TestClient, shelf: Shelf
) -> None:
    key = {"idempotency-key": "k1"}
    bodies = [LEAST, LEAST | {"resourceBuckets": ["in"]}, LEAST]
    first = client.post("/tasks", json=bodies, headers=key).json()
    assert [item["statusCode"] for item in first] == [200, 404, 200]
    shelf.buckets[1, "in"] = {}
    again = client.post("/tasks", json=bodies, headers=key).json()
    assert [item["statusCode"] for item in again] == [200, 200, 200]
    assert (again[0], again[2]) == (first[0], first[2])
    other = client.post("/tasks", json=[LEAST | {"name": "m"}, *bodies[1:]], headers=key).json()
    assert [item["statusCode"] for item in other] == [409, 200, 200]
    assert len(client.get("/tasks").json()) == 3


def test_another_account_may_use_the_same_key(client: TestClient) -> None:
    first = client.post("/tasks", json=LEAST, headers={"idempotency-key": "k"}).json()
    headers = {"idempotency-key": "k", "authorization": "0ther"}
    assert client.post("/tasks", json=LEAST, headers=headers).json() != first


def test_the_limit_of_tasks_is_told_in_the_words_that_clients_know(services: Services, shelf: Shelf) -> None:
    limited = dataclasses.replace(services, limits=Limits(tasks=2))
    with TestClient(build(limited), headers={"authorization": TOKEN}) as client:
        key = {"idempotency-key": "k"}
        assert client.post("/tasks", json=LEAST, headers=key).status_code == 200
        uuid = client.post("/tasks", json=LEAST | {"autoDeleteOnCompletion": True}).json()["uuid"]
        refused = client.post("/tasks", json=LEAST)
        assert refused.status_code == 403
        assert "maximum number of tasks reached" in refused.json()["message"].lower()
        assert client.post(f"/tasks/{uuid}/clone").status_code == 403
        assert client.post("/tasks", json=LEAST, headers=key).status_code == 200
        client.post(f"/tasks/{uuid}/abort")
        items = client.post("/tasks", json=[LEAST, LEAST]).json()
        assert [item["statusCode"] for item in items] == [200, 403]
        assert client.get(f"/tasks/{uuid}").json()["state"] == "PendingDelete"
        assert client.get("/info").json()["maxTask"] == 2


@pytest.mark.parametrize("path", ["/tasks/force", "/v1/Tasks/Force"])
def test_the_other_name_of_submitting_does_the_same(client: TestClient, path: str) -> None:
    uuid = client.post(path, json=LEAST).json()["uuid"]
    assert client.get(f"/tasks/{uuid}").json()["state"] == "Submitted"


def test_time_limits_are_kept_and_shown(client: TestClient, submit: Submit, database: Database) -> None:
    uuid = submit(maxTimeQueueSeconds=60, completionTimeToLive="1.06:30:00", uploadResultsOnCancellation=True)
    task = client.get(f"/tasks/{uuid}").json()
    assert (task["maxTimeQueueSeconds"], task["completionTimeToLive"]) == (60, "1.06:30:00")
    assert task["uploadResultsOnCancellation"] is True
    row = database.read_now(lambda conn: conn.execute(tasks.select()).one())
    assert row.queue_by == row.created_at + 60_000_000
    assert row.completion_ttl_us == 30.5 * 3600 * 1_000_000


def test_a_million_instances_are_one_row(client: TestClient, submit: Submit) -> None:
    task = client.get(f"/tasks/{submit(instanceCount=1_000_000)}").json()
    assert (task["instanceCount"], task["state"]) == (1_000_000, "Submitted")


def test_a_submission_is_kept_in_one_form() -> None:
    spec = accepted(LEAST | {"tags": ["a", "a"], "resultsBucket": "out", "maxRetriesPerInstance": 0})
    assert spec == Spec(
        name="n", profile="docker-batch", instance_count=1, tags=["a"], result_bucket="out"
    )  # fmt: skip


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["", "docker-batch", "0-3", "a", "\0", "Flex", "00:00:01", "("]) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2)
    | st.dictionaries(st.sampled_from(["key", "value", "bucketName", "discriminator", "prefix"]), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
BODIES = st.dictionaries(st.sampled_from(list(Spec.__struct_encode_fields__)), VALUES, max_size=5).map(
    lambda fields: LEAST | fields
)


@BOTH
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(BODIES | st.lists(BODIES, max_size=3) | VALUES)
def test_no_body_is_ever_the_servers_fault(client: TestClient, body: Any) -> None:
    response = client.post("/tasks", content=json.dumps(body))
    assert response.status_code < 500 or response.status_code == 501
    assert response.headers["content-type"] == "application/json"
