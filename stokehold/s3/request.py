"""A parsed request. Bucket, key and signature are derived from the same bytes: the path as it was sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_to_bytes

from msgspec import Struct

from stokehold.s3.errors import S3Error

MAX_HEADERS = 100
MAX_HEADER_BYTES = 16 * 1024
MAX_KEY_BYTES = 1024

_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_BAD_VALUE = re.compile(r"[^\t\x20-\x7e]")
_ONCE = frozenset({
    "authorization", "content-length", "content-md5", "content-type", "date", "host", "range",
    "transfer-encoding", "x-amz-content-sha256", "x-amz-copy-source", "x-amz-date",
    "x-amz-decoded-content-length", "x-amz-trailer",
})  # fmt: skip
#: Parameters of a signature: they are never taken for headers of the same name.
_SIGNING = frozenset({
    "x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-expires", "x-amz-signedheaders",
    "x-amz-signature", "x-amz-security-token", "x-amz-content-sha256",
})  # fmt: skip


class Request(Struct, frozen=True):
    """What the client asks. `path` is decoded once; `bucket` and `key` are empty where there is none."""

    method: str
    path: bytes
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    bucket: str
    key: bytes
    virtual: bool  # the bucket came from the host name
    parameters: Mapping[str, str]
    hoisted: Mapping[str, str]  # headers that a presigned URL carries in its query

    def header(self, name: str, default: str = "") -> str:
        """A header, or what a presigned URL says in its place. Only meaningful once authenticated."""
        value = self.headers.get(name)
        return value if value is not None else self.hoisted.get(name, default)

    def has(self, name: str) -> bool:
        return name in self.headers or name in self.hoisted

    def prefixed(self, prefix: str) -> dict[str, str]:
        """Every header whose name begins with `prefix`, by the rest of the name."""
        both = {**self.hoisted, **self.headers}
        return {name[len(prefix) :]: both[name].strip() for name in both if name.startswith(prefix)}

    def parameter(self, name: str, default: str = "") -> str:
        return self.parameters.get(name, default)


def parse(scope: Mapping[str, Any], base_domains: Sequence[str]) -> Request:
    """Read an ASGI scope. Raises S3Error for what no S3 client sends."""
    headers = _headers(scope["headers"])
    path = _decoded(scope["raw_path"])
    if not path.startswith(b"/"):
        raise S3Error("InvalidURI", "The request target must be a path.")
    query = _query(scope["query_string"])
    parameters = dict(reversed(query))
    bucket, key, virtual = _address(headers["host"], path, base_domains)
    return Request(
        scope["method"], path, query, headers, bucket, key, virtual, parameters, _hoisted(parameters)
    )  # fmt: skip


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """A copy: the server appends trailers to the list of headers while the body is read."""
    pairs = list(raw)
    if len(pairs) > MAX_HEADERS or sum(len(name) + len(value) for name, value in pairs) > MAX_HEADER_BYTES:
        raise S3Error("RequestHeaderSectionTooLarge")
    found: dict[str, str] = {}
    for name, value in pairs:
        _add_header(found, name.decode("latin-1").lower(), value.decode("latin-1").strip())
    if not found.get("host"):
        raise S3Error("InvalidRequest", "The Host header is required.")
    if "content-length" in found and "transfer-encoding" in found:
        raise S3Error("InvalidRequest", "Content-Length and Transfer-Encoding exclude each other.")
    return found


def _add_header(found: dict[str, str], name: str, value: str) -> None:
    if _BAD_VALUE.search(value):
        raise S3Error("InvalidArgument", f"The header {name} holds characters that are not printable ASCII.")
    if name not in found:
        found[name] = value
    elif name in _ONCE:
        raise S3Error("InvalidRequest", f"The header {name} was sent twice.")
    else:
        found[name] += "," + value


def _decoded(raw: bytes) -> bytes:
    if _BAD_ESCAPE.search(raw) or not raw.isascii():
        raise S3Error("InvalidURI")
    text = unquote_to_bytes(raw)
    try:
        text.decode()
    except UnicodeDecodeError:
        raise S3Error("InvalidURI", "The URL is not UTF-8.") from None
    if b"\0" in text:
        raise S3Error("InvalidURI", "A name cannot hold NUL.")
    return text


def _query(raw: bytes) -> tuple[tuple[str, str], ...]:
    pairs = (part.partition(b"=") for part in raw.replace(b"+", b" ").split(b"&") if part)
    return tuple((_decoded(name).decode(), _decoded(value).decode()) for name, _, value in pairs)


def _address(host: str, path: bytes, base_domains: Sequence[str]) -> tuple[str, bytes, bool]:
    name = host.lower().rpartition(":")[0] if re.search(r":\d+$", host) else host.lower()
    for domain in base_domains:
        if name.endswith("." + domain):
            return name[: -len(domain) - 1], _key(path[1:]), True
    bucket, _, key = path[1:].partition(b"/")
    return bucket.decode(), _key(key), False


def _key(key: bytes) -> bytes:
    if len(key) > MAX_KEY_BYTES:
        raise S3Error("KeyTooLongError")
    return key


def _hoisted(parameters: Mapping[str, str]) -> dict[str, str]:
    """Presigning moves headers into the query, where the signature covers them as well.

    Checksums stay out: some clients put there that of an empty body (they have none yet when they presign).
    """
    if "X-Amz-Signature" not in parameters and "Signature" not in parameters:
        return {}
    lower = {name.lower(): value for name, value in parameters.items()}
    return {
        name: value
        for name, value in lower.items()
        if (name.startswith("x-amz-") and name not in _SIGNING and not _is_checksum(name))
        or (name in {"content-type", "content-md5"} and "Signature" in parameters)
    }


def _is_checksum(name: str) -> bool:
    return name.startswith("x-amz-checksum-") or name == "x-amz-sdk-checksum-algorithm"
