"""A gateway that really listens, and clients for it."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from stokehold.s3.app import S3App
from stokehold.s3.auth import Credential
from stokehold.s3.storage import BuiltinStorage
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database
from stokehold.store.schema import accounts
from tests.waiting import DEADLINE_S, wait_until

ALICE, BOB = "alice+tests/a@example.org", "bob@example.org"  # access keys are e-mails, which may hold slashes
SECRETS = {ALICE: "alice-secret", BOB: "bob-secret"}
DOMAIN = "s3.example.org"
KEPT_S = 600  # a connection that is shut just as its client takes it up again is that client's to repeat


class Gateway:
    """A running gateway with two accounts. `now` shifts its clock, in seconds."""

    def __init__(self, database: Database, folder: Path, sock: socket.socket, **options: Any) -> None:
        self.database, self.blobs = database, Blobs(folder / "blobs")
        self.endpoint = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self.ids = {email: database.write_now(new_account, email) for email in SECRETS}
        self.app = S3App(database, self.blobs, self._find, [DOMAIN], **options)
        self.storage = BuiltinStorage(database, self.blobs, self.endpoint, self._signer)

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.endpoint.removeprefix("http://").partition(":")
        return host, int(port)

    def client(self, access_key: str = ALICE, secret: str = "", **options: Any) -> Any:
        """A boto3 client; `options` go into its Config."""
        retries = {"retries": {"total_max_attempts": 1}, **options}
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret or SECRETS.get(access_key, "none"),
            region_name=retries.pop("region", "us-east-1"),
            config=Config(**retries),
        )

    def files(self) -> list[Path]:
        """Every file of the storage, temporary ones too."""
        return [path for path in self.blobs.folder.rglob("*") if path.is_file()]

    async def _find(self, access_key: str) -> Credential | None:
        secret = SECRETS.get(access_key)
        return Credential(self.ids[access_key], secret) if secret else None

    def _signer(self, account_id: int) -> tuple[str, str]:
        return next((email, SECRETS[email]) for email in SECRETS if self.ids[email] == account_id)


@contextmanager
def serving(database: Database, folder: Path, **options: Any) -> Iterator[Gateway]:
    """A gateway on a free port of the loopback, in a thread; `options` go into its application."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        gateway = Gateway(database, folder, sock, **options)
        config = uvicorn.Config(
            gateway.app, http="httptools", log_config=None, lifespan="off", timeout_keep_alive=KEPT_S
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([sock])), daemon=True)
        thread.start()
        try:
            wait_until(lambda: server.started, what="the gateway listens")
            yield gateway
        finally:
            server.should_exit = True
            thread.join(DEADLINE_S)
            gateway.blobs.close()


def new_account(conn: Any, email: str) -> int:
    row = {"email": email, "token_digest": email, "token_sealed": b"", "created_at": 0}
    return int(conn.execute(accounts.insert().values(row).returning(accounts.c.id)).scalar_one())
