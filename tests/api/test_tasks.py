"""One task: reading, changing, ending it."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.services import Services
from stokehold.domain.moments import NEVER
from stokehold.domain.states import FINAL
from stokehold.store import secrets, timers
from stokehold.store.database import Database
from stokehold.store.schema import attempts, nodes, tasks
from tests.api.conftest import BOTH, Clock, Runner
from tests.api.samples import SUBMISSIONS
from tests.api.shelf import Shelf

pytestmark = BOTH

Submit = Callable[..., str]

NAMED = [
    ("GET", ""),
    ("PUT", ""),
    ("DELETE", ""),
    ("POST", "/abort"),
    ("GET", "/stdout"),
    ("POST", "/stderr/0"),
]


@pytest.mark.parametrize(("method", "rest"), NAMED)
def test_an_unknown_task_is_named(client: TestClient, method: str, rest: str) -> None:
    response = client.request(method, f"/tasks/abc{rest}")
    assert (response.status_code, response.json()) == (404, {"message": "No such task: abc"})


@pytest.mark.parametrize(("method", "rest"), NAMED)
def test_the_task_of_another_account_is_as_unknown(
    client: TestClient, submit: Submit, method: str, rest: str
) -> None:
    uuid = submit(shortname="mine")
    for key in (uuid, "mine"):
        response = client.request(method, f"/tasks/{key}{rest}", headers={"authorization": "0ther"})
        assert response.status_code == 404


@pytest.mark.parametrize(("method", "rest"), NAMED)
def test_a_shortname_does_wherever_a_uuid_does(
    client: TestClient, submit: Submit, method: str, rest: str
) -> None:
    submit(shortname="mine")
    assert client.request(method, f"/v1/tasks/mine{rest}").status_code == 200


@pytest.mark.parametrize(
    "sent", [{}, {"content": b"null"}, {"headers": {"content-type": "application/json"}}]
)
def test_an_abort_needs_no_body_of_any_kind(client: TestClient, submit: Submit, sent: dict[str, Any]) -> None:
    uuid = submit()
    response = client.post(f"/tasks/{uuid}/abort", **sent)
    assert (response.status_code, response.content) == (200, b"")
    assert client.get(f"/tasks/{uuid}").json()["state"] == "Cancelled"


def test_an_abort_is_seen_at_once_while_instances_run(
    client: TestClient, submit: Submit, runner: Runner
) -> None:
    uuid = submit(instanceCount=2)
    lease = runner.lease(1)[0]
    runner.begin(lease.token)
    client.post(f"/tasks/{uuid}/abort")
    for listed in (client.get(f"/tasks/{uuid}").json(), client.get("/tasks/summaries").json()[0]):
        assert listed["state"] == "PendingCancel"
    assert client.post(f"/tasks/{uuid}/abort").status_code == 200
    runner.end(lease.token, stopped=True)
    task = client.get(f"/tasks/{uuid}").json()
    assert (task["state"], task["errors"][0]["code"]) == ("Cancelled", "GHX0782I")
    assert task["errors"][0]["message"].startswith("The task was cancelled: ")


def test_a_finished_task_cannot_be_aborted(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid = submit()
    runner.run(1)
    response = client.post(f"/tasks/{uuid}/abort")
    assert response.status_code == 403
    assert "nvalid operation on non-running task" in response.json()["message"]


def test_a_deleted_task_is_gone_or_about_to_be(client: TestClient, submit: Submit, runner: Runner) -> None:
    uuid = submit(instanceCount=2)
    runner.begin(runner.lease(1)[0].token)
    for _ in range(2):
        assert client.delete(f"/tasks/{uuid}").status_code == 200
    assert client.get(f"/tasks/{uuid}").json()["state"] == "PendingDelete"
    assert client.get("/tasks/summaries").json()[0]["state"] == "PendingDelete"


def test_each_step_of_a_life_keeps_the_one_before_it(
    client: TestClient, submit: Submit, runner: Runner, clock: Clock
) -> None:
    uuid = submit(instanceCount=2)
    seen = []

    def look() -> None:
        task = client.get(f"/tasks/{uuid}").json()
        assert task["creationDate"] <= task["stateTransitionTime"] <= task["lastModified"]
        over = task["state"] in FINAL or (task["state"] == "PendingDelete" and seen[-1][0] in FINAL)
        assert (task["endDate"] != NEVER) == over
        seen.append((task["state"], task.get("previousState"), task["previousStateTransitionTime"]))
        clock.now += 1_000_000

    look()
    one, two = runner.lease(2)
    look()
    runner.begin(one.token)
    look()
    runner.begin(two.token)
    look()
    client.post(f"/tasks/{uuid}/abort")
    look()
    runner.end(one.token, stopped=True)
    look()
    runner.end(two.token, stopped=True)
    look()
    ended = client.get(f"/tasks/{uuid}").json()["endDate"]
    client.delete(f"/tasks/{uuid}")
    look()
    assert client.get(f"/tasks/{uuid}").json()["endDate"] == ended
    states = [state for state, _, _ in seen]
    assert states == [
        "Submitted", "FullyDispatched", "PartiallyExecuting", "FullyExecuting",
        "PendingCancel", "PendingCancel", "Cancelled", "PendingDelete",
    ]  # fmt: skip
    assert [before for _, before, _ in seen] == [
        None,
        *states[:4],
        "FullyExecuting",
        "PendingCancel",
        "Cancelled",
    ]
    assert [at == NEVER for _, _, at in seen] == [True] + [False] * 7


def test_a_task_that_waited_too_long_says_so(
    client: TestClient, submit: Submit, database: Database, clock: Clock
) -> None:
    uuid = submit(instanceCount=3, maxTimeQueueSeconds=60)
    clock.now += 60_000_000
    database.write_now(timers.carry_out, clock.now)
    task = client.get(f"/tasks/{uuid}").json()
    assert (task["state"], task["previousState"], task["status"]["failedOnlyRange"]) == (
        "Failure",
        "Submitted",
        "0-2",
    )
    assert [(e["code"], e["message"][:41]) for e in task["errors"]] == [
        ("STK2010", "No instance had begun after 60 s in the q")
    ]
    assert client.post(f"/tasks/{uuid}/abort").status_code == 403


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_clients_send_back_everything_they_know(client: TestClient, shelf: Shelf, name: str) -> None:
    shelf.buckets[1, "in-b"] = {}
    uuid = client.post("/tasks", json=SUBMISSIONS[name]).json()["uuid"]
    before = client.get(f"/tasks/{uuid}").json()
    response = client.put(
        f"/tasks/{uuid}", json={**SUBMISSIONS[name], "Name": "other", "Tags": ["new"], "tags": ["new"]}
    )
    assert response.status_code == 200, response.text
    after = client.get(f"/tasks/{uuid}").json()
    assert (after["tags"], after["name"], after["constants"]) == (["new"], "n", before["constants"])


def test_tags_and_constants_change_and_nothing_else(client: TestClient, submit: Submit) -> None:
    uuid = submit(tags=["old"], constants=[{"key": "A", "value": "1"}])
    body = client.get(f"/tasks/{uuid}").json() | {
        "name": "other", "Tags": ["new"], "constants": [{"key": "B", "value": 2}], "state": "Success",
    }  # fmt: skip
    del body["tags"]
    assert client.put(f"/tasks/{uuid}", json=body).status_code == 200
    task = client.get(f"/tasks/{uuid}").json()
    assert (task["name"], task["tags"], task["state"]) == ("n", ["new"], "Submitted")
    assert task["constants"] == [{"key": "B", "value": "2"}]
    assert [t["uuid"] for t in client.get("/tasks?tag=new").json()] == [uuid]


def test_what_a_change_does_not_name_stays(client: TestClient, submit: Submit) -> None:
    uuid = submit(tags=["t"], constants=[{"key": "A", "value": "1"}])
    for body in ({}, {"tags": None, "constants": None}):
        client.put(f"/tasks/{uuid}", json=body)
    task = client.get(f"/tasks/{uuid}").json()
    assert (task["tags"], task["constants"]) == (["t"], [{"key": "A", "value": "1"}])


def test_a_hidden_secret_that_is_sent_back_keeps_its_value(
    client: TestClient, submit: Submit, database: Database, services: Services
) -> None:
    uuid = submit(constants=[{"key": "QARNOT_SECRET__P", "value": "hunter2"}])
    shown = client.get(f"/tasks/{uuid}").json()["constants"]
    assert shown == [{"key": "QARNOT_SECRET__P", "value": "[SECRET]"}]
    client.put(f"/tasks/{uuid}", json={"constants": [*shown, {"key": "A", "value": "1"}]})
    assert "hunter2" not in database.read_now(lambda conn: conn.execute(tasks.select()).one().spec)
    assert database.read_now(secrets.read, services.vault, 1, uuid) == {"QARNOT_SECRET__P": "hunter2"}


@pytest.mark.parametrize(
    ("field", "body"),
    [("tags", {"tags": ["t"] * 11}), ("constants[0].key", {"constants": [{"key": "", "value": ""}]})],
)
def test_a_change_keeps_the_rules(
    client: TestClient, submit: Submit, field: str, body: dict[str, Any]
) -> None:
    response = client.put(f"/tasks/{submit()}", json=body)
    assert response.status_code == 400
    assert response.json()["message"].startswith(f"{field}: ")


def test_the_answer_about_a_large_task_lists_its_newest_instances(
    client: TestClient, submit: Submit, runner: Runner, database: Database
) -> None:
    uuid = submit(instanceCount=1_000_000)
    done = 3_000

    def carry_out(conn: Any) -> None:
        task_id, node_id = conn.execute(tasks.select()).one().id, conn.execute(nodes.select()).one().id
        rows = [
            {"task_id": task_id, "instance_id": i, "number": 1, "token": f"{i}.x", "node_id": node_id,
             "phase": "succeeded", "leased_at": 1, "phase_at": 2, "ended_at": 2}
            for i in range(done)
        ]  # fmt: skip
        conn.execute(attempts.insert(), rows)
        counters = {"ready": 1_000_000 - done, "succeeded": done, "succeeded_range": f"0-{done - 1}"}
        conn.execute(tasks.update().values(**counters, ready_range=f"{done}-999999"))

    database.write_now(carry_out)
    task = client.get(f"/tasks/{uuid}").json()
    assert [i["instanceId"] for i in task["completedInstances"]] == list(range(done - 1, done - 1001, -1))
    assert task["status"]["succeededRange"] == f"0-{done - 1}"


def test_a_task_that_waits_explains_itself(
    client: TestClient, submit: Callable[..., str], runner: Runner
) -> None:
    uuid = submit(instanceCount=3, maxRunningInstances=1)
    leased = runner.lease(3)
    assert len(leased) == 1
    task = client.get(f"/tasks/{uuid}").json()
    assert task["maxRunningInstances"] == 1
    told = "1 instance of it is at work; 2 wait: maxRunningInstances allows 1 at a time."
    assert task["explanation"] == told
    assert client.get(f"/tasks/{uuid}/explanation").json() == {"explanation": told}
    for _ in range(3):
        runner.end(leased[0].token)
        leased = runner.lease(1)
    assert "explanation" not in client.get(f"/tasks/{uuid}").json()
    assert client.get(f"/tasks/{uuid}/explanation").json() == {"explanation": "It has ended: Success."}
    assert client.get("/tasks/absent/explanation").status_code == 404
