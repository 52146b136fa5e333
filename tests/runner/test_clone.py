import os
import stat
from pathlib import Path

import pytest

from stokehold.runner import clone as module
from stokehold.runner.clone import clone


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
