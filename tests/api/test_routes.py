import pytest
from starlette.responses import Response

from stokehold.api.call import Call
from stokehold.api.errors import WrongMethod
from stokehold.api.routes import Route, Router, split
from stokehold.domain.errors import NotFound


async def nothing(_call: Call) -> Response:
    return Response()


ROUTER = Router(
    Route(*line.split(), nothing, "")  # type: ignore[arg-type] # two words
    for line in (
        "GET /",
        "GET /tasks/{id}",
        "GET /tasks/summaries",
        "POST /tasks/search",
        "GET /tasks/{id}/stdout/{instanceId}",
        "PUT /data/{key...}",
        "GET /pools/{id}",
        "GET /carbon/v1/tasks/{id}/carbon-facts",
    )
)


def find(method: str, path: str) -> tuple[str, dict[str, str]]:
    target, params = ROUTER.find(method, path)
    return target.path, params


@pytest.mark.parametrize("path", ["", "/", "//", "/v1", "/V1/"])
def test_the_root_has_a_route(path: str) -> None:
    assert find("GET", path) == ("/", {})


def test_parameters_keep_their_case() -> None:
    assert find("GET", "/v1/Tasks/aBc/STDOUT/3") == (
        "/tasks/{id}/stdout/{instanceId}",
        {"id": "aBc", "instanceId": "3"},
    )


def test_a_static_word_wins_over_a_parameter() -> None:
    assert find("GET", "/tasks/Summaries") == ("/tasks/summaries", {})


def test_a_static_word_of_another_method_leaves_the_parameter() -> None:
    assert find("GET", "/tasks/search") == ("/tasks/{id}", {"id": "search"})


@pytest.mark.parametrize(("path", "key"), [("/data/a/B//c", "a/B/c"), ("/data/", ""), ("/data", "")])
def test_the_rest_of_a_path_may_be_one_parameter(path: str, key: str) -> None:
    assert find("PUT", path) == ("/data/{key...}", {"key": key})


def test_the_singular_that_one_client_writes_is_an_alias() -> None:
    assert find("GET", "/pool/1") == ("/pools/{id}", {"id": "1"})


def test_a_version_within_a_path_is_part_of_it() -> None:
    assert find("GET", "/carbon/v1/Tasks/1/carbon-facts")[1] == {"id": "1"}


def test_a_wrong_method_names_the_right_ones() -> None:
    with pytest.raises(WrongMethod) as caught:
        find("DELETE", "/tasks/1")
    assert caught.value.allowed == ["GET"]


@pytest.mark.parametrize("path", ["/task", "/tasks/1/2", "/tasks/1/stdout", "/tasks/\0"])
def test_an_unknown_path_is_not_found(path: str) -> None:
    with pytest.raises(NotFound):
        find("GET", path)


def test_a_path_is_split_at_its_slashes() -> None:
    assert split("//v1//a/b/") == ["a", "b"]
