"""Files that never reach a disk."""

import os
from pathlib import Path

import pytest

from stokehold.runner.runtime.unwritten import SHARED_MEMORY, Unwritten
from tests import tools


@pytest.fixture
def private(tmp_path: Path) -> Path:
    (tmp_path / "private").mkdir(mode=0o700)
    return tmp_path / "private"


@pytest.fixture
def unwritten(private: Path) -> Unwritten:
    if not os.path.ismount(SHARED_MEMORY):
        tools.missing(f"{SHARED_MEMORY} is no file system in memory here")
    return Unwritten(private)


def test_the_folder_is_in_memory_and_its_owners_alone(unwritten: Unwritten) -> None:
    folder = unwritten.open()
    assert folder.parent == SHARED_MEMORY
    assert folder.stat().st_mode & 0o777 == 0o700
    unwritten.remove("nothing")
    assert not folder.exists()


def test_the_folder_goes_with_the_last_file_in_it(unwritten: Unwritten, private: Path) -> None:
    folder = unwritten.open()
    (folder / "a").write_text("x")
    (folder / "b").mkdir()
    (folder / "b" / "c").write_text("x")
    unwritten.remove("a")
    assert (folder / "b" / "c").exists()
    Unwritten(private).remove("b")  # in another process of the same folder
    assert not folder.exists()
    unwritten.remove("b")


def test_what_an_earlier_process_left_is_swept_away_but_for_what_is_kept(
    unwritten: Unwritten, private: Path
) -> None:
    folder = unwritten.open()
    for name in ("a", "b"):
        (folder / name).write_text("x")
    (folder / "login").mkdir()
    Unwritten(private).sweep({"b"})
    assert [path.name for path in folder.iterdir()] == ["b"]
    unwritten.sweep(set())
    assert not folder.exists()
    unwritten.sweep(set())


def test_two_folders_share_nothing(unwritten: Unwritten, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Unwritten(tmp_path / "other")
    (unwritten.open() / "a").write_text("x")
    other.sweep(set())
    assert (unwritten.open() / "a").exists()
    unwritten.remove("a")


def test_a_host_without_such_a_place_keeps_them_in_the_private_folder(private: Path, tmp_path: Path) -> None:
    for memory in (tmp_path, tmp_path / "absent"):
        unwritten = Unwritten(private, memory)
        assert unwritten.open() == private
        (private / "a").write_text("x")
        unwritten.sweep(set())
        assert (private / "a").exists()
        unwritten.remove("a")
        assert list(private.iterdir()) == []


@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_a_folder_that_others_may_enter_is_not_used(unwritten: Unwritten, private: Path, mode: int) -> None:
    folder = unwritten.open()
    folder.chmod(mode)
    try:
        assert Unwritten(private).open() == private
    finally:
        folder.rmdir()
