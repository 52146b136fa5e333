import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import pytest

from stokehold.domain.storage import PART_SIZE
from stokehold.runner.cache import Cache
from stokehold.runner.transfer import Transfer, TransferError, client
from tests.runner import misbehaving
from tests.runner.misbehaving import Storage
from tests.waiting import eventually, wait_until

T = TypeVar("T")


@pytest.fixture(scope="module")
def _served() -> Iterator[Storage]:
    with misbehaving.storage() as served:
        yield served


@pytest.fixture
def storage(_served: Storage) -> Storage:
    return _served.reset()


@asynccontextmanager
async def caches(directory: Path, limit_bytes: int = 10**9, tries: int = 3) -> AsyncIterator[Cache]:
    async with client() as http:
        yield Cache(directory, limit_bytes, Transfer(http, pause_s=0.001, tries=tries))


def run(directory: Path, act: Callable[[Cache], Awaitable[T]], limit_bytes: int = 10**9) -> T:
    async def go() -> T:
        async with caches(directory, limit_bytes) as cache:
            return await act(cache)

    return asyncio.run(go())


def files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_an_object_is_fetched_once_and_kept_read_only(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a.txt", b"hello")

    async def twice(cache: Cache) -> Path:
        assert await cache.fetch(item) == await cache.fetch(item)
        return await cache.fetch(item)

    path = run(tmp_path, twice)
    assert path.read_bytes() == b"hello"
    assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert len(path.relative_to(tmp_path / "objects").parts) == 3
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert run(tmp_path, lambda cache: cache.fetch(item)) == path  # after a restart too
    assert len(storage.requests) == 1


def test_the_same_key_with_another_content_is_another_file(storage: Storage, tmp_path: Path) -> None:
    first = run(tmp_path, lambda cache: cache.fetch(storage.put("in", "a", b"one")))
    second = run(tmp_path, lambda cache: cache.fetch(storage.put("in", "a", b"two")))
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")


def test_200_fetches_at_once_download_once(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", os.urandom(500_000))

    async def many(cache: Cache) -> None:
        paths = await asyncio.gather(*(cache.fetch(item) for _ in range(200)))
        assert len(set(paths)) == 1

    run(tmp_path, many)
    assert len(storage.requests) == 1


def test_one_who_gives_up_does_not_stop_the_others(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", b"x" * 300_000)
    storage.misdeeds["/in/a"] = ["slow"]

    async def go(cache: Cache) -> None:
        first, second = (asyncio.create_task(cache.fetch(item)) for _ in range(2))
        await eventually(lambda: storage.requests)
        first.cancel()
        await asyncio.wait([first])
        storage.gate.set()
        assert (await second).stat().st_size == 300_000

    run(tmp_path, go)
    assert len(storage.requests) == 1


def test_when_all_give_up_the_download_stops_and_a_later_one_begins_anew(
    storage: Storage, tmp_path: Path
) -> None:
    item = storage.put("in", "a", b"x" * 300_000)
    storage.misdeeds["/in/a"] = ["slow"]

    async def go(cache: Cache) -> None:
        first = asyncio.create_task(cache.fetch(item))
        await eventually(lambda: storage.requests)
        first.cancel()
        assert (await asyncio.create_task(cache.fetch(item))).stat().st_size == 300_000
        storage.gate.set()

    run(tmp_path, go)
    assert len(files(tmp_path)) == 1


@pytest.mark.parametrize("damage", ["write", "truncate", "append", "replace", "link"])
def test_a_damaged_file_is_fetched_again(storage: Storage, tmp_path: Path, damage: str) -> None:
    item = storage.put("in", "a", b"hello")
    path = run(tmp_path, lambda cache: cache.fetch(item))
    path.chmod(0o644)
    match damage:
        case "write":
            with open(path, "r+b") as file:
                file.write(b"HELLO")
        case "truncate":
            os.truncate(path, 2)
        case "append":
            with open(path, "ab") as file:
                file.write(b"!")
        case "replace":
            path.unlink()
            path.write_bytes(b"HELLO")
        case _:
            path.unlink()
            path.symlink_to("/etc/hostname")
    assert run(tmp_path, lambda cache: cache.fetch(item)).read_bytes() == b"hello"
    assert not path.is_symlink()


@pytest.mark.parametrize("misdeed", ["wrong", "shorter", "longer", "cut", "503"])
def test_what_came_damaged_is_fetched_again(storage: Storage, tmp_path: Path, misdeed: str) -> None:
    item = storage.put("in", "a", b"hello" * 100)
    storage.misdeeds["/in/a"] = [misdeed]
    assert run(tmp_path, lambda cache: cache.fetch(item)).read_bytes() == b"hello" * 100
    assert len(storage.requests) == 2


def test_what_always_comes_damaged_is_refused_and_leaves_nothing(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", b"hello")
    storage.misdeeds["/in/a"] = ["wrong"] * 9
    with pytest.raises(TransferError, match="ETag"):
        run(tmp_path, lambda cache: cache.fetch(item))
    assert files(tmp_path) == []


def test_an_object_replaced_since_is_refused_at_once(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", b"hello")
    storage.put("in", "a", b"later")
    with pytest.raises(TransferError, match="replaced") as caught:
        run(tmp_path, lambda cache: cache.fetch(item))
    assert caught.value.permanent
    assert len(storage.requests) == 1


def test_the_etag_of_parts_is_verified(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", os.urandom(PART_SIZE + 100))
    storage.misdeeds["/in/a"] = ["wrong"]
    path = run(tmp_path, lambda cache: cache.fetch(item))
    assert path.read_bytes() == storage.objects["/in/a"]
    assert len(storage.requests) == 2


def test_a_failure_reaches_all_who_wait_and_is_not_remembered(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", b"hello")
    storage.misdeeds["/in/a"] = ["NoSuchKey"]

    async def go(cache: Cache) -> None:
        failed = await asyncio.gather(*(cache.fetch(item) for _ in range(3)), return_exceptions=True)
        assert all(isinstance(error, TransferError) for error in failed)
        assert (await cache.fetch(item)).read_bytes() == b"hello"

    run(tmp_path, go)


def test_the_file_unused_for_longest_goes_first(storage: Storage, tmp_path: Path) -> None:
    items = [storage.put("in", name, name.encode() * 100) for name in "abcd"]

    async def go(cache: Cache) -> list[Path]:
        paths = [await cache.fetch(item) for item in items[:3]]
        await cache.fetch(items[0])
        return [*paths, await cache.fetch(items[3])]

    paths = run(tmp_path, go, limit_bytes=300)
    assert [path.exists() for path in paths] == [True, False, True, True]
    assert len(files(tmp_path)) == 3


def test_the_order_of_use_survives_a_restart(storage: Storage, tmp_path: Path) -> None:
    items = [storage.put("in", name, name.encode() * 100) for name in "abc"]
    paths = [run(tmp_path, lambda cache, item=item: cache.fetch(item)) for item in items[:2]]  # type: ignore[misc]
    for path, hours in zip(paths, (1, 2), strict=True):
        seen = path.stat()
        os.utime(path, ns=(seen.st_atime_ns - hours * 3600 * 10**9, seen.st_mtime_ns))
    run(tmp_path, lambda cache: cache.fetch(items[2]), limit_bytes=200)
    assert [path.exists() for path in paths] == [True, False]


def test_what_an_attempt_uses_never_goes(storage: Storage, tmp_path: Path) -> None:
    items = [storage.put("in", name, name.encode() * 100) for name in "abcd"]

    async def go(cache: Cache) -> None:
        paths = [await cache.fetch(item, "attempt") for item in items[:3]]
        assert all(path.exists() for path in paths)
        cache.release("attempt")
        last = await cache.fetch(items[3])
        assert [path.exists() for path in (*paths, last)] == [False, False, False, True]

    run(tmp_path, go, limit_bytes=100)


def test_a_restarted_runner_holds_what_its_attempts_use(storage: Storage, tmp_path: Path) -> None:
    items = [storage.put("in", name, name.encode() * 100) for name in "ab"]
    path = run(tmp_path, lambda cache: cache.fetch(items[0]))

    async def go(cache: Cache) -> None:
        cache.hold("attempt", [str(path)])
        await cache.fetch(items[1])
        assert path.exists()

    run(tmp_path, go, limit_bytes=100)


def test_two_attempts_may_hold_one_file(storage: Storage, tmp_path: Path) -> None:
    items = [storage.put("in", name, name.encode() * 100) for name in "ab"]

    async def go(cache: Cache) -> None:
        path = await cache.fetch(items[0], "one")
        await cache.fetch(items[0], "two")
        cache.release("one")
        await cache.fetch(items[1])
        assert path.exists()

    run(tmp_path, go, limit_bytes=100)


def test_a_runner_killed_in_the_middle_leaves_nothing_that_counts(storage: Storage, tmp_path: Path) -> None:
    item = storage.put("in", "a", os.urandom(2_000_000))
    storage.misdeeds["/in/a"] = ["half"]
    program = f"""
import asyncio
from pathlib import Path
from stokehold.domain.protocol import Input
from stokehold.runner.cache import Cache
from stokehold.runner.transfer import Transfer, client
async def go():
    async with client() as http:
        await Cache(Path({str(tmp_path)!r}), 10**9, Transfer(http)).fetch(
            Input({item.path!r}, {item.etag!r}, {item.size}, {item.bucket!r}, {item.key!r}, {item.url!r}))
asyncio.run(go())
"""
    child = subprocess.Popen([sys.executable, "-c", program])
    try:
        wait_until(lambda: any(path.stat().st_size > 100_000 for path in files(tmp_path)))
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert len(files(tmp_path / "incoming")) == 1
    assert files(tmp_path / "objects") == []
    storage.gate.set()
    path = run(tmp_path, lambda cache: cache.fetch(item))
    assert path.read_bytes() == storage.objects["/in/a"]
    assert files(tmp_path) == [path]
