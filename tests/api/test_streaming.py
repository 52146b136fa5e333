import pytest

from stokehold.api.streaming import event, offset
from stokehold.domain.errors import Invalid


def test_no_text_is_mistaken_for_the_lines_of_the_stream() -> None:
    text = "a\n\ndata: b\r\nid: 7\n"
    sent = event({"text": text}, number=3)
    assert sent.count(b"\n\n") == 1
    assert sent.startswith(b"id: 3\ndata: ")
    assert sent.count(b"\n") == 3


def test_an_event_may_have_a_name() -> None:
    assert event({}, name="end") == b"event: end\ndata: {}\n\n"


def test_the_last_place_that_is_given_counts() -> None:
    assert offset("offset", ["1", "22"]) == 22
    assert offset("offset", []) is offset("offset", [""]) is None


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "9" * 30, "٣"])
def test_a_place_is_a_number(text: str) -> None:
    with pytest.raises(Invalid, match="offset"):
        offset("offset", [text])
