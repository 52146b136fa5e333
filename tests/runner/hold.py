"""The server's side for the tests of runners: the real desk and the real storage on loopback, in a thread."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import msgspec
import uvicorn

from stokehold.api.app import build
from stokehold.api.services import Services
from stokehold.api.sync import SyncDesk
from stokehold.domain.events import AbortAsked, Submitted
from stokehold.domain.presence import Presence
from stokehold.domain.states import FINAL
from stokehold.domain.task import KeyValue, Spec
from stokehold.runner.instance import now_us
from stokehold.s3.app import S3App
from stokehold.s3.auth import Credential
from stokehold.s3.storage import BuiltinStorage
from stokehold.store import accounts, journal, outputs, tasks
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database
from stokehold.store.outputs import Source
from stokehold.store.vault import Vault
from tests.waiting import DEADLINE_S, eventually, wait_until

TOKEN = "runnert0ken"


class Hold:
    """A server that can go away and come back under the same addresses. Its database lives on meanwhile."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        folder.mkdir(exist_ok=True)
        self.token_file = folder / "runner.token"
        self.token_file.write_text(TOKEN + "\n")
        self._vault = Vault(b"k" * 32)
        self._blobs = Blobs(folder / "blobs")
        self._ports = [0, 0]
        self._thread: threading.Thread | None = None
        self.account = database.write_now(accounts.create, self._vault, "a@b.org", "t0ken", now_us()).id
        self.come()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._ports[0]}"

    def come(self) -> None:
        """Listen."""
        sockets = [socket.create_server(("127.0.0.1", port)) for port in self._ports]
        self._ports = [sock.getsockname()[1] for sock in sockets]
        endpoint = f"http://127.0.0.1:{self._ports[1]}"
        self.storage = BuiltinStorage(self.database, self._blobs, endpoint, self._signer)
        self.desk = SyncDesk(self.database, self.storage, Presence(), TOKEN, now_us)
        apps = [
            build(Services(self.database, self.storage, now_us), self.desk.routes()),
            S3App(self.database, self._blobs, self._credential, []),
        ]
        self._servers = [uvicorn.Server(_config(app)) for app in apps]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve(sockets)), daemon=True)
        self._thread.start()
        wait_until(lambda: all(server.started for server in self._servers), what="the hold listens")

    def go(self) -> None:
        """Be away: connections are refused."""
        if self._thread is not None:
            self._loop.call_soon_threadsafe(self.desk.close)
            for server in self._servers:
                server.should_exit = True
            self._thread.join(DEADLINE_S)
            self._thread = None

    def close(self) -> None:
        self.go()
        self._blobs.close()

    def submit(self, count: int = 1, **fields: Any) -> tasks.Task:
        """A task of `count` instances; `constants` as a mapping."""
        constants = [KeyValue(key, value) for key, value in fields.pop("constants", {}).items()]
        spec = Spec(name="n", profile="docker-batch", instance_count=count, constants=constants, **fields)
        uuid, text = str(uuid4()), msgspec.json.encode(spec).decode()
        event = Submitted(uuid, self.account, "n", uuid, "docker-batch", text, spec.ids(), ())
        self.database.write_now(journal.record, [event], now_us())
        return self.task(uuid)

    def run(self, script: str, count: int = 1, **fields: Any) -> tasks.Task:
        """A task that runs a shell script, which may hold no quotes."""
        constants = {"DOCKER_CMD": f"sh -c '{script}'", **fields.pop("constants", {})}
        return self.submit(count, constants=constants, **fields)

    def task(self, uuid: str) -> tasks.Task:
        found = self.database.read_now(tasks.find, self.account, uuid)
        assert found is not None
        return found

    def abort(self, task: tasks.Task) -> None:
        self.database.write_now(journal.record, [AbortAsked(task.id)], now_us())

    async def ended(self, task: tasks.Task) -> tasks.Task:
        """The task at its end."""
        await eventually(lambda: self.task(task.uuid).state in FINAL, what="the task has ended")
        return self.task(task.uuid)

    def attempts(self, task: tasks.Task) -> list[tasks.Attempt]:
        """How the task's instances ended, by their last attempts."""
        row = self.task(task.uuid)
        last: dict[int, tasks.Attempt] = {}
        for attempt in sorted(self.database.read_now(tasks.ended, row, 1000), key=lambda a: a.number):
            last[attempt.instance_id] = attempt
        return [last[instance] for instance in sorted(last)]

    def stdout(self, task: tasks.Task) -> str:
        return self.database.read_now(outputs.whole, Source(task.id, 1)).decode()

    async def put(self, bucket: str, key: str, data: bytes) -> None:
        """Store an object, by a presigned URL."""
        await self.storage.ensure_bucket(self.account, bucket)
        place = await self.storage.plan_upload(self.account, bucket, key, key, len(data), 60)
        async with httpx2.AsyncClient() as http:
            (await http.put(place.url, content=data)).raise_for_status()

    async def stored(self, bucket: str) -> dict[str, bytes]:
        """Every object of a bucket."""
        found: dict[str, bytes] = {}
        async with httpx2.AsyncClient() as http:
            for item in await self.storage.list_objects(self.account, bucket):
                url = self.storage.presign_get(self.account, bucket, item.key, 60)
                found[item.key] = (await http.get(url)).raise_for_status().content
        return found

    async def _serve(self, sockets: list[socket.socket]) -> None:
        self._loop = asyncio.get_running_loop()
        pairs = zip(self._servers, sockets, strict=True)
        await asyncio.gather(*(server.serve([sock]) for server, sock in pairs))

    async def _credential(self, access_key: str) -> Credential | None:
        found = await self.database.read(accounts.storage_secret, self._vault, access_key)
        return Credential(*found) if found else None

    def _signer(self, account_id: int) -> tuple[str, str]:
        return accounts.signer(self._vault, account_id)


@contextmanager
def holding(url: str, folder: Path) -> Iterator[Hold]:
    """A hold over the database at `url`."""
    database = Database(url)
    hold = Hold(database, folder)
    try:
        yield hold
    finally:
        hold.close()
        database.close()


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app, http="httptools", ws="none", lifespan="off", log_config=None, access_log=False,
        timeout_graceful_shutdown=1,
    )  # fmt: skip
