"""Checksums agree with their published check values, and combine."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.s3 import checksums
from stokehold.s3.errors import S3Error


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [("crc32", "cbf43926"), ("crc32c", "e3069283"), ("crc64nvme", "ae8b14860a799888")],
)
def test_the_check_value(algorithm: str, expected: str) -> None:
    running = checksums.new(algorithm)
    for piece in (b"1234", b"", b"56789"):
        running.update(piece)
    assert running.digest().hex() == expected


def test_what_a_client_sends_for_a_line_of_text() -> None:
    running = checksums.new("crc64nvme")
    running.update(b"hello\n")
    assert checksums.encoded(running.digest()) == "akP7S61aVgc="


@given(st.lists(st.binary(max_size=50), min_size=1, max_size=5))
@pytest.mark.parametrize("algorithm", ["crc32", "crc32c", "crc64nvme"])
def test_the_whole_is_known_from_its_parts(algorithm: str, parts: list[bytes]) -> None:
    def encoded(data: bytes) -> str:
        running = checksums.new(algorithm)
        running.update(data)
        return checksums.encoded(running.digest())

    known = [(encoded(part), len(part)) for part in parts]
    assert checksums.combined(algorithm, known) == encoded(b"".join(parts))


@pytest.mark.parametrize("value", ["", "x", "AAAA", "AAAAAAA=", "NhCmhg", "NhCmhg== "])
def test_a_value_of_another_size_is_refused(value: str) -> None:
    assert checksums.valid("crc32", "NhCmhg==") == "NhCmhg=="
    with pytest.raises(S3Error, match="InvalidRequest"):
        checksums.valid("crc32", value)


@pytest.mark.parametrize("name", ["x-amz-checksum-md4", "x-amz-content-sha256", "crc32", "x-amz-checksum-"])
def test_only_known_checksums_can_be_announced(name: str) -> None:
    assert checksums.announced(" X-Amz-Checksum-SHA1") == "sha1"
    with pytest.raises(S3Error, match="InvalidRequest"):
        checksums.announced(name)


def test_a_composite_carries_the_number_of_parts() -> None:
    part = base64.b64encode(bytes(20)).decode()
    assert checksums.composite("sha1", [part, part]).endswith("-2")
