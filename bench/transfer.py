"""What files cost a runner: cache hits, clones, folders looked through, files fetched and stored.

Run: python -m bench.transfer [--files 1000]. The floors beside it are `cp` and a bare loop of the HTTP client.
The storage is the tests' own, in a process of its own: it is slower than any that one would use.
"""

import argparse
import asyncio
import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path

import httpx2

from stokehold.domain.protocol import Input
from stokehold.runner.cache import Cache
from stokehold.runner.clone import clone
from stokehold.runner.inputs import Manifest, bring
from stokehold.runner.results import changed
from stokehold.runner.transfer import Transfer, client
from tests.runner import misbehaving

MIB = 1 << 20


def show(what: str, seconds: float, count: int = 1, size: int = 0) -> None:
    rate = f"{size / MIB / seconds:10,.0f} MiB/s" if size else f"{count / seconds:10,.0f} a second"
    print(f"{what:<52} {seconds / count * 1e6:12,.1f} µs each {rate}")


def timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


async def timed_async(act: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await act()
    return time.perf_counter() - began


def local(folder: Path) -> None:
    empty, manifest = folder / "empty", Manifest()
    empty.mkdir()
    show("look through an empty folder", timed(lambda: [changed(empty, manifest) for _ in range(5000)]), 5000)
    for size, rounds in ((4096, 300), (256 * MIB, 1)):
        source = folder / "source"
        source.write_bytes(os.urandom(min(size, MIB)) * max(1, size // MIB))
        for turn in range(3):
            for name, act in (("clone", clone), ("shutil.copyfile", shutil.copyfile), ("cp", cp)):
                copies(folder, source, f"{name} of {size:,} bytes, turn {turn + 1}", act, rounds)


def copies(folder: Path, source: Path, what: str, act: Callable[[Path, Path], object], rounds: int) -> None:
    targets = [folder / f"copy{n}" for n in range(rounds)]
    size = source.stat().st_size
    show(what, timed(lambda: [act(source, target) for target in targets]), rounds, size if size > MIB else 0)
    for target in targets:
        target.unlink()


def cp(source: Path, target: Path) -> None:
    subprocess.run(["cp", "--reflink=auto", source, target], check=True)


async def stored(http: httpx2.AsyncClient, url: str, key: str, data: bytes) -> Input:
    await http.put(f"{url}/in/{key}", content=data)
    return Input(key, misbehaving.etag(data), len(data), "in", key, f"{url}/in/{key}")


async def remote(folder: Path, url: str, count: int) -> None:
    first, second, planner = folder / "first", folder / "second", misbehaving.Storage(0)
    first.mkdir()
    second.mkdir()
    planner.url = url
    async with client() as http:
        transfer = Transfer(http)
        cache = Cache(folder / "cache", 10**12, transfer)
        began = time.perf_counter()
        small = [await stored(http, url, f"d{n % 10}/{n}", os.urandom(1000)) for n in range(count)]
        show(f"bare PUT, one after the other, {count} files", time.perf_counter() - began, count)
        large = await stored(http, url, "large", os.urandom(MIB) * 256)
        show(
            f"bring {count} small inputs, cold", await timed_async(lambda: bring(small, first, cache)), count
        )
        show(
            f"bring {count} small inputs, cached",
            await timed_async(lambda: bring(small, second, cache)),
            count,
        )

        async def hits() -> None:
            for _ in range(10_000):
                await cache.fetch(small[0])

        show("cache hit", await timed_async(hits), 10_000)
        show("fetch 256 MiB", await timed_async(lambda: cache.fetch(large)), 1, 256 * MIB)
        show(f"look through {count} new files", timed(lambda: changed(first, Manifest())), count)
        plans = [planner.plan(path, size) for path, size in changed(first, Manifest())]
        show(
            f"upload {count} small files", await timed_async(lambda: transfer.upload_all(plans, first)), count
        )
        (first / "big").write_bytes(os.urandom(MIB) * 256)
        plan = planner.plan("big", 256 * MIB)
        show("upload 256 MiB in parts", await timed_async(lambda: transfer.upload(plan, first)), 1, 256 * MIB)


def serve(pipe: Connection) -> None:
    with misbehaving.storage() as storage:
        pipe.send(storage.url)
        pipe.recv()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, Python {sys.version.split()[0]}")
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,))
    server.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            local(Path(name))
            asyncio.run(remote(Path(name), here.recv(), options.files))
    finally:
        here.send("stop")
        server.join()


if __name__ == "__main__":
    main()
