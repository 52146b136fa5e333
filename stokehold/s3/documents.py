"""The XML that the gateway writes and reads."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from stokehold.s3.errors import S3Error

PROLOG = '<?xml version="1.0" encoding="UTF-8"?>\n'
NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
MAX_DEPTH = 8

_SPECIAL = re.compile(r"[&<>\"\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def escape(text: str) -> str:
    """Text as it stands in XML; control characters, which S3 keys may hold, as references."""
    return _SPECIAL.sub(lambda match: _NAMED.get(match[0]) or f"&#x{ord(match[0]):x};", text)


def element(name: str, *content: str) -> str:
    """An element around content that is XML already."""
    return f"<{name}>{''.join(content)}</{name}>"


def text(name: str, value: object) -> str:
    """An element around a value."""
    return f"<{name}>{escape(str(value))}</{name}>"


def optional(name: str, value: str) -> str:
    """An element, unless the value is empty."""
    return text(name, value) if value else ""


def root(name: str, *content: str) -> str:
    """A whole document."""
    return f"{PROLOG}<{name}{NAMESPACE}>{''.join(content)}</{name}>"


def owner(account_id: int) -> str:
    return element("Owner", text("ID", account_id), text("DisplayName", account_id))


def etag(value: str) -> str:
    return f"<ETag>&quot;{value}&quot;</ETag>"


def date(moment_us: int) -> str:
    """ISO 8601 with milliseconds."""
    moment = datetime.fromtimestamp(moment_us // 1000 / 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment_us // 1000 % 1000:03d}Z"


def error(failure: S3Error, resource: str, request_id: str) -> str:
    """The document of an error; it has no namespace."""
    return PROLOG + element(
        "Error",
        text("Code", failure.code),
        text("Message", failure.message),
        *(text(name, value) for name, value in failure.details.items()),
        text("Resource", resource),
        text("RequestId", request_id),
    )


def parse(body: bytes, name: str) -> Element:
    """The root of a document, which must be `name`; namespaces are taken off. Raises S3Error."""
    try:
        found: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise S3Error("MalformedXML") from None
    _strip(found, MAX_DEPTH)
    if found.tag != name:
        raise S3Error("MalformedXML", f"The document must be a {name}.")
    return found


def children(parent: Element, name: str, allowed: Iterable[str]) -> list[Element]:
    """The children called `name`; every child must be `allowed`. Raises S3Error."""
    if any(child.tag not in {name, *allowed} for child in parent):
        raise S3Error("MalformedXML")
    return parent.findall(name)


def content(parent: Element, name: str) -> str | None:
    """The text of the only child called `name`. Raises S3Error when there are two."""
    found = parent.findall(name)
    if len(found) > 1:
        raise S3Error("MalformedXML", f"{name} stands twice.")
    return (found[0].text or "") if found else None


def _strip(branch: Element, depth: int) -> None:
    if not depth:
        raise S3Error("MalformedXML", "The document is nested too deeply.")
    branch.tag = branch.tag.rpartition("}")[2]
    for child in branch:
        _strip(child, depth - 1)
