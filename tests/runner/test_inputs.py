import asyncio
import errno
import os
import stat
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from stokehold.domain.protocol import Input
from stokehold.runner import inputs as module
from stokehold.runner.cache import Cache
from stokehold.runner.inputs import InputsUnavailable, Manifest, bring
from stokehold.runner.results import changed
from stokehold.runner.transfer import Transfer, client
from tests.runner import misbehaving
from tests.runner.misbehaving import Storage

T = TypeVar("T")


@pytest.fixture(scope="module")
def _served() -> Iterator[Storage]:
    with misbehaving.storage() as served:
        yield served


@pytest.fixture
def storage(_served: Storage) -> Storage:
    return _served.reset()


@pytest.fixture
def job(tmp_path: Path) -> Path:
    path = tmp_path / "job"
    path.mkdir()
    return path


def run(job: Path, act: Callable[[Cache], Awaitable[T]], limit_bytes: int = 10**9) -> T:
    async def go() -> T:
        async with client() as http:
            return await act(Cache(job.parent / "cache", limit_bytes, Transfer(http, pause_s=0.001, tries=2)))

    return asyncio.run(go())


def place(job: Path, *items: Input, before: Manifest | None = None) -> Manifest:
    return run(job, lambda cache: bring(items, job, cache, before))


def content(job: Path) -> dict[str, bytes]:
    return {str(p.relative_to(job)): p.read_bytes() for p in job.rglob("*") if p.is_file()}


def test_every_input_is_placed_with_its_folders_and_mode_0755(storage: Storage, job: Path) -> None:
    manifest = place(job, storage.put("in", "a.txt", b"a"), storage.put("in", "x/y/b.sh", b"#!/bin/sh\n"))
    assert content(job) == {"a.txt": b"a", "x/y/b.sh": b"#!/bin/sh\n"}
    assert stat.S_IMODE((job / "x/y/b.sh").stat().st_mode) == 0o755
    assert set(manifest.files) == {"a.txt", "x/y/b.sh"}


def test_nothing_to_bring_costs_nothing(storage: Storage, job: Path) -> None:
    assert place(job) == Manifest()
    assert storage.requests == []


def test_of_two_with_one_path_the_later_counts(storage: Storage, job: Path) -> None:
    place(job, storage.put("one", "a", b"first"), storage.put("two", "a", b"second"))
    assert content(job) == {"a": b"second"}
    assert storage.requests == ["GET /two/a"]


def test_keys_that_end_with_a_slash_are_folders(storage: Storage, job: Path) -> None:
    marker = storage.put("in", "prefix/", b"", path="")
    place(
        job,
        storage.put("in", "empty/folder/", b""),
        storage.put("in", "d/", b""),
        storage.put("in", "d/f", b"f"),
        marker,
    )
    assert (job / "empty/folder").is_dir()
    assert content(job) == {"d/f": b"f"}


@pytest.mark.parametrize(
    "path", ["/etc/cron.d/x", "../x", "a/../../x", "a//b", "", "a\0b", ".", "a/./b", "..", "../", "x" * 300]
)
def test_a_path_that_attacks_is_refused_and_the_key_is_named(storage: Storage, job: Path, path: str) -> None:
    bad = storage.put("in", "evil-key", b"evil", path=path)
    with pytest.raises(InputsUnavailable) as caught:
        place(job, storage.put("in", "good", b"good"), bad)
    assert caught.value.failure.code == "STK3003"
    assert "in/evil-key" in caught.value.failure.message
    assert sorted(p.name for p in job.parent.iterdir()) in (["cache", "job"], ["job"])
    assert not Path("/etc/cron.d/x").exists()


@pytest.mark.parametrize("order", [1, -1])
def test_a_key_that_is_both_file_and_folder_is_refused(storage: Storage, job: Path, order: int) -> None:
    items = [storage.put("in", "a", b"file"), storage.put("in", "a/b", b"below")]
    with pytest.raises(InputsUnavailable, match="in/a"):
        place(job, *items[::order])


@pytest.mark.parametrize("path", ["link/x", "link/sub/x", "file"])
def test_a_link_made_by_a_running_program_is_never_followed(storage: Storage, job: Path, path: str) -> None:
    outside = job.parent / "outside"
    outside.mkdir()
    (job / "link").symlink_to(outside)
    (job / "file").symlink_to(outside / "file")
    item = storage.put("in", path, b"evil")
    if path == "file":
        place(job, item)
        assert (job / "file").read_bytes() == b"evil"
        assert not (job / "file").is_symlink()
    else:
        with pytest.raises(InputsUnavailable, match="link"):
            place(job, item)
    assert list(outside.iterdir()) == []


def test_a_bucket_that_is_gone_is_told_from_an_object_that_is(storage: Storage, job: Path) -> None:
    item = storage.put("in", "a", b"a")
    for misdeed, code, name in (("NoSuchBucket", "STK3002", "'in'"), ("NoSuchKey", "STK4001", "in/a")):
        storage.misdeeds["/in/a"] = [misdeed]
        with pytest.raises(InputsUnavailable) as caught:
            place(job, item)
        assert caught.value.failure.code == code
        assert name in caught.value.failure.message
        assert "Amz" not in caught.value.failure.message


def test_a_task_cannot_damage_what_another_will_read(storage: Storage, job: Path) -> None:
    item = storage.put("in", "a", b"original")
    place(job, item)
    (job / "a").chmod(0o777)
    with open(job / "a", "r+b") as file:
        file.write(b"DAMAGED!")
    other = job.parent / "other"
    other.mkdir()
    run(job, lambda cache: bring([item], other, cache))
    assert content(other) == {"a": b"original"}
    assert len(storage.requests) == 1


def test_downloads_are_bounded(storage: Storage, job: Path) -> None:
    items = [storage.put("in", f"{n}", f"{n}".encode()) for n in range(60)]
    place(job, *items)
    assert len(content(job)) == 60
    assert storage.most_at_once <= 8


def test_a_manifest_survives_a_restart(storage: Storage, job: Path) -> None:
    manifest = place(job, storage.put("in", "a", b"a"), storage.put("in", "d/é", b"b"))
    manifest.save(job.parent / "manifest")
    assert Manifest.load(job.parent / "manifest") == manifest
    assert all(Path(path).is_file() for path in manifest.cached())
    assert sorted(p.name for p in job.parent.iterdir()) == ["cache", "job", "manifest"]
    (job.parent / "manifest").write_bytes(b"\xc1")
    with pytest.raises(msgspec.DecodeError):
        Manifest.load(job.parent / "manifest")


def test_a_refresh_brings_what_is_new_and_keeps_the_programs_own_changes(storage: Storage, job: Path) -> None:
    kept, old = storage.put("in", "kept", b"kept"), storage.put("in", "old", b"old")
    first = place(job, kept, old)
    (job / "kept").write_bytes(b"mine")
    second = place(
        job, kept, storage.put("in", "old", b"newer"), storage.put("in", "new", b"new"), before=first
    )
    assert content(job) == {"kept": b"mine", "old": b"newer", "new": b"new"}
    assert second.files["kept"] == first.files["kept"]
    assert (job / "old").stat().st_ino == second.files["old"].inode


def test_a_running_program_finds_a_new_input_whole_or_not_at_all(
    storage: Storage, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = module.clone_into, []

    def look(source: Path | str, target: int) -> None:
        seen.append((job / "new").exists())
        real(source, target)

    monkeypatch.setattr(module, "clone_into", look)
    place(job, storage.put("in", "new", b"whole"), before=Manifest())
    assert (seen, content(job)) == ([False], {"new": b"whole"})


def test_what_a_program_writes_as_soon_as_an_input_is_there_is_its_own(
    storage: Storage, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.rename

    def then_write(*names: str, **folders: int) -> None:
        real(*names, **folders)
        (job / "new").write_bytes(b"MINE")

    monkeypatch.setattr(os, "rename", then_write)
    manifest = place(job, storage.put("in", "new", b"ours"), before=Manifest())
    assert changed(job, manifest) == [("new", 4)]


def test_an_input_that_could_not_be_put_there_leaves_nothing(
    storage: Storage, job: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_source: Path | str, target: int) -> None:
        os.write(target, b"some of it")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "clone_into", full)
    with pytest.raises(InputsUnavailable, match="no room"):
        place(job, storage.put("in", "new", b"whole"), before=Manifest())
    assert content(job) == {}


def test_the_cache_keeps_what_the_instance_uses_until_released(storage: Storage, job: Path) -> None:
    item, other = storage.put("in", "a", b"a" * 100), storage.put("in", "b", b"b" * 100)

    async def go(cache: Cache) -> None:
        [cached] = (await bring([item], job, cache)).cached()
        await cache.fetch(other)
        assert Path(cached).exists()
        cache.release(str(job))
        await cache.fetch(storage.put("in", "c", b"c"))
        assert not Path(cached).exists()

    run(job, go, limit_bytes=100)


def test_inputs_that_failed_are_held_by_nobody(storage: Storage, job: Path) -> None:
    item, bad = storage.put("in", "a", b"a" * 100), storage.put("in", "b", b"b")
    storage.misdeeds["/in/b"] = ["NoSuchKey"]

    async def go(cache: Cache) -> None:
        with pytest.raises(InputsUnavailable):
            await bring([item, bad], job, cache)
        await cache.fetch(storage.put("in", "c", b"c"))
        await cache.fetch(storage.put("in", "d", b"d"))

    run(job, go, limit_bytes=2)
    assert sum(p.stat().st_size for p in (job.parent / "cache").rglob("*") if p.is_file()) <= 2


def test_a_program_sees_an_input_as_lately_made(storage: Storage, job: Path) -> None:
    place(job, storage.put("in", "a", b"a"))
    found = os.stat(job / "a")
    assert 0 <= found.st_ctime - found.st_mtime < 10
