"""Lists of tasks: by tag, by filter, page by page."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from stokehold.api.lists import ATTEMPTS_SHOWN, FIRST_PIECE, LARGEST_PAGE, PIECE
from stokehold.domain.errors import Failure, Faults
from stokehold.store.database import Database
from stokehold.store.schema import attempts
from tests.api.conftest import BOTH, Clock, Runner
from tests.store.statements import statements

pytestmark = BOTH

Submit = Callable[..., str]


def leaf(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


@pytest.fixture
def named(submit: Submit) -> list[str]:
    """Seven tasks, oldest first."""
    names = ["b", "a", "c", "a2", "B", "d", "e"]
    for name in names:
        submit(name=name, tags=[name[0], "all"])
    return names


@pytest.mark.parametrize("path", ["/tasks", "/tasks/summaries"])
def test_lists_hold_the_newest_first(client: TestClient, named: list[str], path: str) -> None:
    assert [task["name"] for task in client.get(path).json()] == named[::-1]


@pytest.mark.parametrize("path", ["/tasks", "/tasks/summaries"])
@pytest.mark.parametrize(
    ("query", "names"),
    [("tag=a", ["a2", "a"]), ("TAG=a%2Cd", ["d", "a2", "a"]), ("tag=all&tag=c", ["c"]), ("tag=nothing", [])],
)
def test_lists_can_be_cut_down_to_tags(
    client: TestClient, named: list[str], path: str, query: str, names: list[str]
) -> None:
    assert [task["name"] for task in client.get(f"{path}?{query}").json()] == names


def test_a_tag_that_cannot_be_one_is_refused(client: TestClient) -> None:
    assert client.get("/tasks?tag=%00").status_code == 400


@pytest.mark.parametrize("path", ["/tasks/paginate", "/tasks/summaries/paginate"])
@pytest.mark.parametrize("size", [1, 3, 7])
def test_pages_hold_everything_once(client: TestClient, named: list[str], path: str, size: int) -> None:
    found: list[str] = []
    token = None
    while True:
        page = client.post(path, json={"Token": token, "Filter": None, "MaximumResults": size}).json()
        assert page["count"] == len(page["data"]) <= size
        assert page["total"] == 7
        assert page.get("token") == token
        found += [task["name"] for task in page["data"]]
        if not page["isTruncated"]:
            break
        token = page["nextToken"]
        assert "\n" not in token
    assert "nextToken" not in page
    assert found == named[::-1]


@pytest.mark.parametrize(
    "body", [None, {}, {"filter": None, "token": None, "maximumResults": None}, {"token": ""}]
)
def test_a_page_needs_nothing_to_be_asked(client: TestClient, named: list[str], body: Any) -> None:
    sent = {} if body is None else {"json": body}
    assert client.post("/tasks/paginate", **sent).json()["count"] == 7


@pytest.mark.parametrize("size", [0, -5, 10**6])
def test_a_strange_page_size_is_brought_into_bounds(client: TestClient, named: list[str], size: int) -> None:
    page = client.post("/tasks/paginate", json={"maximumResults": size}).json()
    assert page["count"] == 7 <= LARGEST_PAGE


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ({"OrderBy": "name", "OrderType": "ASC"}, ["B", "a", "a2", "b", "c", "d", "e"]),
        ({"orderBy": "Name", "orderType": "desc"}, ["e", "d", "c", "b", "a2", "a", "B"]),
        ({"orderBy": "creationDate", "orderType": "asc"}, ["b", "a", "c", "a2", "B", "d", "e"]),
        ({"orderBy": "state"}, ["e", "d", "B", "a2", "c", "a", "b"]),
    ],
)
def test_pages_keep_the_order_that_was_asked(
    client: TestClient, named: list[str], order: dict[str, str], names: list[str]
) -> None:
    first = client.post("/tasks/summaries/paginate", json={"maximumResults": 4, **order}).json()
    rest = client.post("/tasks/summaries/paginate", json={"token": first["nextToken"]}).json()
    assert [task["name"] for task in first["data"] + rest["data"]] == names


def test_a_filter_cuts_pages_and_their_total(client: TestClient, named: list[str]) -> None:
    leaf = {"operator": "Equal", "field": "Tags", "value": "a"}
    page = client.post("/tasks/paginate", json={"filter": leaf, "maximumResults": 1}).json()
    assert (page["total"], page["isTruncated"], page["data"][0]["name"]) == (2, True, "a2")


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("token", {"token": "garbage!"}),
        ("token", {"token": "e30"}),
        ("token", {"token": "WyJuYW1lIix0cnVlLDEsMV0"}),
        ("orderBy", {"orderBy": "colour"}),
        ("orderType", {"orderType": "sideways"}),
        ("filter", {"filter": "x"}),
        ("filter.field", {"filter": {"operator": "Equal", "field": "Colour", "value": 1}}),
        ("maximumResults", {"maximumResults": "many"}),
    ],
)
def test_what_is_wrong_with_a_page_is_named(client: TestClient, field: str, body: Any) -> None:
    response = client.post("/tasks/paginate", json=body)
    assert response.status_code == 400
    assert response.json()["message"].startswith(f"{field}: ")


def test_a_token_belongs_to_its_order(client: TestClient, named: list[str]) -> None:
    page = client.post("/tasks/paginate", json={"maximumResults": 1, "orderBy": "name"}).json()
    response = client.post("/tasks/paginate", json={"token": page["nextToken"], "orderBy": "state"})
    assert response.json()["message"].startswith("token: ")


def test_a_search_answers_a_plain_list(client: TestClient, named: list[str]) -> None:
    body = {"filter": {"operator": "Like", "field": "Name", "value": "/^a/"}, "maximumResults": 1}
    assert [task["name"] for task in client.post("/tasks/search", json=body).json()] == ["a2"]


@pytest.mark.parametrize("select", [["Name", "tags"], {"Fields": ["name", "TAGS"]}])
def test_a_selection_keeps_what_clients_cannot_do_without(
    client: TestClient, named: list[str], select: Any
) -> None:
    tasks = client.post("/tasks/search", json={"select": select}).json()
    assert all(task.keys() == {"uuid", "creationDate", "name", "tags"} for task in tasks)
    assert len(tasks) == 7


def test_a_selection_may_name_what_no_task_here_has(client: TestClient, named: list[str]) -> None:
    tasks = client.post("/tasks/search", json={"select": ["PoolUuid", "TargetedReservationName"]}).json()
    assert all(task.keys() == {"uuid", "creationDate"} for task in tasks)


@pytest.fixture
def many(client: TestClient) -> int:
    """More tasks than a list is read in at a time."""
    size = FIRST_PIECE + PIECE + 20
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1, "tags": ["x"]}
    assert (
        client.post("/tasks", json=[body | {"name": str(number)} for number in range(size)]).status_code
        == 200
    )
    return size


@pytest.mark.parametrize("path", ["/tasks", "/tasks/summaries", "/tasks?tag=x"])
def test_a_long_list_is_whole_and_in_order(client: TestClient, many: int, path: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"] == "application/json"
    assert [task["name"] for task in response.json()] == [str(number) for number in reversed(range(many))]


@pytest.mark.parametrize("most", [1, FIRST_PIECE, FIRST_PIECE + 1, FIRST_PIECE + PIECE, 10**6])
def test_a_search_ends_where_it_is_told_to(client: TestClient, many: int, most: int) -> None:
    body = {"maximumResults": most, "select": ["name"], "filter": leaf("Name", "Like", "[0-9]$")}
    found = client.post("/tasks/search", json=body).json()
    assert [task["name"] for task in found] == [str(many - 1 - number) for number in range(min(most, many))]


@pytest.mark.parametrize("size", [FIRST_PIECE, FIRST_PIECE + PIECE])
def test_a_list_that_ends_with_a_piece_is_closed(client: TestClient, submit: Submit, size: int) -> None:
    body = {"name": "n", "profile": "docker-batch", "instanceCount": 1}
    client.post("/tasks", json=[body] * size)
    assert len(client.get("/tasks").json()) == size


def test_what_runs_and_what_ended_is_shown_in_lists_as_in_the_task(
    client: TestClient, submit: Submit, runner: Runner, clock: Clock
) -> None:
    uuids = [submit(instanceCount=size) for size in (1, 3, ATTEMPTS_SHOWN + 5, 1)]
    for lease in runner.lease(3 * ATTEMPTS_SHOWN)[1:]:
        runner.begin(lease.token)
    clock.now += 1_000_000
    with runner.database.engine.connect() as conn:
        tokens = (
            conn.execute(select(attempts.c.token).where(attempts.c.instance_id.in_([1, 2, 101])))
            .scalars()
            .all()
        )
    for number, token in enumerate(tokens):
        runner.end(
            token, failure=Failure.of(Faults.EXIT_CODE, code=1) if number % 2 else None, execution_us=5
        )
    for path, make in (("/tasks", client.get), ("/tasks/search", client.post)):
        listed = {task["uuid"]: task for task in make(path).json()}
        for uuid in uuids:
            alone = client.get(f"/tasks/{uuid}").json()
            small = alone["totalInstanceCount"] < ATTEMPTS_SHOWN
            assert {k for k in alone if small and listed[uuid].get(k) != alone[k]} == set()
            assert listed[uuid]["state"] == alone["state"]
    shown = client.get("/tasks/summaries").json()
    assert [task["runningCoreCount"] for task in shown] == [
        task["runningCoreCount"] for task in client.get("/tasks").json()
    ]


def test_a_page_costs_as_many_statements_as_a_task(
    client: TestClient, submit: Submit, runner: Runner, database: Database
) -> None:
    for _ in range(20):
        submit(instanceCount=2)
    runner.run(40)
    with statements(database) as sent:
        assert client.post("/tasks/paginate", json={"maximumResults": 10}).json()["total"] == 20
    assert len([sql for sql in sent if "FROM accounts" not in sql]) == 3, sent


def test_a_selection_names_fields_that_there_are(client: TestClient) -> None:
    response = client.post("/tasks/search", json={"select": ["colour"]})
    assert response.json()["message"].startswith("select: ")


def test_one_account_sees_nothing_of_another(client: TestClient, named: list[str]) -> None:
    other = {"authorization": "0ther"}
    assert client.get("/tasks", headers=other).json() == []
    assert client.post("/tasks/paginate", headers=other).json()["total"] == 0
    assert client.post("/tasks/search", headers=other).json() == []


def test_a_tag_may_itself_hold_a_comma(client: TestClient, submit: Submit) -> None:
    whole, either = submit(tags=["a,b"]), submit(tags=["b"])
    assert {task["uuid"] for task in client.get("/tasks?tag=a,b").json()} == {whole, either}


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"operator": "Equal", "value": "x"}, {"1", "3"}),
        ({"operator": "NotEqual", "value": "x"}, {"2", "4"}),
        ({"operator": "In", "values": ["x", "z"]}, {"1", "2", "3"}),
        ({"operator": "NotIn", "value": ["x", "z"]}, {"4"}),
        ({"operator": "Like", "value": "^y"}, {"3", "4"}),
    ],
)
def test_filters_ask_what_the_tags_of_a_task_hold(
    client: TestClient, submit: Submit, wanted: dict[str, Any], names: set[str]
) -> None:
    for name, tags in {"1": ["x"], "2": ["z"], "3": ["x", "yy"], "4": ["y"]}.items():
        submit(name=name, tags=tags)
    response = client.post("/tasks/search", json={"filter": {"field": "Tags", **wanted}})
    assert {task["name"] for task in response.json()} == names


def test_labels_are_filtered_by_their_keys(client: TestClient, submit: Submit) -> None:
    submit(name="a", labels={"campaign": "spring", "n": 1})
    submit(name="b", labels={"campaign": "autumn"})
    wanted = {"operator": "Equal", "field": "Labels.campaign", "value": "spring"}
    [task] = client.post("/tasks/search", json={"filter": wanted}).json()
    assert (task["name"], task["labels"]) == ("a", {"campaign": "spring", "n": "1"})
