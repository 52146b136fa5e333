import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from stokehold.api.openapi import describe
from stokehold.api.operations import OPERATIONS


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/openapi.json").json()
    return answer


def test_every_operation_is_described(document: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == {(route.method, route.path.replace("...", "")) for route in OPERATIONS}


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    names = set(re.findall(r"#/components/schemas/([^\"']+)", str(document)))
    assert names
    assert names <= set(schemas)


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [op["operationId"] for methods in document["paths"].values() for op in methods.values()]
    assert len(names) == len(set(names))


def test_parameters_of_paths_are_described(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for operation in methods.values():
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"\{(\w+)\}", path)), path


def test_a_submission_is_one_task_or_several(document: dict[str, Any]) -> None:
    schema = document["paths"]["/tasks"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    spec = {"$ref": "#/components/schemas/Spec"}
    assert schema == {"oneOf": [spec, {"type": "array", "items": spec}]}
    assert document["components"]["schemas"]["Spec"]["required"] == ["name"]


def test_what_became_of_several_submissions_is_described(document: dict[str, Any]) -> None:
    answers = document["paths"]["/tasks"]["post"]["responses"]
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Item"}}
    one_or_several = answers["200"]["content"]["application/json"]["schema"]["anyOf"]
    assert {"$ref": "#/components/schemas/Created"} in one_or_several
    assert items in one_or_several
    assert answers["207"]["content"]["application/json"]["schema"] == items


def test_what_is_open_needs_no_token(document: dict[str, Any]) -> None:
    assert document["security"] == [{"token": []}]
    assert document["paths"]["/settings"]["get"]["security"] == []
    assert "security" not in document["paths"]["/tasks"]["get"]


def test_what_is_not_built_is_marked() -> None:
    paths = describe(OPERATIONS)["paths"]
    assert paths["/pools"]["get"]["x-built"] is False
    assert list(paths["/pools"]["get"]["responses"]) == ["501", "default"]
    assert "x-built" not in paths["/tasks"]["get"]


@pytest.mark.parametrize("path", ["/docs", "/v1/docs/"])
def test_the_page_to_read_loads_nothing_from_elsewhere(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.headers["content-type"].startswith("text/html")
    assert re.findall(r"(?:src|href)=[\"']?https?:|@import|url\(", response.text) == []
