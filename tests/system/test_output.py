"""What a program prints: soon readable while it runs, and to its last byte when its end shows."""

import contextlib
import time
from pathlib import Path

import httpx2
import pytest

from stokehold.domain.states import FINAL
from tests.system.servers import Server, Servers
from tests.waiting import DEADLINE_S, wait_until

MIB = 1024 * 1024
KEPT = 10 * MIB

OUTPUTS = {
    "a line": ("echo last", b"last\n"),
    "no newline": ("printf last", b"last"),
    "1 MiB": ('head -c 1048576 /dev/zero | tr "\\\\0" x', b"x" * MIB),
    "1 MiB of lines": ("seq 1 160000", b"".join(b"%d\n" % i for i in range(1, 160001))),
}


class Reader:
    """Reads as fast as it can, through one connection."""

    def __init__(self, server: Server, uuid: str) -> None:
        stokehold = server.stokehold
        headers = {"Authorization": stokehold.token}
        self._http = httpx2.Client(
            base_url=stokehold.api, headers=headers, timeout=DEADLINE_S, trust_env=False
        )
        self._uuid = uuid

    def state(self) -> str:
        return str(self._http.get(f"/tasks/{self._uuid}").json()["state"])

    def stdout(self) -> bytes:
        return self._http.get(f"/tasks/{self._uuid}/stdout/0").content

    def stderr(self) -> bytes:
        return self._http.get(f"/tasks/{self._uuid}/stderr/0").content


@pytest.mark.parametrize("kind", ["process", "bwrap"])
@pytest.mark.parametrize("name", OUTPUTS)
def test_the_last_byte_is_there_when_the_end_shows(servers: Servers, kind: str, name: str) -> None:
    script, expected = OUTPUTS[name]
    server = servers(kind)
    for _ in range(3):
        reader = Reader(server, server.submit(f"sh -c '{script}'").uuid)
        wait_until(lambda reader=reader: reader.state() in FINAL, what="the end")
        assert reader.stdout() == expected


def test_the_last_byte_of_a_container_is_there_too(servers: Servers) -> None:
    server = servers("podman")
    reader = Reader(server, server.submit("sh -c 'seq 1 100000; printf end; printf err >&2'").uuid)
    wait_until(lambda: reader.state() in FINAL, what="the end")
    assert reader.stdout().endswith(b"100000\nend")
    assert reader.stderr() == b"err"


def test_a_printed_line_is_soon_readable(servers: Servers) -> None:
    """The target is 0.2 s, which bench/latency.py measures; here a busy machine has five times as long."""
    server = servers("process")
    script = "for i in 1 2 3 4 5 6 7 8; do date +%s.%N; sleep 0.3; done"
    reader = Reader(server, server.submit(f"sh -c '{script}'").uuid)
    delays: list[float] = []

    def read() -> bool:
        lines = reader.stdout().splitlines()
        delays.extend(time.time() - float(line) for line in lines[len(delays) :])
        return len(delays) == 8

    wait_until(read, what="eight lines")
    print("delays in ms:", *(round(delay * 1000) for delay in delays))
    assert sorted(delays)[len(delays) // 2] <= 1.0


def test_a_line_without_its_end_is_readable_while_the_program_waits(servers: Servers) -> None:
    server = servers("process")
    task = server.submit("sh -c 'printf \"password: \"; sleep 600'")
    wait_until(lambda: task.stdout() == "0> password: ", what="the prompt shows")
    task.abort()
    server.ended(task)


def test_much_output_is_kept_to_its_last_10_mib(servers: Servers) -> None:
    server = servers("process")
    script = 'yes "$(head -c 1023 /dev/zero | tr "\\\\0" y)" | head -n 51200; echo the end'
    reader = Reader(server, server.submit(f"sh -c '{script}'").uuid)
    sizes: list[int] = []

    def ended() -> bool:
        over = reader.state() in FINAL
        sizes.append(len(reader.stdout()))
        return over

    wait_until(ended, 150, "the end")
    whole = reader.stdout()
    print(f"{len(whole) / MIB:.2f} MiB are kept, {max(sizes) / MIB:.2f} at most")
    assert whole.endswith(b"y\nthe end\n")
    assert KEPT * 0.5 <= len(whole) <= KEPT * 1.25
    assert max(sizes) <= KEPT * 1.25
    folder = server.stokehold.data / "runner" / "out"
    wait_until(lambda: _sizes(folder) == 0, what="the runner keeps nothing")


def _sizes(folder: Path) -> int:
    total = 0
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was removed as we looked
            total += file.stat().st_size
    return total


def test_fresh_output_is_the_whole_in_pieces(servers: Servers) -> None:
    server = servers("process")
    task = server.submit("sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo $i; sleep 0.05; done'")
    heard: list[str] = []

    def over() -> bool:
        task.update(True)
        last = task.state in FINAL
        heard.append(task.fresh_stdout())
        return last

    wait_until(over, what="the end")
    assert "".join(heard) == task.stdout() == "".join(f"0> {i}\n" for i in range(1, 10))
