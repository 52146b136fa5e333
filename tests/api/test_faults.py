from starlette.testclient import TestClient

from stokehold.domain.errors import Kind, table


def test_every_error_is_told_with_its_kind_and_advice(client: TestClient) -> None:
    told = client.get("/errors").json()
    assert [one["code"] for one in told] == sorted(table())
    assert {one["kind"] for one in told} == set(Kind)
    assert all(one["message"] and one["advice"] for one in told)
    assert told[1] == {
        "code": "STK1001", "kind": "program", "message": "The command ended with exit code {code}.",
        "advice": "Read the instance's standard error for the reason.",
    }  # fmt: skip
    assert "{command}" in next(one["message"] for one in told if one["code"] == "STK1003")


def test_a_failure_ends_with_the_advice_of_its_code(client: TestClient) -> None:
    for one in client.get("/errors").json():
        assert table()[one["code"]].message.endswith(one["advice"])
