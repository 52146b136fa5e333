import os
from pathlib import Path

import pytest

from stokehold.runner.folder import BadPath, open_below, open_file, open_root, split


def read(folder: Path, path: str) -> bytes:
    with open(open_file(folder, path), "rb") as file:
        return file.read()


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a", "a/../b", "a//b", "", "a/", "./a", "a/.", "a\0b", "/"]
)
def test_paths_that_are_not_plainly_inside_are_refused(path: str) -> None:
    with pytest.raises(BadPath):
        split(path)


def test_a_plain_path_is_split() -> None:
    assert split("a/..b/c d/é") == ("a", "..b", "c d", "é")


@pytest.mark.parametrize(
    "link", ["data/a.txt", "./data//a.txt", "data/../data/a.txt", "/job/data/a.txt", "relay"]
)
def test_a_link_to_a_file_of_the_folder_is_followed(tmp_path: Path, link: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/a.txt").write_bytes(b"a")
    (tmp_path / "relay").symlink_to(tmp_path / "data/a.txt")
    (tmp_path / "link").symlink_to(link)
    assert read(tmp_path, "link") == b"a"


@pytest.mark.parametrize(
    "link", ["/etc/hostname", "../secret", "folder/secret", "link", "/job/../secret", "/jobs/x", "/job"]
)
def test_a_link_that_leaves_the_folder_is_refused(tmp_path: Path, link: str) -> None:
    job = tmp_path / "job"
    job.mkdir()
    (tmp_path / "secret").write_text("secret")
    (job / "folder").symlink_to("..")
    (job / "link").symlink_to(link)
    with pytest.raises((BadPath, OSError)):
        read(job, "link")


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "folder").mkdir()
    for name in ("fifo", "folder"):
        with pytest.raises((BadPath, OSError)):
            read(tmp_path, name)


def test_folders_are_made_but_never_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/")
    root = open_root(tmp_path)
    try:
        os.close(open_below(root, ("a", "b"), create=True))
        os.close(open_below(root, ("a", "b"), create=True))
        with pytest.raises(OSError, match=r"directory|symbolic"):
            open_below(root, ("link", "x"), create=True)
    finally:
        os.close(root)
    assert (tmp_path / "a/b").is_dir()


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/hostname")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/f").write_bytes(b"")
    before = sorted(os.listdir("/proc/self/fd"))
    for path in ("link", "missing", "a/f/x", "a"):
        with pytest.raises((BadPath, OSError)):
            open_file(tmp_path, path)
    read(tmp_path, "a/f")
    assert sorted(os.listdir("/proc/self/fd")) == before
