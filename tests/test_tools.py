"""What is missing skips a test at home and fails it in CI; the fixtures give fresh databases."""

import asyncio
import threading

import pytest
from sqlalchemy import Connection, func, insert, select

from stokehold.store.database import Database
from stokehold.store.schema import accounts
from tests.tools import find, missing, require
from tests.waiting import time_stands_still, wait_until


def test_a_missing_program_skips_with_its_package_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="Debian package bubblewrap"):
        require("bwrap")


def test_what_is_missing_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no GPU here, and CI=true allows no skip"):
        missing("no GPU here")


def test_a_program_of_the_path_is_found() -> None:
    assert find("sh") == require("sh")
    assert find("no-such-program") is None


def test_waiting_gives_what_the_condition_gave() -> None:
    values = iter([None, 0, 7])
    assert wait_until(lambda: next(values), 1.0) == 7


def test_waiting_in_vain_says_for_what() -> None:
    with pytest.raises(AssertionError, match=r"rain: not true after 0.02 s; it was 0 in the end"):
        wait_until(lambda: 0, 0.02, "rain")


def test_while_time_stands_still_only_what_is_woken_goes_on() -> None:
    async def story() -> None:
        rung = asyncio.Event()
        with time_stands_still():
            threading.Timer(0.0, asyncio.get_running_loop().call_soon_threadsafe, [rung.set]).start()
            await rung.wait()
        with pytest.raises(AssertionError, match=r"nothing was woken within 0.02 s"), time_stands_still(0.02):
            await asyncio.sleep(0.001)

    asyncio.run(story())


@pytest.mark.parametrize("time", ["first", "second"])
def test_every_test_has_a_database_of_its_own(database: Database, time: str) -> None:
    def add(conn: Connection) -> int:
        conn.execute(insert(accounts).values(email="a@b", token_digest="d", token_sealed=b"s", created_at=1))
        return conn.execute(select(func.count()).select_from(accounts)).scalar_one()

    assert database.write_now(add) == 1, time
