"""The built-in S3 gateway, fsync and all, driven by boto3 in one thread; and the floor of the disk below it.

python -m bench.s3 [--folder DIR] [--rounds 3]
"""

import argparse
import hashlib
import multiprocessing
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import uvicorn
from botocore.config import Config

from stokehold.s3.app import S3App
from stokehold.s3.auth import Credential
from stokehold.store.blobs import Blobs
from stokehold.store.database import Database
from stokehold.store.schema import accounts

SIZES = {"1 KiB": (1024, 1000), "1 MiB": (1024**2, 150), "64 MiB": (64 * 1024**2, 5)}


def serve(folder: Path, sock: socket.socket) -> None:
    """The gateway, in a process of its own."""
    database = Database(f"sqlite:///{folder / 'index.db'}")
    row = {"email": "bench", "token_digest": "bench", "token_sealed": b"", "created_at": 0}
    account_id = database.write_now(
        lambda conn: conn.execute(accounts.insert().values(row)).inserted_primary_key[0]
    )

    async def find(_access_key: str) -> Credential:
        return Credential(account_id, "secret")

    app = S3App(database, Blobs(folder / "blobs"), find)
    config = uvicorn.Config(
        app, http="httptools", loop="uvloop", log_config=None, access_log=False, lifespan="off"
    )
    uvicorn.Server(config).run([sock])


def client(port: int) -> Any:
    made = boto3.client(
        "s3",
        endpoint_url=f"http://127.0.0.1:{port}",
        aws_access_key_id="bench",
        aws_secret_access_key="secret",
        region_name="us-east-1",
        config=Config(connect_timeout=30),
    )
    made.create_bucket(Bucket="bench")
    return made


def rate(count: int, action: Callable[[int], object]) -> float:
    """How often a second `action` succeeds."""
    start = time.perf_counter()
    for number in range(count):
        action(number)
    return count / (time.perf_counter() - start)


def shown(size: int, a_second: float) -> str:
    return f"{a_second:8.0f}/s   " if size < 1024**2 else f"{a_second * size / 1024**2:8.0f} MiB/s"


def measure_gateway(s3: Any) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, (size, count) in SIZES.items():
        body = os.urandom(size)
        s3.put_object(Bucket="bench", Key="warm", Body=body)
        put = rate(count, lambda n, b=body: s3.put_object(Bucket="bench", Key=f"{len(b)}/{n}", Body=b))  # type: ignore[misc]
        get = rate(count, lambda n, b=body: s3.get_object(Bucket="bench", Key=f"{len(b)}/{n}")["Body"].read())  # type: ignore[misc]
        found[name] = {"put": shown(size, put), "get": shown(size, get)}
    found["list"] = {"get": f"{rate(50, lambda _n: s3.list_objects_v2(Bucket='bench')) * 1000:8.0f} keys/s"}
    return found


def measure_disk(folder: Path) -> dict[str, dict[str, str]]:
    """Two fsyncs (file, folder) and a rename for each write, which is what durability costs at least."""
    found: dict[str, dict[str, str]] = {}
    descriptor = os.open(folder, os.O_RDONLY)
    for name, (size, count) in SIZES.items():
        body = os.urandom(size)

        def write(number: int, body: bytes = body) -> None:
            path = folder / f"floor-{len(body)}-{number}"
            with open(path, "wb") as file:
                file.write(body)
                file.flush()
                os.fdatasync(file.fileno())
            path.rename(path.with_suffix(".done"))
            os.fsync(descriptor)

        put = rate(count, write)
        get = rate(count, lambda n, s=size: (folder / f"floor-{s}-{n}.done").read_bytes())  # type: ignore[misc]
        md5 = rate(max(5, count // 10), lambda _n, b=body: hashlib.md5(b, usedforsecurity=False).digest())  # type: ignore[misc]
        found[name] = {"put": shown(size, put), "get": shown(size, get), "md5": shown(size, md5)}
    os.close(descriptor)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.cwd())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    for _ in range(options.rounds):
        folder = Path(tempfile.mkdtemp(prefix="bench-s3-", dir=options.folder))
        try:
            run(folder)
        finally:
            shutil.rmtree(folder)


def run(folder: Path) -> None:
    print(f"load {os.getloadavg()[0]:.1f}")
    print("disk   ", measure_disk(folder))
    with socket.create_server(("127.0.0.1", 0)) as sock:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(folder, sock))
        server.start()
        try:
            print("gateway", measure_gateway(client(sock.getsockname()[1])))
        finally:
            server.terminate()
            server.join()


if __name__ == "__main__":
    main()
