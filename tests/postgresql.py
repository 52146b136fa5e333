"""A PostgreSQL server of our own, in a temporary folder, for one run of the tests."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from stokehold.store.database import Database
from tests.tools import require
from tests.waiting import DEADLINE_S, wait_until

TEMPLATE = "stokehold_template"


class Server:
    """A running server. Each database it gives is a copy of one that was migrated once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made = self._made_empty = 0

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def fresh(self) -> str:
        """The URL of a new database with the tables of this version and no rows."""
        if not self._made:
            self._execute(f"CREATE DATABASE {TEMPLATE}")
            Database(self.url(TEMPLATE)).close()
        self._made += 1
        name = f"test_{self._made}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
        return self.url(name)

    def empty(self) -> str:
        """The URL of a new database without tables."""
        self._made_empty += 1
        name = f"empty_{self._made_empty}"
        self._execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        self._execute(f"DROP DATABASE {name} WITH (FORCE)")

    def ready(self) -> bool:
        try:
            self._execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as conn:
            conn.execute(statement.encode())


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """Start a server on a Unix socket of its own; nothing listens on the network.

    What it has committed need not outlive a failure of the machine, unless it is to be `durable`.
    """
    initdb, postgres = require("initdb"), require("postgres")
    folder = Path(tempfile.mkdtemp(prefix="stoke-pg-"))
    user = _user()
    shutil.chown(folder, user)
    try:
        subprocess.run(
            [initdb, "-D", folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
            user=user, check=True, stdout=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        with _running(postgres, folder, user, () if durable else ("-F",)):
            yield Server(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _running(postgres: Path, folder: Path, user: str, more: Sequence[str]) -> Iterator[None]:
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [postgres, "-D", folder / "data", "-k", folder, "-h", "", "-c", "max_connections=200", *more],
        user=user, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    try:
        wait_until(Server(folder).ready, what="PostgreSQL accepts connections")
        yield
    finally:
        process.send_signal(signal.SIGINT)  # a fast shutdown: connections are closed
        process.wait(DEADLINE_S)
        log.close()


def _user() -> str:
    """PostgreSQL refuses to run as root: its own account carries it out then."""
    return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
