import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from stokehold.domain.errors import Faults, Invalid
from stokehold.runner.clone import clone
from stokehold.runner.inputs import Manifest, Placed
from stokehold.runner.results import BadFilter, changed, filters


@pytest.fixture
def job(tmp_path: Path) -> Path:
    path = tmp_path / "job"
    path.mkdir()
    return path


def with_input(job: Path, name: str, data: bytes) -> Manifest:
    """Put an input as `inputs.bring` does."""
    cached = job.parent / "cached"
    cached.write_bytes(data)
    path = job / name
    path.parent.mkdir(parents=True, exist_ok=True)
    clone(cached, path)
    os.utime(path, (time.time() - 5, time.time() - 5))
    s = path.stat()
    return Manifest({name: Placed(s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns, str(cached))})


def test_new_files_are_results_sorted_with_their_sizes(job: Path) -> None:
    (job / "b/c").mkdir(parents=True)
    (job / "b/c/deep.txt").write_bytes(b"12345")
    (job / "a.txt").write_bytes(b"")
    (job / "b.txt").write_bytes(b"1")
    (job / "empty").mkdir()
    assert changed(job, Manifest()) == [("a.txt", 0), ("b.txt", 1), ("b/c/deep.txt", 5)]


def test_an_untouched_input_is_no_result(job: Path) -> None:
    manifest = with_input(job, "d/in.txt", b"input")
    assert changed(job, manifest) == []


def test_an_input_that_was_touched_or_rewritten_alike_is_no_result(job: Path) -> None:
    manifest = with_input(job, "in.txt", b"input" * 200_000)
    os.utime(job / "in.txt")
    assert changed(job, manifest) == []
    (job / "in.txt").unlink()
    (job / "in.txt").write_bytes(b"input" * 200_000)
    assert changed(job, manifest) == []


@pytest.mark.parametrize("new", [b"INPUT", b"inpu", b"input!", b""])
def test_an_input_with_another_content_is_a_result(job: Path, new: bytes) -> None:
    manifest = with_input(job, "in.txt", b"input")
    (job / "in.txt").write_bytes(new)
    assert changed(job, manifest) == [("in.txt", len(new))]


def test_a_change_with_the_times_put_back_is_found(job: Path) -> None:
    manifest = with_input(job, "in.txt", b"input")
    before = (job / "in.txt").stat()
    deadline = time.monotonic() + 5
    while (job / "in.txt").stat().st_ctime_ns == before.st_ctime_ns and time.monotonic() < deadline:
        (job / "in.txt").write_bytes(b"INPUT")  # until the clock of the file system has ticked
        os.utime(job / "in.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert changed(job, manifest) == [("in.txt", 5)]


def test_an_input_that_was_moved_is_a_result_and_one_that_was_deleted_is_none(job: Path) -> None:
    manifest = with_input(job, "in.txt", b"input")
    (job / "in.txt").rename(job / "out.txt")
    assert changed(job, manifest) == [("out.txt", 5)]


def test_without_its_cached_copy_a_touched_input_counts(job: Path) -> None:
    manifest = with_input(job, "in.txt", b"input")
    (job.parent / "cached").unlink()
    assert changed(job, manifest) == []
    os.utime(job / "in.txt")
    assert changed(job, manifest) == [("in.txt", 5)]


def test_whitelist_then_blacklist(job: Path) -> None:
    for name in ("a.h5", "tmp-a.h5", "a.txt"):
        (job / name).write_bytes(b"1")
    assert changed(job, Manifest(), r"\.h5$", "^tmp") == [("a.h5", 1)]
    with pytest.raises(Invalid):
        changed(job, Manifest(), "(")


def test_links_to_files_of_the_folder_are_files_and_others_are_left_out(job: Path) -> None:
    (job / "d").mkdir()
    (job / "d/file").write_bytes(b"123")
    (job.parent / "secret").write_bytes(b"secret")
    for name, target in {
        "good": "d/file", "absolute": "/job/d/file", "again": "good", "folder": "d", "loop": "loop",
        "away": "../secret", "system": "/etc/hostname", "broken": "nowhere", "through": "folder/file",
    }.items():  # fmt: skip
        (job / name).symlink_to(target)
    notes: list[str] = []
    assert changed(job, Manifest(), note=notes.append) == [
        ("absolute", 3),
        ("again", 3),
        ("d/file", 3),
        ("good", 3),
    ]
    assert len(notes) == 6


def test_sockets_fifos_and_devices_are_left_out(job: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(job / "fifo")
    monkeypatch.chdir(job)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket")
        assert changed(job, Manifest()) == []


def test_names_that_cannot_be_keys_are_left_out_with_a_note(job: Path) -> None:
    (job / os.fsdecode(b"caf\xe9")).write_bytes(b"1")
    (job / "café").write_bytes(b"1")
    deep = job
    for _ in range(5):
        deep = deep / ("x" * 250)
    deep.mkdir(parents=True)
    (deep / "f").write_bytes(b"1")
    notes: list[str] = []
    assert changed(job, Manifest(), note=notes.append) == [("café", 1)]
    assert len(notes) == 2


def test_an_empty_folder_costs_one_scan(job: Path) -> None:
    """As many times as long as the scan itself as this machine needs for it, however fast it is."""
    manifest = Manifest()
    looks = [quickest(lambda: changed(job, manifest, "whitelist", "blacklist")) for _ in range(5)]
    scans = [quickest(lambda: os.listdir(job)) for _ in range(5)]
    assert min(looks) < 25 * min(scans)


def quickest(act: Callable[[], object]) -> float:
    """The seconds that it takes when nothing comes between."""
    best = 1.0
    for _ in range(50):
        began = time.perf_counter()
        act()
        best = min(best, time.perf_counter() - began)
    return best


def test_no_descriptor_is_left_open(job: Path) -> None:
    (job / "a/b").mkdir(parents=True)
    (job / "a/f").write_bytes(b"1")
    (job / "l").symlink_to("a/f")
    before = sorted(os.listdir("/proc/self/fd"))
    changed(job, Manifest())
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_constants_are_filled_into_filters_and_what_they_break_is_named() -> None:
    assert filters("results", "^${A}", "", {"A": "x"}) == ("^x", "")
    for whitelist, blacklist, name in (("${A}", "", "whitelist"), ("", "${A}", "blacklist")):
        with pytest.raises(BadFilter) as caught:
            filters("results", whitelist, blacklist, {"A": "("})
        assert caught.value.failure.code == Faults.BAD_FILTER.code
        assert caught.value.message.startswith(f"The {name} of the results cannot be used")


@pytest.mark.parametrize("value", ["(s3cret", "s3cret**", "[s3cret-a]", "s3cret\\q"])
def test_what_was_filled_in_is_never_told(value: str) -> None:
    with pytest.raises(BadFilter) as caught:
        filters("results", "^${A}", "", {"A": value})
    assert "s3cret" not in caught.value.message
    assert "'^${A}'" in caught.value.message
