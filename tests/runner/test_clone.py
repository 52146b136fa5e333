import os
import stat
import threading
from itertools import count
from pathlib import Path

import pytest

from stokehold.runner import clone as module
from stokehold.runner.clone import capture, clone
from tests.waiting import wait_until


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source"
    path.write_bytes(os.urandom(3_000_000))
    path.chmod(0o444)
    return path


def test_a_clone_has_the_bytes_and_mode_0755(source: Path, tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        clone(source, tmp_path / "copy")
    finally:
        os.umask(before)
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o755


def test_writing_to_a_clone_leaves_the_source(source: Path, tmp_path: Path) -> None:
    content = source.read_bytes()
    clone(source, tmp_path / "copy")
    with open(tmp_path / "copy", "r+b") as file:
        file.write(b"damage")
    assert source.read_bytes() == content
    assert (tmp_path / "copy").stat().st_ino != source.stat().st_ino


@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_every_way_of_copying_gives_the_same(tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(size))
    for number, way in enumerate((module._copy_inside, module._copy)):
        with open(source, "rb") as origin, open(tmp_path / str(number), "wb") as target:
            way(origin.fileno(), target.fileno())
        assert (tmp_path / str(number)).read_bytes() == source.read_bytes()


def test_a_clone_crosses_file_systems(source: Path) -> None:
    elsewhere = Path("/dev/shm") / f"stokehold-clone-{os.getpid()}"
    if not elsewhere.parent.is_dir() or elsewhere.parent.stat().st_dev == source.stat().st_dev:
        pytest.skip("there is no second file system")
    try:
        clone(source, elsewhere)
        assert elsewhere.read_bytes() == source.read_bytes()
    finally:
        elsewhere.unlink(missing_ok=True)


def test_a_clone_never_overwrites(source: Path, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("mine")
    with pytest.raises(FileExistsError):
        clone(source, tmp_path / "there")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(FileExistsError):
        clone(source, tmp_path / "link")
    assert (tmp_path / "there").read_text() == "mine"


def test_a_clone_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        clone(tmp_path / "missing", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def captured(source: Path, target: Path) -> bool:
    with source.open("rb") as origin, target.open("w+b") as copy:
        return capture(origin.fileno(), copy.fileno())


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_a_file_that_holds_still_is_captured_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "a").write_bytes(os.urandom(size))
    assert captured(tmp_path / "a", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()


@pytest.mark.parametrize("shares", [True, False])
def test_a_file_that_grows_all_the_time_is_captured_as_it_was_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shares: bool
) -> None:
    if not shares:
        monkeypatch.setattr(module, "_share", lambda *_: False)
    log, stop = tmp_path / "log", threading.Event()
    log.touch()

    def write() -> None:
        with log.open("ab", buffering=0) as file:
            for number in count():
                file.write(b"%08d\n" % number)
                if stop.is_set():
                    return

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: log.stat().st_size > 10_000)
        taken = sum(captured(log, tmp_path / "copy") for _ in range(20))
    finally:
        stop.set()
        writer.join()
    assert taken
    assert captured(log, tmp_path / "copy")
    lines = (tmp_path / "copy").read_bytes().split(b"\n")
    assert lines == [*(b"%08d" % number for number in range(len(lines) - 1)), b""]


def test_a_file_that_is_written_over_while_it_is_read_is_no_mixture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the copy and the look at it, it changes each time: it would not hold still."""
    monkeypatch.setattr(module, "_share", lambda *_: False)
    monkeypatch.setattr(module, "_PAUSE_S", 0.0)
    page = tmp_path / "page"
    page.write_bytes(b"a" * 1000)
    real = module._catch_up

    def then_write(origin: int, target: int) -> int | None:
        size = real(origin, target)
        page.write_bytes(b"b" * 1000 if page.read_bytes()[:1] == b"a" else b"a" * 1000)
        return size

    monkeypatch.setattr(module, "_catch_up", then_write)
    assert not captured(page, tmp_path / "copy")
