"""Following output: whole lines while a program runs, every byte at its end."""

from pathlib import Path

import pytest

from stokehold.runner import tail
from stokehold.runner.tail import Tail


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out"


def text(pieces: list[tail.Printed]) -> bytes:
    return b"".join(p.data for p in pieces)


def test_nothing_is_said_of_a_file_that_is_not_there_or_has_not_grown(path: Path) -> None:
    follower = Tail("1.a", 1, path)
    assert follower.more() == []
    path.write_bytes(b"one\n")
    assert text(follower.more()) == b"one\n"
    assert follower.more(final=True) == []


def test_a_line_that_is_being_written_waits_for_its_end(path: Path) -> None:
    follower = Tail("1.a", 1, path)
    path.write_bytes(b"one\ntw")
    assert text(follower.more()) == b"one\n"
    path.write_bytes(b"one\ntwo\n")
    assert text(follower.more()) == b"two\n"


def test_a_prompt_without_an_end_is_shown(path: Path) -> None:
    follower = Tail("1.a", 1, path)
    path.write_bytes(b"continue? ")
    assert text(follower.more()) == b""
    assert text(follower.more()) == b"continue? "


def test_at_the_end_every_byte_is_told(path: Path) -> None:
    follower = Tail("1.a", 2, path)
    path.write_bytes(b"one\ntw")
    follower.more()
    pieces = follower.more(final=True)
    assert [(p.stream, p.position, p.data) for p in pieces] == [(2, 4, b"tw")]


def test_large_output_comes_in_pieces_that_fit_together(path: Path) -> None:
    data = b"".join(b"%d\n" % i for i in range(200_000))
    path.write_bytes(data)
    pieces = Tail("1.a", 1, path).more(final=True)
    assert text(pieces) == data
    assert [p.position for p in pieces[1:]] == [p.position + len(p.data) for p in pieces[:-1]]


def test_output_older_than_what_the_server_keeps_does_not_travel(path: Path) -> None:
    path.write_bytes(b"x" * 5000)
    pieces = Tail("1.a", 1, path, kept=1000).more(final=True)
    assert (pieces[0].position, len(text(pieces))) == (4000, 1000)


def test_the_disk_of_what_was_sent_is_given_back(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "_PUNCH_EVERY", 1 << 20)
    path.write_bytes(b"x" * (4 << 20))
    before = path.stat().st_blocks
    Tail("1.a", 1, path).more(final=True)
    assert path.stat().st_size == 4 << 20
    assert path.stat().st_blocks < before / 2
