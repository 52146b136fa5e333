"""Signature version 2 in a query: what default clients of a custom endpoint still presign. Pure functions."""

import base64
import hmac
from collections.abc import Mapping

from stokehold.s3.request import Request
from stokehold.s3.sigv4 import canonical_path

#: Parameters that belong to the resource that is signed; the others are not covered by the signature.
SIGNED = frozenset({
    "accelerate", "acl", "analytics", "cors", "defaultObjectAcl", "delete", "inventory", "lifecycle",
    "location", "logging", "metrics", "notification", "object-lock", "partNumber", "policy",
    "replication", "requestPayment", "response-cache-control", "response-content-disposition",
    "response-content-encoding", "response-content-language", "response-content-type", "response-expires",
    "restore", "select", "select-type", "storageClass", "tagging", "torrent", "uploadId", "uploads",
    "versionId", "versioning", "versions", "website",
})  # fmt: skip


def string_to_sign(request: Request, expires: str) -> str:
    """The text that is signed."""
    headers = {**request.hoisted, **request.headers}
    lines = [request.method, headers.get("content-md5", ""), headers.get("content-type", ""), expires]
    lines += (f"{name}:{headers[name]}" for name in sorted(headers) if name.startswith("x-amz-"))
    return "\n".join([*lines, _resource(request)])


def sign(secret: str, text: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha1")).decode()


def _resource(request: Request) -> str:
    bucket = f"/{request.bucket}" if request.virtual else ""
    pairs = sorted(pair for pair in request.query if pair[0] in SIGNED)
    query = "&".join(name if value == "" else f"{name}={value}" for name, value in pairs)
    return bucket + canonical_path(request.path) + (f"?{query}" if query else "")


def is_presigned(parameters: Mapping[str, str]) -> bool:
    return "Signature" in parameters or "AWSAccessKeyId" in parameters
