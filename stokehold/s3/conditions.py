"""Conditional requests: what If-Match and its kin say of the object that is there."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from stokehold.s3.errors import S3Error
from stokehold.s3.request import Request
from stokehold.store.objects import Check, NoSuchKey, Object


def check_read(request: Request, there: Object) -> None:
    """Raises PreconditionFailed, or NotModified, as RFC 9110 orders the four headers."""
    if not _is_current(request, there, ""):
        raise S3Error("PreconditionFailed")
    if not _is_changed(request, there, ""):
        raise S3Error("NotModified", headers=(("etag", f'"{there.etag}"'),))


def check_source(request: Request, there: Object) -> None:
    """The same for the source of a copy, where every failure is PreconditionFailed."""
    prefix = "x-amz-copy-source-"
    if not _is_current(request, there, prefix) or not _is_changed(request, there, prefix):
        raise S3Error("PreconditionFailed")


def write_check(request: Request) -> Check | None:
    """What a write demands of the object it replaces; to be asked within the transaction."""
    match, none_match = request.header("if-match"), request.header("if-none-match")
    if not match and not none_match:
        return None
    if none_match and none_match != "*":
        raise S3Error("NotImplemented", "If-None-Match takes only '*' when it guards a write.")

    def check(there: Object | None) -> None:
        if none_match and there is not None:
            raise S3Error("PreconditionFailed", Condition="If-None-Match")
        if match and there is None:
            raise NoSuchKey("No such key: ")
        if match and there is not None and not _matches(match, there.etag):
            raise S3Error("PreconditionFailed", Condition="If-Match")

    return check


def _is_current(request: Request, there: Object, prefix: str) -> bool:
    if etags := request.header(prefix + "if-match"):
        return _matches(etags, there.etag)
    since = _seconds(request.header(prefix + "if-unmodified-since"))
    return since is None or there.modified_at // 1_000_000 <= since


def _is_changed(request: Request, there: Object, prefix: str) -> bool:
    if etags := request.header(prefix + "if-none-match"):
        return not _matches(etags, there.etag)
    since = _seconds(request.header(prefix + "if-modified-since"))
    return since is None or there.modified_at // 1_000_000 > since


def _matches(etags: str, etag: str) -> bool:
    return any(
        candidate.strip().removeprefix("W/").strip('"') in {etag, "*"} for candidate in etags.split(",")
    )


def _seconds(date: str) -> int | None:
    """Seconds since 1970; None for no date, or for one that cannot be read and is thus ignored."""
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
