"""The outbox: reports survive their runner, in order, with their numbers."""

import resource
from pathlib import Path

import pytest

from stokehold.domain.protocol import Ended, Lost, Printed
from stokehold.runner import outbox
from stokehold.runner.outbox import Outbox


def test_reports_survive_and_keep_their_numbers(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box")
    box.add([Printed("1.a", 1, 0, b"x"), Ended("1.a", 5, exit_code=0)])
    box.add([Lost("2.b", "why")])
    assert Outbox(tmp_path / "box").batch(10) == box.batch(10)
    assert box.batch(10)[0] == 1
    assert box.ended() == {"1.a", "2.b"}


def test_what_is_acknowledged_is_not_sent_again(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box")
    box.add([Ended("1.a", 5), Ended("2.b", 5), Ended("3.c", 5)])
    box.ack(2)
    assert box.batch(10) == (3, [Ended("3.c", 5)])
    box.ack(3)
    assert box.batch(10) == (4, [])
    assert len(box) == 0


def test_a_line_that_was_being_written_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "box"
    Outbox(path).add([Ended("1.a", 5)])
    whole = path.read_bytes()
    for cut in range(1, 12):
        path.write_bytes(whole + whole[:cut])
        box = Outbox(path)
        assert box.batch(10) == (1, [Ended("1.a", 5)])
        box.add([Ended("2.b", 6)])
        assert Outbox(path).batch(10)[1] == [Ended("1.a", 5), Ended("2.b", 6)]
        path.write_bytes(whole)


def test_a_disk_that_is_full_takes_all_or_nothing(tmp_path: Path) -> None:
    path = tmp_path / "box"
    box = Outbox(path)
    box.add([Ended("1.a", 5)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 3, limits[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            box.add([Ended("2.b", 6)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert box.batch(10) == (1, [Ended("1.a", 5)])
    box.add([Ended("2.b", 6)])
    assert Outbox(path).batch(10) == box.batch(10) == (1, [Ended("1.a", 5), Ended("2.b", 6)])


def test_a_file_begun_anew_goes_on_counting(tmp_path: Path, monkeypatch: object) -> None:
    path = tmp_path / "box"
    box = Outbox(path)
    box.add([Printed("1.a", 1, 0, b"x" * outbox.ROOM), Ended("1.a", 5)])
    box.ack(2)
    assert path.stat().st_size < 100
    assert Outbox(path).batch(10) == (3, [])


def test_a_batch_is_bounded_in_number_and_bytes(tmp_path: Path) -> None:
    box = Outbox(tmp_path / "box")
    box.add([Printed("1.a", 1, i * 10, b"0123456789") for i in range(10)])
    assert len(box.batch(4)[1]) == 4
    assert len(box.batch(10, most_bytes=25)[1]) == 2
    assert len(box.batch(10, most_bytes=5)[1]) == 1
