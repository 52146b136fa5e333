"""Lists of tasks: by tag, by filter, page by page."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.lists import LARGEST_PAGE
from tests.api.conftest import BOTH

pytestmark = BOTH

Submit = Callable[..., str]


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
