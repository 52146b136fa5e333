import asyncio
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Barrier, Thread

import pytest

from stokehold.client.asynchronous.transport import AsyncTransport
from stokehold.client.errors import Unreachable
from stokehold.client.signing import Request
from stokehold.client.synchronous.transport import Transport
from tests.waiting import DEADLINE_S

asked: list[str] = []
both = Barrier(2, timeout=DEADLINE_S)


class _Moody(BaseHTTPRequestHandler):
    """Fails twice for each busy path, then answers; answers two that ask for /together at once."""

    def do_GET(self) -> None:
        asked.append(self.path)
        busy = asked.count(self.path) < 3 and self.path.startswith("/busy")
        self.send_response(503 if busy else 404 if self.path == "/missing" else 200)
        self.send_header("content-length", "4")
        self.end_headers()
        self.wfile.write(b"bo")
        if self.path == "/together":
            both.wait()
        self.wfile.write(b"dy")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Moody) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def transport() -> Iterator[Transport]:
    made = Transport(verify=True, timeout_s=DEADLINE_S, user_agent="test")
    yield made
    made.close()


def test_what_may_pass_is_tried_again(url: str, transport: Transport) -> None:
    assert transport.send(Request("GET", f"{url}/busy")).content == b"body"


def test_a_coroutine_tries_again_too(url: str) -> None:
    async def ask() -> bytes:
        made = AsyncTransport(verify=True, timeout_s=DEADLINE_S, user_agent="test")
        answer = await made.send(Request("GET", f"{url}/busy/async"))
        await made.close()
        return answer.content

    assert asyncio.run(ask()) == b"body"


def test_a_file_appears_whole_or_not_at_all(url: str, transport: Transport, tmp_path: Path) -> None:
    assert transport.save(Request("GET", f"{url}/there"), tmp_path / "d" / "f").is_success
    assert (tmp_path / "d" / "f").read_bytes() == b"body"
    assert transport.save(Request("GET", f"{url}/missing"), tmp_path / "no").status_code == 404
    assert [path.name for path in tmp_path.iterdir()] == ["d"]


def test_a_file_may_be_fetched_twice_at_once(url: str, transport: Transport, tmp_path: Path) -> None:
    path = tmp_path / "file"
    answers = transport.each(lambda _: transport.save(Request("GET", f"{url}/together"), path), range(2))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [("file", "body")]


def test_many_things_come_back_in_their_order(transport: Transport) -> None:
    assert transport.each(lambda n: n * n, range(20)) == [n * n for n in range(20)]


def test_nobody_there_is_said_with_advice(transport: Transport) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        transport.send(Request("GET", f"http://127.0.0.1:{port}/"))
    assert "does not answer" in caught.value.message
    assert caught.value.advice
