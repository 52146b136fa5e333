"""Secret and forced constants through the REST interface."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.drafts import digest
from stokehold.api.services import Services
from stokehold.domain.task import KeyValue, Spec
from stokehold.store import leases, secrets
from stokehold.store.database import Database
from stokehold.store.schema import accounts, metadata
from tests.api.conftest import BOTH, Runner

pytestmark = BOTH

Submit = Callable[..., str]
LEAST = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
P = {"key": "QARNOT_SECRET_P", "value": "hunter2"}
SHOWN = {"key": "QARNOT_SECRET_P", "value": "[SECRET]"}


def kept(services: Services, uuid: str) -> dict[str, str]:
    """The secrets of the first task."""
    return services.database.read_now(secrets.read, services.vault, 1, uuid)


def constants(client: TestClient, uuid: str) -> Any:
    return client.get(f"/tasks/{uuid}").json()["constants"]


def everything(database: Database) -> str:
    """Every row of every table."""
    return database.read_now(
        lambda conn: "".join(str(conn.execute(table.select()).all()) for table in metadata.sorted_tables)
    )


@pytest.fixture
def operator(services: Services) -> None:
    """The client's account is the one that runs the server."""
    services.database.write_now(
        lambda conn: conn.execute(accounts.update().where(accounts.c.id == 1).values(operator=True))
    )


@pytest.mark.parametrize("key", ["QARNOT_SECRET_P", "QARNOT_SECRET__P"])
def test_a_secret_is_in_no_answer_and_in_no_row(
    client: TestClient, submit: Submit, database: Database, services: Services, key: str
) -> None:
    uuid = submit(constants=[{"key": key, "value": "hunter2"}, {"key": "A", "value": f"${{{key}}}"}])
    assert kept(services, uuid) == {key: "hunter2"}
    assert "hunter2" not in everything(database)
    answers = [
        client.get(f"/tasks/{uuid}"), client.get("/tasks"), client.get("/tasks/summaries"),
        client.post("/tasks/paginate", json={}), client.post("/tasks/search", json={"select": ["constants"]}),
    ]  # fmt: skip
    assert "hunter2" not in "".join(answer.text for answer in answers)
    assert constants(client, uuid) == [
        {"key": key, "value": "[SECRET]"},
        {"key": "A", "value": f"${{{key}}}"},
    ]


@pytest.mark.parametrize("operator_", ["Equal", "Like"])
@pytest.mark.parametrize("field", ["Constants", "Constants.QARNOT_SECRET_P"])
def test_no_search_tells_a_secret_from_another(
    client: TestClient, submit: Submit, operator_: str, field: str
) -> None:
    submit(constants=[P])
    found = [
        client.post("/tasks/search", json={"filter": {"operator": operator_, "field": field, "value": value}})
        for value in ("hunter2", "wrong")
    ]
    assert found[0].status_code == found[1].status_code
    assert found[0].status_code == 400 or found[0].json() == found[1].json()


def test_another_value_replaces_and_a_missing_one_removes(
    client: TestClient, submit: Submit, services: Services, database: Database
) -> None:
    uuid = submit(constants=[P, {"key": "QARNOT_SECRET_Q", "value": "q"}])
    client.put(f"/tasks/{uuid}", json={"constants": [SHOWN, {"key": "QARNOT_SECRET_Q", "value": "new"}]})
    assert kept(services, uuid) == {"QARNOT_SECRET_P": "hunter2", "QARNOT_SECRET_Q": "new"}
    client.put(f"/tasks/{uuid}", json={"constants": [{"key": "A", "value": "1"}]})
    assert kept(services, uuid) == {}
    client.put(f"/tasks/{uuid}", json={"tags": ["t"]})
    assert constants(client, uuid) == [{"key": "A", "value": "1"}]
    assert "hunter2" not in everything(database)


def test_instances_that_begin_after_a_change_have_the_new_secret(
    client: TestClient, submit: Submit, services: Services, runner: Runner
) -> None:
    uuid = submit(constants=[P], instanceCount=2)
    seen = []
    for value in ("hunter2", "new"):
        client.put(f"/tasks/{uuid}", json={"constants": [{"key": "QARNOT_SECRET_P", "value": value}]})
        [given] = services.database.write_now(leases.claim, runner.node, 1, lambda: "s", runner.clock())
        seen.append(secrets.unseal(services.vault, uuid, given.sealed)["QARNOT_SECRET_P"])
    assert seen == ["hunter2", "new"]


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_mask_without_a_kept_value_is_refused(client: TestClient, submit: Submit, method: str) -> None:
    path = "/tasks" if method == "POST" else f"/tasks/{submit()}"
    response = client.request(method, path, json=LEAST | {"constants": [SHOWN]})
    assert response.status_code == 400
    assert response.json()["message"].startswith("constants[0].value: [SECRET]")


def test_one_bad_task_of_several_is_refused_alone(client: TestClient, services: Services) -> None:
    response = client.post("/tasks", json=[LEAST | {"constants": [SHOWN]}, LEAST | {"constants": [P]}])
    assert [item["statusCode"] for item in response.json()] == [400, 200]
    assert kept(services, response.json()[1]["uuid"]) == {"QARNOT_SECRET_P": "hunter2"}


def test_a_repeated_submission_is_the_same_only_with_the_same_secrets(client: TestClient) -> None:
    key = {"idempotency-key": "k"}
    first = client.post("/tasks", json=LEAST | {"constants": [P]}, headers=key)
    assert client.post("/tasks", json=LEAST | {"constants": [P]}, headers=key).json() == first.json()
    other = LEAST | {"constants": [P | {"value": "other"}]}
    assert client.post("/tasks", json=other, headers=key).status_code == 409


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_constant_that_refers_to_itself_is_refused_and_named(
    client: TestClient, submit: Submit, method: str
) -> None:
    circle = [{"key": "A", "value": "${QARNOT_SECRET_P}"}, {"key": "QARNOT_SECRET_P", "value": "hunter${A}"}]
    path = "/tasks" if method == "POST" else f"/tasks/{submit()}"
    response = client.request(method, path, json=LEAST | {"constants": circle})
    assert response.status_code == 400
    assert response.json()["message"].startswith("constants: ")
    assert "A → QARNOT_SECRET_P → A" in response.json()["message"]
    assert "hunter" not in response.text


def test_a_circle_through_a_kept_secret_is_refused(
    client: TestClient, submit: Submit, services: Services
) -> None:
    uuid = submit(constants=[{"key": "QARNOT_SECRET_P", "value": "x${A}"}, {"key": "A", "value": "1"}])
    circle = [SHOWN, {"key": "A", "value": "${QARNOT_SECRET_P}"}]
    assert client.put(f"/tasks/{uuid}", json={"constants": circle}).status_code == 400
    assert constants(client, uuid)[1]["value"] == "1"
    assert kept(services, uuid) == {"QARNOT_SECRET_P": "x${A}"}


def test_references_of_a_shell_are_left_to_it(client: TestClient, submit: Submit) -> None:
    command = {"key": "DOCKER_CMD", "value": "sh -c 'X=1; echo ${X} ${X:-2} $DOCKER_CMD'"}
    assert constants(client, submit(constants=[command])) == [command]


def test_only_the_account_that_runs_the_server_may_force_constants(client: TestClient) -> None:
    response = client.post("/tasks", json=LEAST | {"forcedConstants": [{"constantName": "A"}]})
    assert response.status_code == 403
    assert response.json()["message"].startswith("forcedConstants: ")
    assert client.post("/tasks", json=LEAST | {"forcedConstants": []}).status_code == 200


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(("access", "shown"), [("ReadOnly", "readOnly"), (0, "readOnly"), (1, "readWrite")])
def test_forced_constants_are_echoed(client: TestClient, submit: Submit, access: object, shown: str) -> None:
    forced = {"constantName": "A", "forcedValue": 26, "forceExportInEnvironment": False, "access": access}
    uuid = submit(forcedConstants=[forced, {"ConstantName": "B", "ForcedValue": None}])
    assert client.get(f"/tasks/{uuid}").json()["forcedConstants"] == [
        {"constantName": "A", "forcedValue": "26", "forceExportInEnvironment": False, "access": shown},
        {"constantName": "B"},
    ]


@pytest.mark.usefixtures("operator")
def test_a_forced_secret_is_one_and_survives_a_change(
    client: TestClient, submit: Submit, services: Services, database: Database
) -> None:
    uuid = submit(forcedConstants=[{"constantName": "QARNOT_SECRET_P", "forcedValue": "hunter2"}])
    client.put(f"/tasks/{uuid}", json={"constants": [{"key": "QARNOT_SECRET_P", "value": "own"}]})
    assert client.get(f"/tasks/{uuid}").json()["forcedConstants"][0]["forcedValue"] == "[SECRET]"
    assert kept(services, uuid) == {"forced/QARNOT_SECRET_P": "hunter2", "QARNOT_SECRET_P": "own"}
    assert "hunter2" not in everything(database)


@pytest.mark.usefixtures("operator")
def test_a_constant_that_is_forced_to_be_read_only_does_not_change(
    client: TestClient, submit: Submit
) -> None:
    own = [{"key": "A", "value": "1"}, {"key": "B", "value": "1"}]
    uuid = submit(constants=own, forcedConstants=[{"constantName": "A", "access": "readOnly"}])
    assert client.put(f"/tasks/{uuid}", json={"constants": own}).status_code == 200
    response = client.put(f"/tasks/{uuid}", json={"constants": [{"key": "A", "value": "2"}]})
    assert (response.status_code, response.json()["message"][:13]) == (400, "constants[0]:")


def test_privileges_are_echoed(client: TestClient, submit: Submit) -> None:
    asked = {"exportApiAndStorageCredentialsInEnvironment": True}
    assert client.get(f"/tasks/{submit(privileges=asked)}").json()["privileges"] == asked


@pytest.mark.parametrize("body", [{}, {"constants": [SHOWN, {"key": "A", "value": "1"}]}])
def test_a_derived_task_has_the_secrets_of_its_origin_sealed_anew(
    client: TestClient, submit: Submit, services: Services, database: Database, body: dict[str, Any]
) -> None:
    origin = submit(constants=[P])
    uuid = client.post(f"/tasks/{origin}/clone", json=body).json()["uuid"]
    assert constants(client, uuid)[0] == SHOWN
    assert database.read_now(secrets.read, services.vault, 2, uuid) == {"QARNOT_SECRET_P": "hunter2"}
    client.delete(f"/tasks/{origin}")
    assert database.read_now(secrets.read, services.vault, 2, uuid) == {"QARNOT_SECRET_P": "hunter2"}
    assert "hunter2" not in everything(database)


def test_a_derived_task_may_have_other_secrets_and_cannot_keep_what_there_is_not(
    client: TestClient, submit: Submit, services: Services
) -> None:
    origin = submit(constants=[P])
    other = [{"key": "QARNOT_SECRET_P", "value": "new"}]
    uuid = client.post(f"/tasks/{origin}/clone", json={"constants": other}).json()["uuid"]
    assert services.database.read_now(secrets.read, services.vault, 2, uuid) == {"QARNOT_SECRET_P": "new"}
    absent = [SHOWN | {"key": "QARNOT_SECRET_Q"}]
    response = client.post(f"/tasks/{origin}/clone", json={"constants": absent})
    assert (response.status_code, response.json()["message"][:19]) == (400, "constants[0].value:")


@pytest.mark.usefixtures("operator")
def test_a_derived_task_keeps_what_is_forced(client: TestClient, submit: Submit, services: Services) -> None:
    origin = submit(forcedConstants=[{"constantName": "QARNOT_SECRET_P", "forcedValue": "hunter2"}])
    uuid = client.post(f"/tasks/{origin}/clone", json={}).json()["uuid"]
    found = services.database.read_now(secrets.read, services.vault, 2, uuid)
    assert found == {"forced/QARNOT_SECRET_P": "hunter2"}


def test_what_is_kept_of_a_request_that_may_come_again_does_not_follow_from_its_secrets_alone(
    client: TestClient, database: Database
) -> None:
    """A digest that anybody can make would let who has the database guess short secrets."""
    spec = Spec(
        name="n", profile="docker-batch", instance_count=1, constants=[KeyValue("QARNOT_SECRET_P", "hunter2")]
    )
    client.post("/tasks", json=LEAST | {"constants": [P]}, headers={"idempotency-key": "k"})
    assert digest(spec) not in everything(database)
