"""What is kept beside an object's bytes: taken from the headers of a write, given back with each read."""

import re

from stokehold.s3.answer import http_date, printable
from stokehold.s3.errors import S3Error
from stokehold.s3.request import Request
from stokehold.store.objects import Attributes, Object

MAX_METADATA = 2048
DEFAULT_TYPE = "binary/octet-stream"
KEPT = (
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
)
META = "x-amz-meta-"
WRITER = "x-stokehold-writer"  # a parameter of presigned URLs: whose result it is

_WRITER = re.compile(r"[0-9]{1,18}\.[0-9]{1,18}")


def taken(request: Request) -> Attributes:
    """The attributes that the headers of a write give. Raises MetadataTooLarge."""
    headers = {name: request.header(name) for name in KEPT if request.header(name)}
    headers["content-encoding"] = _without_chunks(headers.get("content-encoding", ""))
    metadata = request.prefixed(META)
    if sum(len(name) + len(value) for name, value in metadata.items()) > MAX_METADATA:
        raise S3Error("MetadataTooLarge")
    for name, value in (*headers.items(), *metadata.items()):
        printable(name, value)
    given = {name: value for name, value in headers.items() if value}
    return Attributes(given, metadata, writer=writer(request))


def writer(request: Request) -> str:
    """The instance that the URL of a write names; empty when it names none. The signature covers it."""
    said = request.parameter(WRITER)
    return said if said and _WRITER.fullmatch(said) else ""


def given(request: Request, there: Object) -> dict[str, str]:
    """The headers of a read, but for those that depend on the range."""
    kept = there.attributes
    headers = {
        "content-type": DEFAULT_TYPE,
        **kept.headers,
        "etag": f'"{there.etag}"',
        "last-modified": http_date(there.modified_at),
        "accept-ranges": "bytes",
        **{META + name: value for name, value in kept.metadata.items()},
    }
    for name in KEPT:
        if override := request.parameter(f"response-{name}"):
            headers[name] = printable(f"response-{name}", override)
    return headers


def checksum_headers(attributes: Attributes) -> dict[str, str]:
    """The checksum as a header, and its type."""
    checksum = attributes.checksum
    if checksum is None:
        return {}
    return {
        f"x-amz-checksum-{checksum.algorithm}": checksum.value,
        "x-amz-checksum-type": checksum.type,
    }


def _without_chunks(encoding: str) -> str:
    """`aws-chunked` says how the body was sent, not what is stored."""
    parts = (part.strip() for part in encoding.split(","))
    return ",".join(part for part in parts if part and part != "aws-chunked")
