import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stokehold.domain.protocol import Input
from stokehold.domain.storage import PART_SIZE
from stokehold.runner.checksum import Checksum
from stokehold.runner.transfer import TransferError
from tests.runner.misbehaving import etag

CONTENT = os.urandom(2 * PART_SIZE + 5)


def check(data: bytes, told: str, size: int | None = None, step: int = 1 << 20) -> None:
    checksum = Checksum(Input("p", told, len(data) if size is None else size, "b", "k", "u"))
    checksum.begin()
    for offset in range(0, len(data), step):
        checksum.update(data[offset : offset + step])
    checksum.finish()


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([0, 1, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 2 * PART_SIZE, len(CONTENT)]),
    st.integers(100_000, 20_000_000),
)
def test_an_etag_agrees_however_the_bytes_come(size: int, step: int) -> None:
    check(CONTENT[:size], etag(CONTENT[:size]), step=step)


@pytest.mark.parametrize("size", [1, 2 * PART_SIZE])
def test_one_wrong_bit_is_found(size: int) -> None:
    data = CONTENT[:size]
    with pytest.raises(TransferError, match="ETag") as caught:
        check(bytes([data[0] ^ 1]) + data[1:], etag(data))
    assert not caught.value.permanent


@pytest.mark.parametrize("told", ["", "no-md5", "W/x", f"{'a' * 32}-7", "g" * 32])
def test_an_etag_of_another_kind_says_nothing(told: str) -> None:
    check(b"abc", told)


def test_parts_of_an_unusual_size_are_believed_when_the_same_bytes_come_twice() -> None:
    data = CONTENT[: 9 * 1024 * 1024]
    halves = [hashlib.md5(data[:5000]).digest(), hashlib.md5(data[5000:]).digest()]
    told = hashlib.md5(b"".join(halves)).hexdigest() + "-2"
    checksum = Checksum(Input("p", told, len(data), "b", "k", "u"))
    checksum.update(data)
    with pytest.raises(TransferError):
        checksum.finish()
    checksum.begin()
    checksum.update(data)
    checksum.finish()
