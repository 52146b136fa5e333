"""Requests by hand: signed by botocore, sent byte by byte as given."""

import hashlib
import hmac
import http.client
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.s3.gateway import ALICE, SECRETS, Gateway

EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
TIMEOUT_S = 60


class Reply:
    """An answer, read whole."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.body = response.read()

    @property
    def code(self) -> str:
        """The error code of its document."""
        return self.body.decode().partition("<Code>")[2].partition("</Code>")[0]

    def __repr__(self) -> str:
        return f"{self.status} {self.headers} {self.body[:500]!r}"


class _Auth(S3SigV4Auth):
    """botocore's signature with a payload hash of our choice."""

    def __init__(self, access_key: str, secret: str, payload: str) -> None:
        super().__init__(Credentials(access_key, secret), "s3", "eu-anywhere-1")
        self._payload = payload

    def payload(self, request: Any) -> str:
        return self._payload


def sign(
    gateway: Gateway,
    method: str,
    target: str,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    *,
    access_key: str = ALICE,
    secret: str = "",
    payload: str = "",
) -> dict[str, str]:
    """The headers of a signed request; all of `headers` are signed."""
    request = AWSRequest(method, gateway.endpoint + target, headers=headers or {})
    payload = payload or hashlib.sha256(body).hexdigest()
    _Auth(access_key, secret or SECRETS.get(access_key, "none"), payload).add_auth(request)
    return {name: str(value) for name, value in request.headers.items()}


def send(gateway: Gateway, method: str, target: str, headers: dict[str, str], body: bytes = b"") -> Reply:
    """Send exactly this, with a Host and a Content-Length unless there is one or the body is chunked."""
    given = {name.lower() for name in headers}
    lines = [f"{method} {target} HTTP/1.1"]
    if "host" not in given:
        lines.append(f"Host: {gateway.endpoint.removeprefix('http://')}")
    if not given & {"content-length", "transfer-encoding"}:
        lines.append(f"Content-Length: {len(body)}")
    lines += (f"{name}: {value}" for name, value in headers.items())
    return send_raw(gateway, "\r\n".join([*lines, "", ""]).encode("latin-1") + body)


def send_raw(gateway: Gateway, data: bytes) -> Reply:
    with socket.create_connection(gateway.address, timeout=TIMEOUT_S) as sock:
        with suppress(ConnectionError):  # refused before all of it was sent: the answer is there all the same
            sock.sendall(data)
        response = http.client.HTTPResponse(sock, method=data.split(b" ", 1)[0].decode())
        response.begin()
        return Reply(response)


def send_expecting(gateway: Gateway, target: str, headers: dict[str, str], body: bytes) -> Reply:
    """PUT, the body only once the server asks for it; a refusal must come before that."""
    host = gateway.endpoint.removeprefix("http://")
    lines = [f"PUT {target} HTTP/1.1", f"Host: {host}", "Expect: 100-continue"]
    lines += (f"{name}: {value}" for name, value in headers.items())
    with socket.create_connection(gateway.address, timeout=TIMEOUT_S) as sock:
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        first = sock.recv(65536, socket.MSG_PEEK)
        if first.startswith(b"HTTP/1.1 100"):
            sock.recv(len(b"HTTP/1.1 100 Continue\r\n\r\n"))
            sock.sendall(body)
        response = http.client.HTTPResponse(sock, method="PUT")
        response.begin()
        return Reply(response)


def call(
    gateway: Gateway,
    method: str,
    target: str,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    **how: Any,
) -> Reply:
    """Sign and send."""
    return send(gateway, method, target, sign(gateway, method, target, headers, body, **how), body)


def target(bucket: str, key: str, query: str = "") -> str:
    return f"/{bucket}/{quote(key)}{'?' + query if query else ''}"


def code(error: Any) -> tuple[int, str]:
    """(status, code) of what a boto3 call raised."""
    response = (error.value if hasattr(error, "value") else error).response
    assert isinstance(response, dict)
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


def sealed_body(
    headers: dict[str, str], secret: str, chunks: list[bytes], trailer: tuple[str, str] | None = None
) -> bytes:
    """`aws-chunked` with chunk signatures that follow the one in `headers`; written from the documentation."""
    authorization = headers["Authorization"]
    scope = authorization.partition("Credential=")[2].partition(",")[0].split("/")[-4:]
    previous = authorization.partition("Signature=")[2]
    key = b"AWS4" + secret.encode()
    for part in scope:
        key = hmac.digest(key, part.encode(), "sha256")
    head = f"{headers['X-Amz-Date']}\n{'/'.join(scope)}"
    out = b""
    for chunk in [*chunks, b""]:
        digest = hashlib.sha256(chunk).hexdigest()
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{head}\n{previous}\n{EMPTY_SHA256}\n{digest}"
        previous = hmac.digest(key, text.encode(), "sha256").hex()
        out += f"{len(chunk):X};chunk-signature={previous}\r\n".encode() + chunk + (b"\r\n" if chunk else b"")
    if trailer:
        name, value = trailer
        digest = hashlib.sha256(f"{name}:{value}\n".encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256-TRAILER\n{head}\n{previous}\n{digest}"
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        out += f"{name}:{value}\r\nx-amz-trailer-signature:{signature}\r\n".encode()
    return out + b"\r\n"


__all__ = [
    "ClientError",
    "Reply",
    "call",
    "code",
    "sealed_body",
    "send",
    "send_expecting",
    "send_raw",
    "sign",
    "target",
]
