"""Answers as they go out."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from stokehold.s3.answer import Answer, document, http_date, new_request_id, printable
from stokehold.s3.errors import S3Error


class Counting:
    """A stream of numbered pieces that remembers whether it was closed."""

    def __init__(self, count: int) -> None:
        self.count, self.given, self.closed = count, 0, False

    async def pieces(self) -> AsyncGenerator[bytes]:
        for _ in range(self.count):
            self.given += 1
            yield b"x"

    def close(self) -> None:
        self.closed = True


def sent(answer: Answer, *, with_body: bool = True, gone: bool = False) -> list[Any]:
    messages: list[Any] = []

    async def receive() -> Any:
        if not gone:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)
        await asyncio.sleep(0)

    asyncio.run(answer.send(receive, send, with_body=with_body))
    return messages


def test_a_head_has_the_length_of_what_it_leaves_out() -> None:
    start, end = sent(Answer(200, {}, b"hello"), with_body=False)
    assert (b"content-length", b"5") in start["headers"]
    assert end["body"] == b""


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_can_have_no_body_has_no_length(status: int) -> None:
    start, _ = sent(Answer(status))
    assert start["headers"] == []


def test_a_stream_goes_out_piece_by_piece_and_is_closed() -> None:
    stream = Counting(3)
    messages = sent(Answer(stream=stream, length=3))
    assert [message.get("body") for message in messages[1:]] == [b"x", b"x", b"x", b""]
    assert stream.closed


def test_a_stream_ends_when_the_client_is_gone() -> None:
    stream = Counting(1000)
    sent(Answer(stream=stream, length=1000), gone=True)
    assert (stream.given < 10, stream.closed) == (True, True)


def test_a_stream_that_nobody_wants_is_closed_all_the_same() -> None:
    stream = Counting(3)
    sent(Answer(stream=stream, length=3), with_body=False)
    assert (stream.given, stream.closed) == (0, True)


def test_a_document_is_xml() -> None:
    assert document("<D/>").headers == {"content-type": "application/xml"}


@pytest.mark.parametrize("value", ["a\r\nb", "\x00", "\u20ac", "\x7f"])
def test_only_what_a_header_may_hold_is_printable(value: str) -> None:
    assert printable("name", "café; a=b") == "café; a=b"
    with pytest.raises(S3Error, match="InvalidArgument"):
        printable("name", value)


def test_dates_are_those_of_http() -> None:
    assert http_date(1_700_000_000_999_999) == "Tue, 14 Nov 2023 22:13:20 GMT"


def test_request_ids_differ() -> None:
    assert new_request_id() != new_request_id()
