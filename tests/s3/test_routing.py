"""What is not built is refused, never taken for something simpler."""

from typing import Any

import pytest

from stokehold.s3.routing import BUCKET, OBJECT, SUBRESOURCES
from tests.s3 import wire
from tests.s3.gateway import Gateway

METHODS = ("GET", "PUT", "POST", "DELETE", "HEAD")


@pytest.fixture(autouse=True)
def there(s3: Any) -> None:
    s3.put_object(Bucket="buck", Key="k", Body=b"hello")


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("name", [*sorted(SUBRESOURCES), "unheardof"])
def test_changing_an_absent_subresource_changes_nothing(
    gateway: Gateway, s3: Any, method: str, name: str
) -> None:
    if name == "uploadId":
        return
    for target in ("/buck", "/buck/k"):
        reply = wire.call(gateway, method, f"{target}?{name}")
        assert (reply.status, reply.code) == (501, "NotImplemented")
    assert s3.get_object(Bucket="buck", Key="k")["Body"].read() == b"hello"


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["attributes", "torrent", "restore", "select", "unheardof"])
def test_absent_subresources_of_objects_are_501(gateway: Gateway, method: str, name: str) -> None:
    assert wire.call(gateway, method, f"/buck/k?{name}").status == 501


@pytest.mark.parametrize("name", ["policy=1", "policyStatus", "inventory&id=1", "metrics&id=x", "unheardof="])
def test_a_value_does_not_hide_a_subresource(gateway: Gateway, name: str) -> None:
    assert wire.call(gateway, "DELETE", f"/buck?{name}").status == 501


def test_two_subresources_at_once_are_refused(gateway: Gateway) -> None:
    assert wire.call(gateway, "GET", "/buck?acl&versions").code == "InvalidArgument"


@pytest.mark.parametrize("query", ["x-id=GetObject", "x-custom", "versionId=null", "unheardof=1"])
def test_parameters_that_mean_nothing_are_ignored(gateway: Gateway, query: str) -> None:
    assert wire.call(gateway, "GET", f"/buck/k?{query}").body == b"hello"


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/"), ("POST", "/buck"), ("POST", "/buck/k"), ("PATCH", "/buck")]
)
def test_methods_that_are_nowhere_are_not_allowed(gateway: Gateway, method: str, target: str) -> None:
    assert wire.call(gateway, method, target).code == "MethodNotAllowed"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"x-amz-storage-class": "GLACIER"}, "InvalidStorageClass"),
        ({"x-amz-storage-class": "STANDARD"}, ""),
        ({"x-amz-acl": "public-read"}, "NotImplemented"),
        ({"x-amz-acl": "private"}, ""),
        ({"x-amz-grant-read": "id=1"}, "NotImplemented"),
        ({"x-amz-server-side-encryption": "AES256"}, "NotImplemented"),
        ({"x-amz-server-side-encryption-customer-key": "k"}, "NotImplemented"),
        ({"x-amz-object-lock-mode": "GOVERNANCE"}, "NotImplemented"),
        ({"x-amz-tagging": "a=b"}, "NotImplemented"),
        ({"x-amz-website-redirect-location": "/"}, "NotImplemented"),
        ({"x-amz-expected-bucket-owner": "12345"}, "AccessDenied"),
    ],
)
def test_headers_that_ask_for_what_is_not_built_are_refused(
    gateway: Gateway, headers: dict[str, str], code: str
) -> None:
    assert wire.call(gateway, "PUT", "/buck/other", headers, b"x").code == code


def test_a_bucket_in_the_host_name_is_served(gateway: Gateway) -> None:
    headers = {"host": "buck.s3.example.org:9190"}
    assert wire.call(gateway, "GET", "/k", headers).body == b"hello"
    assert b"<Name>buck</Name>" in wire.call(gateway, "GET", "/?list-type=2", headers).body


def test_every_operation_has_a_name_that_routing_can_reach() -> None:
    reachable = SUBRESOURCES | {"", "copy", "uploadId copy", "list-type"}
    assert {name for _, name in (*BUCKET, *OBJECT)} <= reachable
