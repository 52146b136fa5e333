"""Signatures are compared with those of botocore, answers with what real storages say."""

from datetime import UTC, datetime

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from stokehold.client import signing
from stokehold.client.errors import NotFound, Refused

KEY = signing.Key("ann@example.org", "secret")
LIST = b"""<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
<NextContinuationToken>more</NextContinuationToken><Contents><Key>a b</Key>
<LastModified>2026-01-02T03:04:05.000Z</LastModified><ETag>"e"</ETag><Size>3</Size></Contents></ListBucketResult>"""


@pytest.mark.parametrize("path", ["/bucket/plain", "/bucket/a b#?+%/é~.txt"])
def test_a_signature_is_the_one_that_botocore_makes(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    query = [("list-type", "2"), ("prefix", "a b/ü")]
    ours = signing.sign(KEY, "GET", "http://h:9", path, query, at=at, headers={"x-amz-copy-source": "b/k"})
    theirs = AWSRequest("GET", ours.url, headers={"x-amz-copy-source": "b/k"})
    theirs.context["payload_signing_enabled"] = False
    theirs.context["client_config"] = None
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: at.replace(tzinfo=None))
    signer = S3SigV4Auth(Credentials(KEY.access, KEY.secret), "s3", "us-east-1")
    signer._should_sha256_sign_payload = lambda _request: False  # type: ignore[method-assign]
    signer.add_auth(theirs)
    assert ours.headers["authorization"] == theirs.headers["Authorization"]


def test_lists_are_read() -> None:
    page = signing.listing(LIST)
    assert page.next == "more"
    assert [(o.key, o.size, o.etag) for o in page.objects] == [("a b", 3, "e")]


def test_the_end_of_an_upload_names_its_parts_in_order() -> None:
    assert signing.completion(["a", "b"]).index(b'"a"') < signing.completion(["a", "b"]).index(b'"b"')


def test_a_refusal_says_what_the_storage_says() -> None:
    body = b"<Error><Code>NoSuchKey</Code><Message>Nothing there.</Message></Error>"
    error = signing.refusal(404, body, "GET /b/k")
    assert isinstance(error, NotFound)
    assert error.message == "Nothing there. (NoSuchKey, GET /b/k)"
    assert type(signing.refusal(400, b"", "HEAD /b")) is Refused
