"""Chunked bodies: whole ones decode, all others end in an error, however they are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.s3 import sigv4
from stokehold.s3.chunked import ChunkDecoder, Seal
from stokehold.s3.errors import S3Error
from stokehold.s3.sigv4 import Scope

TRAILER = "x-amz-checksum-crc32"
HELLO = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"

# The example of AWS's documentation: 65 KiB of "a" in a chunk of 64 KiB and one of 1 KiB.
DOCUMENTED = Seal(
    sigv4.signing_key("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", Scope("20130524", "us-east-1")),
    "20130524T000000Z",
    "20130524/us-east-1/s3/aws4_request",
    "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
)
SIGNATURES = (
    b"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    b"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    b"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)


def documented_body() -> bytes:
    chunks = [b"a" * 65536, b"a" * 1024, b""]
    return b"".join(
        b"%x;chunk-signature=%s\r\n%s\r\n" % (len(chunk), signature, chunk)
        for chunk, signature in zip(chunks, SIGNATURES, strict=True)
    )


def decode(decoder: ChunkDecoder, *pieces: bytes) -> bytes:
    out = b"".join(b"".join(decoder.feed(piece)) for piece in pieces)
    decoder.finish()
    return out


def plain(length: int, trailer: str = TRAILER) -> ChunkDecoder:
    return ChunkDecoder(length, trailer)


def test_a_body_and_its_trailer_are_taken_apart() -> None:
    decoder = plain(5)
    assert decode(decoder, HELLO) == b"hello"
    assert decoder.trailers == {TRAILER: "NhCmhg=="}


def test_a_body_without_a_trailer_is_fine_when_none_was_announced() -> None:
    assert decode(plain(5, ""), b"5\r\nhello\r\n0\r\n\r\n") == b"hello"


def test_the_documented_signed_body_decodes() -> None:
    decoder = ChunkDecoder(66560, seal=DOCUMENTED)
    assert decode(decoder, documented_body()) == b"a" * 66560


@given(st.data())
def test_a_signed_body_with_one_byte_changed_is_refused(data: st.DataObject) -> None:
    body = bytearray(documented_body())
    position = data.draw(st.integers(0, len(body) - 1))
    original = body[position]
    body[position] ^= data.draw(st.integers(1, 255))
    if chr(original).lower() == chr(body[position]).lower():
        return  # a hexadecimal size in capitals is the same size
    with pytest.raises(S3Error):
        decode(ChunkDecoder(66560, seal=DOCUMENTED), bytes(body))


@given(
    chunks=st.lists(st.binary(min_size=8192, max_size=9000), max_size=3),
    last=st.binary(max_size=50),
    cuts=st.lists(st.integers(0, 30000), max_size=8),
)
def test_any_body_decodes_however_it_is_cut_into_pieces(
    chunks: list[bytes], last: bytes, cuts: list[int]
) -> None:
    whole = b"".join(chunks) + last
    parts = [*chunks, last] if last else chunks
    body = b"".join(b"%X\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n" + HELLO[13:]
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    pieces = [body[a:b] for a, b in pairwise(edges)]
    assert decode(plain(len(whole)), *pieces) == whole


@pytest.mark.parametrize("end", range(len(HELLO)))
def test_a_body_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises(S3Error):
        decode(plain(5), HELLO[:end])


@given(st.binary(max_size=200), st.integers(0, 100))
def test_noise_never_hangs_and_never_gives_more_than_was_announced(noise: bytes, length: int) -> None:
    decoder = plain(length)
    found = 0
    try:
        found = len(b"".join(decoder.feed(noise)))
        decoder.finish()
    except S3Error:
        pass
    assert found <= length


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"-5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"0x5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b" 5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5\nhello\n0\n\n", "IncompleteBody"),
        (b"5\r\nhello0\r\n\r\n", "IncompleteBody"),
        (b"5\r\nhello!\r\n0\r\n\r\n", "IncompleteBody"),
        (b"4\r\nhell\r\n0\r\n\r\n", "InvalidChunkSizeError|IncompleteBody"),
        (b"6\r\nhello!\r\n0\r\n\r\n", "IncompleteBody"),
        (b"ffffffff\r\nhello", "IncompleteBody"),
        (b"fffffffff\r\nhello", "IncompleteBody"),
        (b"9" * 5000, "IncompleteBody"),
        (b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "InvalidChunkSizeError"),
        (HELLO + b"5\r\nhello\r\n", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\n\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-sha1:NhCmhg==\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\nnonsense\r\n\r\n", "MalformedTrailerError"),
        (HELLO[:-2] + b"x-amz-meta-a:b\r\n\r\n", "MalformedTrailerError"),
        (HELLO[:-2] + b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n", "MalformedTrailerError"),
        (b"5;chunk-signature=" + b"a" * 64 + b"\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
    ],
)
def test_a_malformed_body_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(S3Error) as failure:
        decode(plain(5), body)
    assert failure.value.code in code.split("|")


def test_a_trailer_that_was_not_announced_is_refused() -> None:
    with pytest.raises(S3Error, match="MalformedTrailerError"):
        decode(plain(5, ""), HELLO)


def test_a_signed_body_cut_after_any_chunk_is_refused() -> None:
    body = documented_body()
    for end in (body.index(b"400;"), body.index(b"0;chunk"), len(body) - 2, len(body) - 1):
        with pytest.raises(S3Error):
            decode(ChunkDecoder(66560, seal=DOCUMENTED), body[:end])


def test_chunks_cannot_be_left_out() -> None:
    body = documented_body()
    with pytest.raises(S3Error, match=r"SignatureDoesNotMatch|IncompleteBody"):
        decode(
            ChunkDecoder(65536, seal=DOCUMENTED), body[: body.index(b"400;")] + body[body.index(b"0;chunk") :]
        )


def test_an_unsigned_trailer_is_refused_where_it_must_be_signed() -> None:
    decoder = ChunkDecoder(66560, TRAILER, DOCUMENTED, sealed_trailer=True)
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        decode(decoder, documented_body()[:-2] + b"x-amz-checksum-crc32:NhCmhg==\r\n\r\n")
