import pytest
from starlette.testclient import TestClient

from stokehold.api.unbuilt import CAPABILITIES, FIELDS, PAGE, refuse, routes
from stokehold.domain.errors import NotBuilt
from stokehold.domain.task import Spec
from tests.api.samples import DOTNET, PYTHON


def test_what_is_not_built_says_so_and_where_to_read_more(client: TestClient) -> None:
    response = client.get("/v1/Pools/")
    assert response.status_code == 501
    assert response.json() == {"message": f"GET /pools: not built in this version (Pools); see {PAGE}."}


def test_what_is_not_built_is_hidden_from_strangers(client: TestClient) -> None:
    assert client.get("/pools", headers={"authorization": "wrong"}).status_code == 401


def test_a_secret_may_have_slashes_in_its_name(client: TestClient) -> None:
    assert client.put("/secrets-manager/data/a/b/c", json={"Value": "x"}).status_code == 501


def test_every_operation_belongs_to_one_capability() -> None:
    assert len(routes()) == sum(len(capability.operations) for capability in CAPABILITIES)


def test_a_field_of_what_is_not_built_is_named() -> None:
    with pytest.raises(NotBuilt, match=r"^poolUuid: .*Pools"):
        refuse(Spec(name="n", pool_uuid="p"))


def test_every_refused_field_is_one_of_a_submission() -> None:
    known = set(Spec.__struct_encode_fields__)
    assert {name.partition(".")[0] for name in FIELDS} <= known
    assert known >= set(PYTHON)
    assert {name.lower() for name in known} & {name.lower() for name in DOTNET}


def test_a_plain_submission_is_not_refused() -> None:
    refuse(Spec(name="n", completion_time_to_live="00:00:00", upload_results_on_cancellation=False))
