"""XML that any parser reads, and none that harms us."""

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.s3 import documents as xml
from stokehold.s3.errors import S3Error

ENTITY = '<!DOCTYPE D [<!ENTITY e SYSTEM "file:///etc/passwd">]><D>&e;</D>'
LAUGHS = '<!DOCTYPE D [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><D>&b;&b;</D>'


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_text_comes_back_from_a_parser(text: str) -> None:
    assert (fromstring(xml.root("D", xml.text("T", text)))[0].text or "") == text


def test_control_characters_are_written_as_references() -> None:
    assert xml.escape("a\x01\r\n\tb") == "a&#x1;&#xd;\n\tb"


@pytest.mark.parametrize(
    "body",
    [
        ENTITY, LAUGHS, "<!DOCTYPE D><D/>", "<D>", "", "D", "<D/><D/>", "<D>&undefined;</D>", "<E/>",
        "<D>" + "<a>" * 50 + "</a>" * 50 + "</D>", "<D>" + "<a>" * 100_000, "\x00", "<D a='1' a='2'/>",
        '<?xml version="1.0" encoding="unknown"?><D/>',
    ],
)  # fmt: skip
def test_hostile_and_malformed_documents_are_refused(body: str) -> None:
    with pytest.raises(S3Error, match="MalformedXML"):
        xml.parse(body.encode(), "D")


def test_bytes_in_another_encoding_than_the_declared_are_refused() -> None:
    with pytest.raises(S3Error, match="MalformedXML"):
        xml.parse(b'<?xml version="1.0" encoding="UTF-8"?><D>\xff</D>', "D")


def test_namespaces_are_optional() -> None:
    for attribute in ("", xml.NAMESPACE, ' xmlns="urn:other"'):
        found = xml.parse(f"<D{attribute}><T> x </T></D>".encode(), "D")
        assert xml.content(found, "T") == " x "


def test_unknown_and_doubled_children_are_refused() -> None:
    found = xml.parse(b"<D><T/><T/></D>", "D")
    assert len(xml.children(found, "T", ())) == 2
    with pytest.raises(S3Error, match="MalformedXML"):
        xml.children(found, "U", ())
    with pytest.raises(S3Error, match="MalformedXML"):
        xml.content(found, "T")


def test_moments_have_milliseconds() -> None:
    assert xml.date(1_700_000_000_123_456) == "2023-11-14T22:13:20.123Z"
