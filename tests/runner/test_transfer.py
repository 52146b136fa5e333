import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from stokehold.domain.protocol import Destination
from stokehold.domain.storage import PART_SIZE
from stokehold.runner.transfer import Transfer, TransferError, client, each
from tests.runner import misbehaving
from tests.runner.misbehaving import Storage, etag
from tests.waiting import eventually


@pytest.fixture(scope="module")
def _served() -> Iterator[Storage]:
    with misbehaving.storage() as served:
        yield served


@pytest.fixture
def storage(_served: Storage) -> Storage:
    return _served.reset()


@asynccontextmanager
async def transfers(**options: float) -> AsyncIterator[Transfer]:
    async with client() as http:
        yield Transfer(http, pause_s=0.001, **options)  # type: ignore[arg-type]


def run(act: Callable[[Transfer], Awaitable[None]], **options: float) -> None:
    async def go() -> None:
        async with transfers(**options) as transfer:
            await act(transfer)

    asyncio.run(go())


class Heap:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.data = b""
        self.etag = ""
        self.finished = False

    def begin(self, etag: str) -> None:
        self.data, self.etag = b"", etag

    def write(self, data: bytes) -> None:
        self.data += data

    def finish(self) -> None:
        self.finished = True


def download(storage: Storage, *misdeeds: str, data: bytes = b"content", **options: float) -> Heap:
    item = storage.put("in", "a.txt", data)
    storage.misdeeds["/in/a.txt"] = list(misdeeds)
    heap = Heap()
    run(lambda transfer: transfer.download(item.url, heap), **options)
    return heap


def upload(
    storage: Storage, job: Path, data: bytes, *misdeeds: str, path: str = "r.bin", **options: float
) -> None:
    (job / path).write_bytes(data)
    storage.misdeeds[f"/out/{path}"] = list(misdeeds)
    run(lambda transfer: transfer.upload(storage.plan(path, len(data)), job), **options)


def test_a_download_brings_the_bytes_and_the_etag(storage: Storage) -> None:
    data = os.urandom(3_000_000)
    heap = download(storage, data=data)
    assert (heap.data, heap.etag, heap.finished) == (data, etag(data), True)


@pytest.mark.parametrize("misdeeds", [["503", "503"], ["429"], ["500"], ["cut", "cut"]])
def test_a_download_is_tried_again(storage: Storage, misdeeds: list[str]) -> None:
    assert download(storage, *misdeeds, data=b"x" * 200_000).data == b"x" * 200_000
    assert len(storage.requests) == len(misdeeds) + 1


@pytest.mark.parametrize(
    ("misdeed", "code"), [("NoSuchKey", "NoSuchKey"), ("NoSuchBucket", "NoSuchBucket"), ("403", "SlowDown")]
)
def test_a_refusal_is_final_and_tells_its_code(storage: Storage, misdeed: str, code: str) -> None:
    with pytest.raises(TransferError) as caught:
        download(storage, misdeed)
    assert (caught.value.permanent, caught.value.code, len(storage.requests)) == (True, code, 1)


def test_a_reason_never_holds_the_url(storage: Storage) -> None:
    for misdeed in ("403", "cut"):
        with pytest.raises(TransferError) as caught:
            download(storage, *[misdeed] * 9, tries=2)
        assert "http" not in caught.value.reason
        assert "Amz" not in caught.value.reason


def test_the_tries_are_limited(storage: Storage) -> None:
    with pytest.raises(TransferError) as caught:
        download(storage, *["503"] * 9, tries=3)
    assert not caught.value.permanent
    assert len(storage.requests) == 3


def test_a_storage_that_is_away_is_waited_for(storage: Storage) -> None:
    """Nothing listens at first; then the same port answers."""
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]

    async def go() -> None:
        heap = Heap()
        async with transfers(tries=1) as transfer:
            waiting = asyncio.create_task(transfer.download(f"http://127.0.0.1:{port}/a", heap))
            await asyncio.sleep(0)
            answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
            server = await asyncio.start_server(lambda _, writer: writer.write(answer), "127.0.0.1", port)
            async with server:
                await waiting
        assert heap.data == b"hi"

    asyncio.run(go())


def test_patience_with_a_storage_that_is_away_has_an_end() -> None:
    with socket.socket() as placeholder:
        placeholder.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{placeholder.getsockname()[1]}/a"
        with pytest.raises(TransferError, match="cannot be reached"):
            run(lambda transfer: transfer.download(url, Heap()), patience_s=0.05)


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 1_000_000])
def test_a_file_is_stored_by_one_put(storage: Storage, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    upload(storage, tmp_path, data)
    assert storage.objects["/out/r.bin"] == data


@pytest.mark.parametrize("misdeeds", [["503", "503"], ["cut"], ["wrong"], ["silent"]])
@pytest.mark.parametrize("size", [10, 300_000])
def test_an_upload_is_tried_again(storage: Storage, tmp_path: Path, misdeeds: list[str], size: int) -> None:
    data = os.urandom(size)
    upload(storage, tmp_path, data, *misdeeds)
    assert storage.objects["/out/r.bin"] == data
    assert len(storage.requests) == len(misdeeds) + 1


def test_an_upload_that_is_refused_is_final(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(TransferError) as caught:
        upload(storage, tmp_path, b"x", "403")
    assert caught.value.permanent


@pytest.mark.parametrize("misdeeds", [[], ["503", "cut", "wrong"]])
def test_a_large_file_is_stored_in_parts_of_8_mib(
    storage: Storage, tmp_path: Path, misdeeds: list[str]
) -> None:
    data = os.urandom(20 * 1024 * 1024)
    upload(storage, tmp_path, data, *misdeeds)
    assert storage.objects == {"/out/r.bin": data}
    assert storage.requests[-1] == "POST /out/r.bin"
    assert len(storage.requests) == 4 + len(misdeeds)


def test_a_completion_that_fails_after_200_is_sent_again(storage: Storage, tmp_path: Path) -> None:
    data = os.urandom(PART_SIZE)
    upload(storage, tmp_path, data, "", "late")
    assert storage.objects == {"/out/r.bin": data}
    assert storage.requests == ["PUT /out/r.bin", "POST /out/r.bin", "POST /out/r.bin"]


def test_parts_are_sent_at_once_but_not_all(storage: Storage, tmp_path: Path) -> None:
    async def go() -> None:
        (tmp_path / "r.bin").write_bytes(bytes(5 * PART_SIZE))
        storage.misdeeds["/out/r.bin"] = ["slow", "slow"]
        async with transfers(parts=2) as transfer:
            sending = asyncio.create_task(transfer.upload(storage.plan("r.bin", 5 * PART_SIZE), tmp_path))
            await eventually(lambda: storage.at_once == 2)
            storage.gate.set()
            await sending

    asyncio.run(go())
    assert storage.most_at_once == 2


@pytest.mark.parametrize("new", [b"", b"grown" * 100_000])
def test_a_file_that_changes_while_it_is_sent_is_sent_again_as_it_is(
    storage: Storage, tmp_path: Path, new: bytes
) -> None:
    async def go() -> None:
        (tmp_path / "r.bin").write_bytes(os.urandom(1_000_000))
        storage.misdeeds["/out/r.bin"] = ["slow"]
        async with transfers() as transfer:
            sending = asyncio.create_task(transfer.upload(storage.plan("r.bin", 1), tmp_path))
            await eventually(lambda: storage.requests)
            (tmp_path / "r.bin").write_bytes(new)
            storage.gate.set()
            await sending

    asyncio.run(go())
    assert storage.objects["/out/r.bin"] == new
    assert len(storage.requests) >= 2


def test_a_file_of_another_size_than_announced_is_not_sent_in_parts(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "r.bin").write_bytes(bytes(PART_SIZE + 1))
    with pytest.raises(TransferError, match="another size") as caught:
        run(lambda transfer: transfer.upload(storage.plan("r.bin", PART_SIZE), tmp_path))
    assert caught.value.permanent
    assert storage.requests == []


@pytest.mark.parametrize(
    "path", ["link", "folder/secret", "../secret", "/etc/hostname", "missing", "fifo", "chain"]
)
def test_a_program_cannot_redirect_an_upload(storage: Storage, tmp_path: Path, path: str) -> None:
    job = tmp_path / "job"
    job.mkdir()
    (tmp_path / "secret").write_text("secret")
    (job / "link").symlink_to(tmp_path / "secret")
    (job / "chain").symlink_to("link")
    (job / "folder").symlink_to(tmp_path)
    os.mkfifo(job / "fifo")
    with pytest.raises(TransferError) as caught:
        run(lambda transfer: transfer.upload(Destination(path, path, f"{storage.url}/out/x"), job))
    assert caught.value.permanent
    assert storage.requests == []


def test_many_files_are_stored_some_at_once(storage: Storage, tmp_path: Path) -> None:
    for n in range(40):
        (tmp_path / f"{n}").write_text(f"file {n}")
    plans = [storage.plan(f"{n}", 1) for n in range(40)]
    run(lambda transfer: transfer.upload_all(plans, tmp_path, at_once=5))
    assert storage.objects == {f"/out/{n}": f"file {n}".encode() for n in range(40)}
    assert storage.most_at_once <= 5


def test_the_first_error_of_many_is_raised_as_it_is() -> None:
    async def act(number: int) -> None:
        if number == 3:
            raise TransferError("three", permanent=True)

    with pytest.raises(TransferError, match="three"):
        asyncio.run(each(range(10), act, 2))


def test_an_upload_that_is_cancelled_leaves_no_object(storage: Storage, tmp_path: Path) -> None:
    async def go() -> None:
        (tmp_path / "r.bin").write_bytes(bytes(1_000_000))
        storage.misdeeds["/out/r.bin"] = ["slow"]
        before = len(os.listdir("/proc/self/fd"))
        async with transfers() as transfer:
            sending = asyncio.create_task(transfer.upload(storage.plan("r.bin", 1), tmp_path))
            await eventually(lambda: storage.requests)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
        await eventually(lambda: len(os.listdir("/proc/self/fd")) <= before + 2)

    asyncio.run(go())


def test_the_md5_is_the_true_one(storage: Storage, tmp_path: Path) -> None:
    upload(storage, tmp_path, b"abc")
    assert hashlib.md5(storage.objects["/out/r.bin"]).hexdigest() == "900150983cd24fb0d6963f7d28e17f72"
