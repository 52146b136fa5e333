"""Snapshots of one instance's folder, with the server's answers given by hand and a real storage."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stokehold.domain.protocol import Produced, Refused, Saved, Snapshot, Upload
from stokehold.runner import clone
from stokehold.runner import snapshot as module
from stokehold.runner.destinations import Destinations
from stokehold.runner.inputs import Manifest
from stokehold.runner.outbox import Outbox
from stokehold.runner.places import Grounds, Places
from stokehold.runner.reporter import Reporter
from stokehold.runner.server_link import ServerLink
from stokehold.runner.snapshot import Snapshots
from stokehold.runner.transfer import Transfer, client
from tests.runner.hold import Hold, holding
from tests.waiting import eventually


@pytest.fixture
def hold(sqlite_url: str, tmp_path: Path) -> Iterator[Hold]:
    with holding(sqlite_url, tmp_path / "hold") as opened:
        yield opened


class Camera:
    """Snapshots of one folder; Produced is answered as the server answers it."""

    def __init__(self, hold: Hold, root: Path, transfer: Transfer, places: Places) -> None:
        self.hold, self.places = hold, places
        link = ServerLink("http://127.0.0.1:9", root / "token")
        self.reporter = Reporter(Outbox(root / f"outbox-{id(self)}"), link, "node", "session")
        self.destinations = Destinations("1.a", self.reporter)
        self.snapshots = Snapshots(
            "1.a",
            places,
            self.reporter,
            transfer,
            self.destinations,
            inputs=Manifest,
            constants=lambda: {"ID": "7"},
        )
        self.refusal = ""
        self._answered = 0

    async def take(self, number: int, prefix: str = "", whitelist: str = "", blacklist: str = "") -> Saved:
        self.snapshots.take(Snapshot(number, "1.a", number, f"out/{prefix}", whitelist, blacklist))
        await eventually(lambda: self.over(number) or self._produced())
        while not self.over(number):
            await self._answer(prefix)
            await eventually(lambda: self.over(number) or self._produced())
        return self.told(number)[-1]

    def told(self, number: int) -> list[Saved]:
        return [r for r in self.reporter._fresh if isinstance(r, Saved) and r.snapshot == number]

    def over(self, number: int) -> bool:
        return any(report.over for report in self.told(number))

    def _produced(self) -> list[Produced]:
        return [r for r in self.reporter._fresh if isinstance(r, Produced)][self._answered :]

    async def _answer(self, prefix: str) -> None:
        for report in self._produced():
            self._answered += 1
            if self.refusal:
                self.destinations.answered(Refused("1.a", self.refusal, report.snapshot, report.piece))
                return
            plans = [
                await self.hold.storage.plan_upload(self.hold.account, "out", prefix + path, path, size, 60)
                for path, size in report.files
            ]
            self.destinations.answered(Upload("1.a", plans, report.snapshot, report.piece))


async def settled(path: Path) -> None:
    """Until a file can be known again by its times."""
    await eventually(lambda: time.time_ns() - path.stat().st_ctime_ns > 2 * module.SETTLED_NS)


@asynccontextmanager
async def camera(hold: Hold, root: Path) -> AsyncIterator[Camera]:
    await hold.storage.ensure_bucket(hold.account, "out")
    grounds = Grounds(root / "grounds")
    places = grounds.take()
    grounds.make(places)
    async with client() as http:
        yield Camera(hold, root, Transfer(http), places)


def test_files_are_stored_once_and_again_when_they_have_changed(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            (at.places.job / "d").mkdir()
            for name, data in {"a": b"one", "d/b": b"three", "empty": b""}.items():
                (at.places.job / name).write_bytes(data)
                os.utime(at.places.job / name, (1, 1))
            await settled(at.places.job / "empty")
            first = await at.take(1)
            assert (first.size, first.sent, first.files, first.left, first.reason) == (8, 8, 3, 0, "")
            assert first.keys == ["a", "d/b", "empty"]
            (at.places.job / "a").write_bytes(b"another")
            second = await at.take(2)
            assert (second.size, second.files, second.keys) == (7, 1, ["a"])
            assert (await at.take(3, "p/")).files == 3
            assert sorted(await hold.stored("out")) == ["a", "d/b", "empty", "p/a", "p/d/b", "p/empty"]
            assert (await hold.stored("out"))["a"] == b"another"
            assert not (at.places.shots / "files").exists()

    asyncio.run(story())


def test_a_runner_that_starts_again_knows_what_is_stored(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            (at.places.job / "a").write_bytes(b"one")
            await settled(at.places.job / "a")
            assert (await at.take(1)).files == 1
            async with client() as http:
                again = Camera(hold, tmp_path, Transfer(http), at.places)
                assert (await again.take(1)).files == 0
                (at.places.shots / "stored").write_bytes(b"damaged")
                third = Camera(hold, tmp_path, Transfer(http), at.places)
                assert (await third.take(1)).files == 1

    asyncio.run(story())


def test_a_file_that_was_written_a_moment_ago_is_not_taken_for_stored(
    hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writes within one tick of the file system's clock cannot be told apart later."""
    monkeypatch.setattr(module, "SETTLED_NS", 3600 * 10**9)  # however long the moment takes here

    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            (at.places.job / "a").write_bytes(b"one")
            await at.take(1)
            assert (await at.take(2)).files == 1

    asyncio.run(story())


def test_filters_have_their_constants_filled_in_and_a_broken_one_is_told(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            for name in ("a7", "b7", "a8"):
                (at.places.job / name).write_bytes(b"x")
            assert (await at.take(1, whitelist="${ID}$", blacklist="^b")).keys == ["a7"]
            assert "The whitelist of the snapshot cannot be used" in (await at.take(2, whitelist="(")).reason

    asyncio.run(story())


def test_a_file_that_would_not_hold_still_is_left_and_counted(
    hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            for name in ("still", "wild"):
                (at.places.job / name).write_bytes(name.encode())
            real = clone.capture

            def one_moves(origin: int, target: int) -> bool:
                return real(origin, target) and os.pread(target, 9, 0) != b"wild"

            monkeypatch.setattr(module, "capture", one_moves)
            told = await at.take(1)
            assert (told.files, told.left, told.size, told.sent, told.reason) == (1, 1, 5, 5, "")
            assert list(await hold.stored("out")) == ["still"]

    asyncio.run(story())


def test_what_is_ordered_twice_is_done_once_and_a_refusal_is_told(hold: Hold, tmp_path: Path) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            (at.places.job / "a").write_bytes(b"x")
            at.refusal = "there is no such bucket"
            assert (await at.take(1)).reason == "there is no such bucket"
            at.snapshots.take(Snapshot(1, "1.a", 1, "out/"))
            await at.snapshots.finish()
            assert len([report for report in at.told(1) if report.over]) == 1

    asyncio.run(story())


def test_many_files_go_in_pieces(hold: Hold, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            monkeypatch.setattr(module, "FILES", 4)
            for number in range(10):
                (at.places.job / f"f{number}").write_bytes(b"x" * number)
            told = await at.take(1)
            assert (told.files, told.size, told.sent) == (10, 45, 45)
            pieces = [len(r.files) for r in at.reporter._fresh if isinstance(r, Produced)]
            assert pieces == [4, 4, 2]
            assert len(await hold.stored("out")) == 10

    asyncio.run(story())


def test_a_folder_that_is_gone_has_nothing_and_what_is_given_up_says_nothing(
    hold: Hold, tmp_path: Path
) -> None:
    async def story() -> None:
        async with camera(hold, tmp_path) as at:
            at.places.job.rmdir()
            assert (await at.take(1)).files == 0
            at.snapshots.take(Snapshot(2, "1.a", 2, "out/"))
            at.snapshots.cancel()
            await at.snapshots.finish()
            assert at.told(2) == []

    asyncio.run(story())
