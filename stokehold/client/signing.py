"""S3 requests, signed (version 4), and what their answers say. Pure functions."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from defusedxml import ElementTree
from msgspec import Struct

from stokehold.client.errors import Refused
from stokehold.client.facts import Stored

REGION = "us-east-1"
UNSIGNED = "UNSIGNED-PAYLOAD"  # what arrives is compared by its MD5 instead
PAIRS = Sequence[tuple[str, str]]


class Key(Struct, frozen=True):
    """Who signs: the account's e-mail and token."""

    access: str
    secret: str


class Request(Struct):
    """A request that is ready to be sent."""

    method: str
    url: str
    headers: dict[str, str] = {}
    content: bytes = b""


def sign(  # noqa: PLR0913 # a request has as many parts
    key: Key, method: str, endpoint: str, path: str, query: PAIRS = (), *, at: datetime,
    content: bytes = b"", headers: Mapping[str, str] | None = None,
) -> Request:  # fmt: skip
    """A signed request. `path` is `/bucket/key`, not quoted yet."""
    parts = urlsplit(endpoint)
    path = quote(parts.path + path, safe="/~")
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    told = {name.lower(): value for name, value in (headers or {}).items()}
    told |= {"host": parts.netloc, "x-amz-content-sha256": UNSIGNED, "x-amz-date": moment}
    names = ";".join(sorted(told))
    text = "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in sorted(query))
    lines = "".join(f"{name}:{told[name].strip()}\n" for name in sorted(told))
    canonical = "\n".join((method, path, text, lines, names, UNSIGNED))
    scope = f"{moment[:8]}/{REGION}/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    what = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    signature = hmac.digest(_key(key.secret, scope), what.encode(), "sha256").hex()
    told["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={key.access}/{scope}, SignedHeaders={names}, Signature={signature}"
    )
    del told["host"]  # whoever sends it writes the same
    full = f"{parts.scheme}://{parts.netloc}{path}"
    return Request(method, f"{full}?{text}" if text else full, told, content)


def quoted(path: str) -> str:
    """A path as it stands in a header."""
    return quote(path, safe="/~")


def _key(secret: str, scope: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


class Listing(Struct):
    """A page of a bucket, and where the next one begins."""

    objects: list[Stored]
    next: str = ""


def listing(body: bytes) -> Listing:
    """Read the answer of a list of objects, version 2."""
    root = ElementTree.fromstring(body)
    objects = [
        Stored(
            key=_text(one, "Key"),
            size=int(_text(one, "Size") or 0),
            etag=_text(one, "ETag").strip('"'),
            modified=datetime.fromisoformat(_text(one, "LastModified")),
        )
        for one in root.iterfind("{*}Contents")
    ]
    return Listing(objects, _text(root, "NextContinuationToken"))


def bucket_names(body: bytes) -> list[str]:
    """Read the answer of a list of buckets."""
    return [_text(one, "Name") for one in ElementTree.fromstring(body).iterfind("{*}Buckets/{*}Bucket")]


def upload_id(body: bytes) -> str:
    """Read the answer of a multipart upload's beginning."""
    return _text(ElementTree.fromstring(body), "UploadId")


def completion(etags: Sequence[str]) -> bytes:
    """The document that ends a multipart upload."""
    parts = "".join(
        f'<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>'
        for number, etag in enumerate(etags, 1)
    )
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()


def refusal(status: int, body: bytes, what: str) -> Refused:
    """The error that an answer of the storage means."""
    try:
        root = ElementTree.fromstring(body)
        message = f"{_text(root, 'Message')} ({_text(root, 'Code')}, {what})"
    except ElementTree.ParseError:
        message = f"The storage answered {status} ({what})."
    return Refused.of(status, message)


def _text(element: object, name: str) -> str:
    found = element.find(f"{{*}}{name}")  # type: ignore[attr-defined] # an element: its type is private there
    return (found.text or "") if found is not None else ""
