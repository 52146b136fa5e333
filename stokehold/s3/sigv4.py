"""Signature version 4: what is signed, with which key, and presigned URLs. Pure functions."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from urllib.parse import quote

from msgspec import Struct

from stokehold.s3.errors import S3Error

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
MAX_EXPIRES_S = 7 * 24 * 3600
MOMENT = "%Y%m%dT%H%M%SZ"


class Scope(Struct, frozen=True):
    """Where and when a signing key is good."""

    day: str
    region: str
    service: str = "s3"

    def __str__(self) -> str:
        return f"{self.day}/{self.region}/{self.service}/aws4_request"


class Claim(Struct, frozen=True):
    """Who says to have signed, and what; nothing of it is verified yet."""

    access_key: str
    scope: Scope
    signed: tuple[str, ...]
    signature: str


def claim(credential: str, signed: str, signature: str) -> Claim:
    """Read the three parts of a signature. Raises ValueError."""
    parts = credential.rsplit("/", 4)  # an access key may hold slashes
    if len(parts) != 5 or parts[4] != "aws4_request" or parts[3] != "s3":
        raise ValueError("The credential must be KEY/DAY/REGION/s3/aws4_request.")
    if not (len(parts[1]) == 8 and parts[1].isdigit()):
        raise ValueError("The day of the credential must be YYYYMMDD.")
    names = tuple(signed.split(";"))
    if "host" not in names or list(names) != sorted(set(names)) or signed != signed.lower():
        raise ValueError("The signed headers must be sorted, in lower case, and hold 'host'.")
    if len(signature) != 64 or not set(signature) <= set("0123456789abcdef"):
        raise ValueError("The signature must be 64 hexadecimal digits.")
    return Claim(parts[0], Scope(parts[1], parts[2]), names, signature)


def authorization(value: str) -> Claim:
    """Read an Authorization header. Raises S3Error."""
    algorithm, _, rest = value.partition(" ")
    if algorithm != ALGORITHM:
        raise S3Error(
            "InvalidRequest", f"This authorization mechanism is not supported: please use {ALGORITHM}."
        )
    fields = dict(_field(part) for part in rest.split(","))
    if set(fields) != {"Credential", "SignedHeaders", "Signature"}:
        raise S3Error("AuthorizationHeaderMalformed")
    try:
        return claim(fields["Credential"], fields["SignedHeaders"], fields["Signature"])
    except ValueError as error:
        raise S3Error("AuthorizationHeaderMalformed", str(error)) from None


def canonical_request(
    method: str,
    path: bytes,
    query: Iterable[tuple[str, str]],
    headers: Mapping[str, str],
    signed: Sequence[str],
    payload: str,
) -> str:
    """The text whose hash is signed. `path` and `query` are decoded; they are encoded here, in one way."""
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signed]
    return "\n".join(
        (method, canonical_path(path), canonical_query(query), "".join(lines), ";".join(signed), payload)
    )


def canonical_path(path: bytes) -> str:
    return quote(path, safe="/")


def canonical_query(query: Iterable[tuple[str, str]]) -> str:
    """Names and values encoded, then sorted. The signature itself is left out."""
    pairs = sorted(
        (quote(name, safe=""), quote(value, safe="")) for name, value in query if name != "X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in pairs)


@lru_cache(256)
def signing_key(secret: str, scope: Scope) -> bytes:
    """The key of one secret for one day and region."""
    key = b"AWS4" + secret.encode()
    for part in (scope.day, scope.region, scope.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


def sign(key: bytes, moment: str, scope: Scope, canonical: str) -> str:
    """The signature, in hex, of a canonical request."""
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{ALGORITHM}\n{moment}\n{scope}\n{digest}"
    return hmac.digest(key, text.encode(), "sha256").hex()


class Signer(Struct, frozen=True):
    """One who presigns URLs of a gateway at `endpoint` (scheme and host, no path)."""

    endpoint: str
    access_key: str
    secret: str
    region: str = "us-east-1"

    def presign(
        self, method: str, path: bytes, query: Sequence[tuple[str, str]], now: float, expires_s: int
    ) -> str:
        """A URL that does `method` on `path` until it expires (7 days at most)."""
        moment = datetime.fromtimestamp(now, UTC).strftime(MOMENT)
        scope = Scope(moment[:8], self.region)
        pairs = [
            *query,
            ("X-Amz-Algorithm", ALGORITHM),
            ("X-Amz-Credential", f"{self.access_key}/{scope}"),
            ("X-Amz-Date", moment),
            ("X-Amz-Expires", str(max(1, min(expires_s, MAX_EXPIRES_S)))),
            ("X-Amz-SignedHeaders", "host"),
        ]
        host = {"host": self.endpoint.partition("://")[2]}
        canonical = canonical_request(method, path, pairs, host, ["host"], UNSIGNED)
        signature = sign(signing_key(self.secret, scope), moment, scope, canonical)
        text = f"{canonical_query(pairs)}&X-Amz-Signature={signature}"
        return f"{self.endpoint}{canonical_path(path)}?{text}"


def _field(part: str) -> tuple[str, str]:
    name, _, value = part.strip().partition("=")
    return name, value
