"""Signatures agree with the documented examples and with botocore."""

import hashlib
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote_to_bytes, urlsplit

import pytest
from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from stokehold.s3 import sigv4
from stokehold.s3.errors import S3Error
from stokehold.s3.sigv4 import Scope, Signer

# The examples of AWS's documentation of signature version 4 for S3.
KEY, SECRET = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
MOMENT, SCOPE = "20130524T000000Z", Scope("20130524", "us-east-1")
HOST = "examplebucket.s3.amazonaws.com"
EMPTY = hashlib.sha256(b"").hexdigest()


def signature(method: str, path: bytes, query: Any, headers: dict[str, str], payload: str) -> str:
    canonical = sigv4.canonical_request(method, path, query, headers, sorted(headers), payload)
    return sigv4.sign(sigv4.signing_key(SECRET, SCOPE), MOMENT, SCOPE, canonical)


def test_the_documented_get_has_the_documented_signature() -> None:
    headers = {"host": HOST, "range": "bytes=0-9", "x-amz-content-sha256": EMPTY, "x-amz-date": MOMENT}
    found = signature("GET", b"/test.txt", (), headers, EMPTY)
    assert found == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def test_the_documented_put_has_the_documented_signature() -> None:
    payload = hashlib.sha256(b"Welcome to Amazon S3.").hexdigest()
    headers = {
        "date": "Fri, 24 May 2013 00:00:00 GMT",
        "host": HOST,
        "x-amz-content-sha256": payload,
        "x-amz-date": MOMENT,
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
    }
    found = signature("PUT", b"/test$file.text", (), headers, payload)
    assert found == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"


def test_a_flag_without_a_value_is_signed_as_an_empty_one() -> None:
    headers = {"host": HOST, "x-amz-content-sha256": EMPTY, "x-amz-date": MOMENT}
    found = signature("GET", b"/", [("lifecycle", "")], headers, EMPTY)
    assert found == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"


def test_the_documented_list_has_the_documented_signature() -> None:
    headers = {"host": HOST, "x-amz-content-sha256": EMPTY, "x-amz-date": MOMENT}
    found = signature("GET", b"/", [("prefix", "J"), ("max-keys", "2")], headers, EMPTY)
    assert found == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"


def test_the_documented_presigned_url_is_made() -> None:
    signer = Signer(f"https://{HOST}", KEY, SECRET)
    now = datetime(2013, 5, 24, tzinfo=UTC).timestamp()
    url = signer.presign("GET", b"/test.txt", (), now, 86400)
    assert url.endswith("X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404")


@pytest.mark.parametrize("expires_s", [-5, 0, 10**9])
def test_a_presigned_url_lives_between_a_second_and_a_week(expires_s: int) -> None:
    url = Signer("http://h", KEY, SECRET).presign("GET", b"/b/k", (), 0, expires_s)
    assert 1 <= int(dict(parse_qsl(urlsplit(url).query))["X-Amz-Expires"]) <= 604800


names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)


def _canonical(request: AWSRequest, signed: list[str], payload: str) -> str:
    url = urlsplit(request.url)
    headers = {name.lower(): value for name, value in request.headers.items()}
    headers["host"] = url.netloc
    query = parse_qsl(url.query, keep_blank_values=True)
    path = unquote_to_bytes(url.path)
    return sigv4.canonical_request(str(request.method), path, query, headers, signed, payload)


@given(key=names, query=st.dictionaries(names, names, max_size=4), meta=st.dictionaries(
    st.from_regex(r"[a-z][a-z0-9-]{0,10}", fullmatch=True), st.from_regex(r"[!-~][ -~]{0,20}", fullmatch=True),
    max_size=3,
))  # fmt: skip
def test_botocore_signs_the_same_canonical_request(
    key: str, query: dict[str, str], meta: dict[str, str]
) -> None:
    url = f"http://host:9000/buck{sigv4.canonical_path(b'/' + key.encode())}"
    url += "?" + sigv4.canonical_query(query.items()) if query else ""
    headers = {f"x-amz-meta-{name}": value for name, value in meta.items()}
    request = AWSRequest("PUT", url, headers=headers)
    auth = S3SigV4Auth(Credentials(KEY, SECRET), "s3", "us-east-1")
    auth.add_auth(request)
    claim = sigv4.authorization(request.headers["Authorization"])
    canonical = _canonical(request, list(claim.signed), request.headers["X-Amz-Content-SHA256"])
    key_bytes = sigv4.signing_key(SECRET, claim.scope)
    assert sigv4.sign(key_bytes, request.headers["X-Amz-Date"], claim.scope, canonical) == claim.signature


def test_botocore_presigns_the_same_url() -> None:
    request = AWSRequest("GET", "http://host:9000/buck/a%20b%2Bc?partNumber=1")
    S3SigV4QueryAuth(Credentials("me@example.org", SECRET), "s3", "us-east-1", expires=60).add_auth(request)
    query = dict(parse_qsl(urlsplit(request.url).query))
    now = datetime.strptime(query["X-Amz-Date"], sigv4.MOMENT).replace(tzinfo=UTC).timestamp()
    signer = Signer("http://host:9000", "me@example.org", SECRET)
    ours = signer.presign("GET", b"/buck/a b+c", [("partNumber", "1")], now, 60)
    assert dict(parse_qsl(urlsplit(ours).query)) == query


def test_an_access_key_may_hold_slashes() -> None:
    credential = "alice/ops+x=1@example.org/20240101/default/s3/aws4_request"
    assert sigv4.claim(credential, "host", "a" * 64).access_key == "alice/ops+x=1@example.org"


@pytest.mark.parametrize(
    "value",
    [
        "AWS4-HMAC-SHA256 nonsense",
        "AWS4-HMAC-SHA256 Credential=k/20240101/r/s3/aws4_request,SignedHeaders=host",
        f"AWS4-HMAC-SHA256 Credential=k/20240101/r/ec2/aws4_request,SignedHeaders=host,Signature={'a' * 64}",
        f"AWS4-HMAC-SHA256 Credential=k/20240101/r/s3/aws5_request,SignedHeaders=host,Signature={'a' * 64}",
        f"AWS4-HMAC-SHA256 Credential=k/2024-1-1/r/s3/aws4_request,SignedHeaders=host,Signature={'a' * 64}",
        f"AWS4-HMAC-SHA256 Credential=k/20240101/r/s3/aws4_request,SignedHeaders=x-amz-date,Signature={'a' * 64}",
        "AWS4-HMAC-SHA256 Credential=k/20240101/r/s3/aws4_request,SignedHeaders=host,Signature=short",
        f"AWS4-HMAC-SHA256 Credential=k,SignedHeaders=host,Signature={'a' * 64}",
    ],
)
def test_a_malformed_authorization_is_refused(value: str) -> None:
    with pytest.raises(S3Error) as failure:
        sigv4.authorization(value)
    assert failure.value.code == "AuthorizationHeaderMalformed"


@pytest.mark.parametrize("value", ["AWS AKIA:abc", "Bearer token", "Basic Zm9v"])
def test_another_mechanism_is_refused_by_name(value: str) -> None:
    with pytest.raises(S3Error, match="AWS4-HMAC-SHA256") as failure:
        sigv4.authorization(value)
    assert failure.value.code == "InvalidRequest"
