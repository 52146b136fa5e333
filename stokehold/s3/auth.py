"""Who sends a request, and what its body must be. Every mode of signing is verified here, first of all."""

import email.utils
import hmac
import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct

from stokehold.s3 import sigv2, sigv4
from stokehold.s3.chunked import Seal
from stokehold.s3.errors import S3Error
from stokehold.s3.request import Request

SKEW_S = 900
_MOMENT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})T([0-9]{2})([0-9]{2})([0-9]{2})Z")
DUMMY_SECRET = "no account has this secret: unknown keys take the time of known ones"


class Credential(Struct, frozen=True):
    """The account of an access key, and the key's secret."""

    account_id: int
    secret: str


FindCredential = Callable[[str], Awaitable[Credential | None]]


class Mode(StrEnum):
    """How a body is wrapped."""

    PLAIN = "plain"
    TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
    SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
    SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"


class Payload(Struct, frozen=True):
    """What the signature says of the body: its SHA-256 in hex, or how its chunks are sealed."""

    mode: Mode = Mode.PLAIN
    sha256: str = ""
    seal: Seal | None = None


class Caller(Struct, frozen=True):
    """An authenticated account."""

    account_id: int
    access_key: str
    payload: Payload


async def authenticate(request: Request, find: FindCredential, now: float) -> Caller:
    """Verify the one signature of the request. Raises S3Error."""
    header = "authorization" in request.headers
    query = "X-Amz-Signature" in request.parameters or "X-Amz-Algorithm" in request.parameters
    old = sigv2.is_presigned(request.parameters)
    if header + query + old > 1:
        raise S3Error("InvalidArgument", "Only one way to sign a request may be used at a time.")
    if header:
        return await _header(request, find, now)
    if query:
        return await _presigned(request, find, now)
    if old:
        return await _presigned_v2(request, find, now)
    raise S3Error("AccessDenied", "Anonymous access is not offered: sign the request.")


async def _header(request: Request, find: FindCredential, now: float) -> Caller:
    claim = sigv4.authorization(request.headers["authorization"])
    moment = _moment(request)
    if moment[:8] != claim.scope.day:
        raise S3Error("AuthorizationHeaderMalformed", "The credential is of another day than the request.")
    if abs(_seconds(moment, "AccessDenied") - now) > SKEW_S:
        raise S3Error("RequestTimeTooSkewed")
    payload = request.headers.get("x-amz-content-sha256", "")
    if not payload:
        raise S3Error("InvalidRequest", "The header x-amz-content-sha256 is required.")
    mode = _mode(payload)
    _all_signed(request, claim, exempt="")
    account_id, key = await _verify(request, claim, moment, payload, find)
    sealed = mode in {Mode.SIGNED, Mode.SIGNED_TRAILER}
    seal = Seal(key, moment, str(claim.scope), claim.signature) if sealed else None
    sha256 = payload if mode == Mode.PLAIN and payload != sigv4.UNSIGNED else ""
    return Caller(account_id, claim.access_key, Payload(mode, sha256, seal))


async def _presigned(request: Request, find: FindCredential, now: float) -> Caller:
    claim, moment, expires_s = _query_claim(request)
    signed_at = _seconds(moment, "AuthorizationQueryParametersError")
    if signed_at > now + SKEW_S:
        raise S3Error("AccessDenied", "Request is not valid yet")
    if signed_at + expires_s < now:
        raise S3Error("AccessDenied", "Request has expired")
    sent = request.headers.get("x-amz-content-sha256", "")
    payload = request.parameter("X-Amz-Content-Sha256") or sent or sigv4.UNSIGNED
    if _mode(payload) != Mode.PLAIN:
        raise S3Error("InvalidRequest", "A presigned URL does not take a streaming body.")
    signed = "X-Amz-Content-Sha256" in request.parameters or "x-amz-content-sha256" in claim.signed
    _all_signed(request, claim, exempt="x-amz-content-sha256")
    said = payload if signed else sigv4.UNSIGNED
    account_id, _ = await _verify(request, claim, moment, said, find)
    return Caller(account_id, claim.access_key, Payload(sha256="" if payload == sigv4.UNSIGNED else payload))


def _query_claim(request: Request) -> tuple[sigv4.Claim, str, int]:
    code = "AuthorizationQueryParametersError"
    names = ("Algorithm", "Credential", "SignedHeaders", "Signature", "Date", "Expires")
    values = [request.parameter(f"X-Amz-{name}") for name in names]
    if not all(values) or sum(name.startswith("X-Amz-") for name, _ in request.query) != len(
        {name for name, _ in request.query if name.startswith("X-Amz-")}
    ):
        raise S3Error(code, "A presigned URL needs each X-Amz- parameter once.")
    algorithm, credential, signed, signature, moment, expires = values
    if algorithm != sigv4.ALGORITHM:
        raise S3Error(code, f"X-Amz-Algorithm only supports {sigv4.ALGORITHM}.")
    if not (expires.isascii() and expires.isdigit() and 1 <= int(expires[:9]) <= sigv4.MAX_EXPIRES_S):
        raise S3Error(code, "X-Amz-Expires must be between 1 and 604800 seconds.")
    try:
        claim = sigv4.claim(credential, signed, signature)
    except ValueError as error:
        raise S3Error(code, str(error)) from None
    if moment[:8] != claim.scope.day:
        raise S3Error(code, "The credential is of another day than X-Amz-Date.")
    return claim, moment, int(expires)


async def _presigned_v2(request: Request, find: FindCredential, now: float) -> Caller:
    access_key, expires = request.parameter("AWSAccessKeyId"), request.parameter("Expires")
    if not (expires.isascii() and expires.isdigit() and len(expires) < 13):
        raise S3Error(
            "AccessDenied", "Query-string authentication requires Signature, Expires and AWSAccessKeyId."
        )
    if int(expires) < now:
        raise S3Error("AccessDenied", "Request has expired")
    credential = await find(access_key)
    text = sigv2.string_to_sign(request, expires)
    expected = sigv2.sign(credential.secret if credential else DUMMY_SECRET, text)
    account_id = _compare(credential, expected, request.parameter("Signature"))
    payload = request.headers.get("x-amz-content-sha256", sigv4.UNSIGNED)
    if _mode(payload) != Mode.PLAIN:
        raise S3Error("InvalidRequest", "A presigned URL does not take a streaming body.")
    return Caller(account_id, access_key, Payload(sha256="" if payload == sigv4.UNSIGNED else payload))


async def _verify(
    request: Request, claim: sigv4.Claim, moment: str, payload: str, find: FindCredential
) -> tuple[int, bytes]:
    credential = await find(claim.access_key)
    key = sigv4.signing_key(credential.secret if credential else DUMMY_SECRET, claim.scope)
    canonical = sigv4.canonical_request(
        request.method, request.path, request.query, request.headers, claim.signed, payload
    )
    expected = sigv4.sign(key, moment, claim.scope, canonical)
    return _compare(credential, expected, claim.signature), key


def _compare(credential: Credential | None, expected: str, given: str) -> int:
    same = hmac.compare_digest(expected.encode(), given.encode())
    if credential is None:
        raise S3Error("InvalidAccessKeyId")
    if not same:
        raise S3Error("SignatureDoesNotMatch")
    return credential.account_id


def _all_signed(request: Request, claim: sigv4.Claim, exempt: str) -> None:
    """An unsigned x-amz- header would let whoever holds a URL do more than its signer meant."""
    unsigned = [
        name
        for name in request.headers
        if name.startswith("x-amz-") and name not in claim.signed and name != exempt
    ]
    if unsigned:
        raise S3Error(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(sorted(unsigned)),
        )


def _mode(payload: str) -> Mode:
    if payload == sigv4.UNSIGNED or (len(payload) == 64 and set(payload) <= set("0123456789abcdef")):
        return Mode.PLAIN
    try:
        return Mode(payload) if payload != Mode.PLAIN else _unknown_mode()
    except ValueError:
        return _unknown_mode()


def _unknown_mode() -> Mode:
    raise S3Error(
        "InvalidArgument", "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-… or a SHA-256 in hex."
    )


def _moment(request: Request) -> str:
    if moment := request.headers.get("x-amz-date"):
        return moment
    try:
        date = email.utils.parsedate_to_datetime(request.headers.get("date", ""))
    except ValueError:
        raise S3Error("AccessDenied", "A signed request needs x-amz-date or Date.") from None
    return date.astimezone(UTC).strftime(sigv4.MOMENT)


def _seconds(moment: str, code: str) -> float:
    match = _MOMENT.fullmatch(moment)
    try:
        if match:
            return datetime(*map(int, match.groups()), tzinfo=UTC).timestamp()  # type: ignore[arg-type,misc]
    except ValueError:
        pass
    raise S3Error(code, "The date must be YYYYMMDDTHHMMSSZ.")
