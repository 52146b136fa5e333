"""The composition root: configuration → store, storage, apps, dispatch, engine, in one TaskGroup."""

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import structlog
import uvicorn

from stokehold import __version__
from stokehold.api import app as api
from stokehold.api.services import UNLIMITED, Limits, Services
from stokehold.api.sync import Settings, SyncDesk
from stokehold.config import Config
from stokehold.dispatch.job_times import watch_jobs
from stokehold.dispatch.loop import forget_deleted, insist, take_snapshots, watch_nodes
from stokehold.dispatch.preemption import make_room, spread_leases
from stokehold.dispatch.timers import keep_time
from stokehold.domain.errors import Invalid
from stokehold.domain.hardware import configured
from stokehold.domain.presence import Presence
from stokehold.engines.local import LocalEngine
from stokehold.observe import metrics
from stokehold.s3.app import S3App
from stokehold.s3.auth import Credential
from stokehold.s3.storage import BuiltinStorage
from stokehold.store import accounts, nodes, tasks
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database
from stokehold.store.folder import Folder
from stokehold.store.keyring import Keyring
from stokehold.store.topics import CLOSING
from stokehold.store.vault import Vault

log = structlog.get_logger()

ADMIN = "admin@stokehold.local"
BACKLOG = 1024  # connections that wait to be accepted
SWEEP_S = 24 * 3600  # between searches for blobs that no object uses
GRACE_S = 3  # for requests under way at the end; long polls are cut


class Stokehold:
    """One server: everything it holds while it runs."""

    def __init__(self, config: Config, config_file: Path | None = None) -> None:
        self.config, self._file = config, config_file
        self.folder = Folder(config.server.folder)
        self.folder.lock()
        vault = Vault(self.folder.master_key())
        self.database = Database(config.server.database_url, metrics.committed)
        self.database.write_now(_ensure_admin, vault, self.folder.token("admin.token"))
        self._vault = vault
        self._keyring = Keyring(self.database, vault, now_us)
        ports = {"server.port": config.server.port, "server.s3_port": config.server.s3_port}
        self._sockets = [_bind(key, config.server.host, port) for key, port in ports.items()]
        self.api_url, self.s3_url = (f"http://{_named(s)}" for s in self._sockets)
        self._presence = Presence()
        self._blobs = Blobs(self.folder.path / "blobs")
        endpoint = config.server.s3_url or self.s3_url
        self._storage = BuiltinStorage(self.database, self._blobs, endpoint, self._keyring.signer)
        token = self.folder.token("runner.token")
        self._quotas = config.limits.quotas()
        self._machines = [configured(text) for text in config.hardware.machines]
        kept = int(config.server.output_mb * 1024 * 1024)
        settings = Settings(kept, self._quotas, vault)
        self._desk = SyncDesk(self.database, self._storage, self._presence, token, now_us, settings)
        self._stopping = asyncio.Event()
        self._closing = asyncio.Event()

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Serve until SIGTERM or SIGINT. `ready` is called once the server can be used."""
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._stopping.set)
        servers = [_Quiet(_options(app)) for app in (self._api_app(), self._s3_app())]
        async with asyncio.TaskGroup() as group:
            serving = [
                group.create_task(server.serve(sockets=[sock]))
                for server, sock in zip(servers, self._sockets, strict=True)
            ]
            others = [group.create_task(insist(work)) for work in self._background()]
            await _until_started(servers)
            self._announce()
            ready()
            await self._stopping.wait()
            for task in others:  # the engine first: it must not start a runner for a server that ends
                task.cancel()
            self._desk.close()
            self._closing.set()
            self.database.ring(CLOSING)
            for server in servers:
                server.should_exit = True
            await asyncio.wait(serving)
        self._blobs.close()
        self.database.close()

    def _background(self) -> Iterator[Callable[[], Awaitable[None]]]:
        yield lambda: watch_nodes(self.database, self._presence, now_us)
        yield lambda: forget_deleted(self.database)
        yield lambda: make_room(self.database, self._quotas, now_us)
        yield lambda: spread_leases(self.database, now_us)
        yield lambda: watch_jobs(self.database, now_us)
        yield lambda: keep_time(self.database, now_us)
        yield lambda: take_snapshots(self.database, now_us)
        yield self._sweep
        if self.config.runner.enabled:
            options = ["--config", str(self._file)] if self._file else []
            yield LocalEngine(self.api_url, self.folder.path, options).run

    async def _sweep(self) -> None:
        while True:
            await self._storage.sweep()
            await asyncio.sleep(SWEEP_S)

    def _api_app(self) -> Any:
        services = Services(
            database=self.database,
            storage=self._storage,
            clock=now_us,
            facts=self._facts,
            metrics=self._metrics,
            answered=partial(metrics.answered, "api"),
            quotas=self._quotas,
            machines=self._machines,
            closing=self._closing,
            vault=self._vault,
            presence=self._presence,
            limits=Limits(tasks=self.config.limits.tasks or UNLIMITED),
        )
        return api.build(services, self._desk.routes())

    def _s3_app(self) -> Any:
        server = self.config.server
        domains, origins = server.base_domains, server.cors_origins
        return S3App(self.database, self._blobs, self._find_credential, domains, origins)

    async def _find_credential(self, access_key: str) -> Credential | None:
        found = await self._keyring.find(access_key)
        return Credential(*found) if found else None

    def _metrics(self) -> bytes:
        """What /metrics tells. The gauges are counted when they are asked for."""
        for phase, count in self.database.read_now(tasks.phases).items():
            metrics.PHASES.labels(phase).set(count)
        metrics.NODES.set(len(self.database.read_now(nodes.present)))
        return metrics.render()

    def _facts(self) -> dict[str, object]:
        """What /health tells."""
        runners = self.database.read_now(nodes.runners)
        return {
            "version": __version__,
            "database": self.database.dialect,
            "storage": "built-in",
            "engine": "local" if self.config.runner.enabled else "none",
            "runners": [{"name": n, "runtime": i.runtime, "slots": i.slots} for n, i in runners],
        }

    def _announce(self) -> None:
        self.folder.announce(self.api_url, self._storage.endpoint)
        print(f"Stokehold is ready: API {self.api_url}  S3 {self._storage.endpoint}", flush=True)  # noqa: T201
        log.info("server.ready", api=self.api_url, storage=self._storage.endpoint, pid=os.getpid())


class _Quiet(uvicorn.Server):
    """A uvicorn server that leaves the signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def now_us() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def _ensure_admin(conn: Any, vault: Vault, token: str) -> None:
    if accounts.by_email(conn, ADMIN) is None:
        accounts.create(conn, vault, ADMIN, token, now_us(), operator=True)


def _options(app: Callable[..., Awaitable[None]]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        loop="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )


async def _until_started(servers: list[_Quiet]) -> None:
    while not all(server.started for server in servers):
        await asyncio.sleep(0.001)


def _bind(key: str, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
        sock.listen(BACKLOG)  # here and not later: two servers may bind one port, only one may listen on it
    except OSError as error:
        sock.close()
        raise Invalid(key, f"cannot listen on port {port} of {host}: {error.strerror or error}") from None
    return sock


def _named(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"{shown}:{port}"
