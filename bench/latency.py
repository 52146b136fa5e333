"""How long one instance takes from its submission to its final state, and how soon a printed line can be read.

python -m bench.latency [--quick] [--peers ray,distributed]
"""

import argparse
import json
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from shutil import which
from statistics import median, quantiles

from bench import floor, peers
from bench.stack import FINAL, Stack, stack

COUNT, QUICK_COUNT = 200, 20
LINES, QUICK_LINES = 100, 20
PATIENCE_S = 30
POLL_S = 0.0005  # a client that never pauses takes the CPU that it waits for
LOOK_S = 0.002  # between looks for a new line
#: Prints the time in nanoseconds, at moments that no period of ours can be in step with.
CLOCK = "sh -c 'for i in $(seq {lines}); do date +%s%N; sleep 0.0$(( i * 37 % 89 + 10 )); done'"


def one_by_one(running: Stack, count: int) -> list[float]:
    """Submit one instance, look until it has ended, and again: ms from the POST to the answer that says so."""
    found, client, one = [], Client(running), json.dumps(running.body(1)).encode()
    for _ in range(count):
        begin = time.perf_counter()
        uuid = json.loads(client.say("POST", "/tasks", one))["uuid"]
        while (
            state := json.loads(client.say("GET", f"/tasks/{uuid}"))["state"]
        ) not in FINAL and time.perf_counter() - begin < PATIENCE_S:
            time.sleep(POLL_S)
        found.append((time.perf_counter() - begin) * 1e3)
        assert state == "Success", state
    return found


class Client:
    """One connection of the standard library: a richer client takes a millisecond of the CPU that it waits for."""

    def __init__(self, running: Stack) -> None:
        self._http = HTTPConnection(running.http.base_url.host, running.http.base_url.port)
        self._headers = {"authorization": running.http.headers["authorization"]}

    def say(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self._http.request(method, path, body, self._headers)
        answer = self._http.getresponse()
        content = answer.read()
        assert answer.status == 200, content
        return content


def lines(running: Stack, count: int) -> list[float]:
    """How old each line was, in ms, when a GET of the output first had it."""
    uuid = running.submit(1, CLOCK.format(lines=count))
    return list(_ages(running, uuid, count))


def _ages(running: Stack, uuid: str, count: int) -> Iterator[float]:
    seen = 0
    while seen < count:
        text = running.stdout(uuid)
        now = time.time_ns()
        fresh = text.decode().splitlines()[seen:]
        seen += len(fresh)
        for line in fresh:
            yield (now - int(line.removeprefix("0> "))) / 1e6
        time.sleep(LOOK_S)


def streamed(running: Stack, count: int) -> list[float]:
    """How old each line was, in ms, when the stream of the output brought it."""
    uuid = running.submit(1, CLOCK.format(lines=count))
    found: list[float] = []
    with running.http.stream("GET", f"/tasks/{uuid}/stdout/stream") as answer:
        for line in answer.iter_lines():
            now = time.time_ns()
            if line.startswith('data: {"text"'):
                text = json.loads(line.removeprefix("data: "))["text"]
                found += [(now - int(word.removeprefix("0> "))) / 1e6 for word in text.splitlines()]
    assert len(found) == count
    return found


def _told(found: list[float]) -> str:
    p50, p99 = median(found), quantiles(found, n=100)[98]
    return f"p50 {p50:6.1f}   p99 {p99:6.1f}   max {max(found):6.1f}"


def _ours(sandbox: str, count: int, lines_count: int) -> None:
    name = "in bwrap" if sandbox == "bwrap" else "no sandbox"
    with stack(sandbox=sandbox) as running:
        one_by_one(running, 10)
        floor.show()
        found = one_by_one(running, count)
        print(f"one instance, {name:12} ms: {_told(found)}   target: p50 10, p99 30", flush=True)
        ages = lines(running, lines_count)
        print(
            f"a line, asked {name:12} ms: {_told(ages)}   target: 200; Funnel shows it after 5000 ms",
            flush=True,
        )
        print(
            f"a line, live  {name:12} ms: {_told(streamed(running, lines_count))}   target: 200", flush=True
        )


def _peers(invited: list[str], count: int) -> None:
    for name in invited:
        try:
            floor.show()
            found = peers.delay(name, count)
        except peers.Absent as absent:
            print(absent)
            continue
        title = f"{peers.NAMES[name]} {found.version}"
        print(f"one program,  {title:12} ms: p50 {found.p50_ms:6.1f}   p99 {found.p99_ms:6.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few of each, to see that it works")
    parser.add_argument(
        "--peers", default="ray,distributed", help="'' for none (HyperQueue's looks once a second)"
    )
    options = parser.parse_args()
    floor.pin()
    count, lines_count = (QUICK_COUNT, QUICK_LINES) if options.quick else (COUNT, LINES)
    sandboxes = ["none", "bwrap"] if which("bwrap") else ["none"]
    for sandbox in sandboxes:
        _ours(sandbox, count, lines_count)
    _peers(list(filter(None, options.peers.split(","))), count)


if __name__ == "__main__":
    main()
