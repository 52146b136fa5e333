"""The application as a whole: routing as clients write it, who is let in, and errors of one shape."""

from collections.abc import Callable, Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.domain.errors import Forbidden

Submit = Callable[..., str]


@pytest.mark.parametrize(
    "path",
    ["/tasks", "/v1/tasks", "/V1/Tasks", "//tasks", "/v1//tasks", "/tasks/", "/TASKS//", "/v1/tasks/?tag=a"],
)
def test_a_path_is_found_as_any_client_writes_it(client: TestClient, path: str) -> None:
    response = client.get(f"http://testserver{path}", follow_redirects=False)
    assert (response.status_code, response.json()) == (200, [])


@pytest.mark.parametrize("path", ["/tasks", "/info", "/v1", "/", "/pools", "/tasks/x/abort"])
@pytest.mark.parametrize("token", ["", "wrong", "Bearer t0ken"])
def test_without_a_known_token_nobody_is_let_in(client: TestClient, path: str, token: str) -> None:
    method = "POST" if path.endswith("abort") else "GET"
    response = client.request(method, path, headers={"authorization": token})
    assert response.status_code == 401
    assert "Authorization" in response.json()["message"]


@pytest.mark.parametrize(
    "path", ["/settings", "/v1/versions", "/health", "/metrics", "/openapi.json", "/docs"]
)
def test_what_is_open_to_all_answers_even_a_bad_token(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"authorization": "wrong"}).status_code == 200


def test_what_is_not_there_answers_404_in_json(client: TestClient) -> None:
    response = client.get("/nothing/here")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/json"
    assert response.json() == {"message": "There is nothing at /nothing/here."}


def test_a_wrong_method_answers_405_and_says_which_are_right(client: TestClient) -> None:
    response = client.put("/settings")
    assert response.status_code == 405
    assert response.headers["allow"] == "GET"
    assert "PUT" in response.json()["message"]


@pytest.mark.parametrize("path", ["/tasks/%00", "/profiles/%00", "/tasks/%00/stdout", "/tasks/%ff%fe"])
def test_a_name_that_cannot_be_one_answers_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_head_is_a_get_without_its_body(client: TestClient) -> None:
    assert client.head("/profiles").status_code == 200


def test_a_body_that_is_too_large_answers_413(services: Services) -> None:
    app = build(Services(services.database, services.storage, services.clock, largest_body=100))
    with TestClient(app, headers={"authorization": "t0ken"}) as client:
        response = client.post("/tasks", content=iter([b" " * 60] * 2))
        assert response.status_code == 413
        assert response.json()["message"].startswith("body: ")


def test_an_unexpected_error_says_nothing_of_its_cause(services: Services) -> None:
    def broken() -> int:
        raise RuntimeError("secret")

    with TestClient(build(Services(services.database, services.storage, broken))) as client:
        response = client.get("/info", headers={"authorization": "t0ken"})
    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["message"]


async def _hello(request: Request) -> Response:
    if request.path_params["name"] == "no":
        raise Forbidden("Not you.")
    return Response(b"hello " + (await request.body()))


@pytest.fixture
def mounted(services: Services) -> Iterator[TestClient]:
    app = build(services, [Route("/runner/v1/{name}", _hello, methods=["POST"])])
    assert not isinstance(app, Starlette)
    with TestClient(app) as client:
        yield client


def test_extra_routes_see_to_themselves(mounted: TestClient) -> None:
    assert mounted.post("/runner/v1/yes", content=b"you").text == "hello you"
    assert mounted.get("/runner/v1/yes").status_code == 405


def test_errors_of_extra_routes_are_rendered_like_all_others(mounted: TestClient) -> None:
    response = mounted.post("/runner/v1/no")
    assert (response.status_code, response.json()) == (403, {"message": "Not you."})


def test_each_answer_is_counted_under_its_pattern(services: Services) -> None:
    counted: list[tuple[str, int]] = []
    app = build(
        Services(
            services.database,
            services.storage,
            services.clock,
            answered=lambda route, status: counted.append((route, status)),
        )
    )
    with TestClient(app, headers={"authorization": "t0ken"}) as client:
        client.get("/tasks/unknown")
        client.get("/settings")
        client.get("/nothing")
    assert counted == [("/tasks/{id}", 404), ("/settings", 200), ("-", 404)]
