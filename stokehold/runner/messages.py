"""What the runner and its keeper say to each other, over a Unix socket: a length of four bytes, then MessagePack.

Moments and durations are microseconds.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct


class Start(Struct, tag="start", omit_defaults=True):
    """Run a program when a slot is free. `note` comes back in Holding: what a restarted runner needs to know."""

    token: str
    argv: list[str]
    env: dict[str, str]
    cwd: str
    stdout: str
    stderr: str
    note: bytes = b""
    memory_mb: int = 0  # the tree is ended when it holds more; 0: no limit
    wraps: bool = False  # argv[0] only wraps the program: a gentle signal is for what runs inside


class Kill(Struct, tag="kill"):
    """End a tree: SIGTERM, after `grace_s` SIGKILL. A program that waits for a slot is dropped."""

    token: str
    grace_s: float


class Forget(Struct, tag="forget"):
    """The ends of these are safe with the runner."""

    tokens: list[str]


class Hello(Struct, tag="hello"):
    """A runner begins to speak; it gets Holding."""

    slots: int


class Quit(Struct, tag="quit"):
    """End every tree, as Kill does, then the keeper itself."""

    grace_s: float


class Started(Struct, tag="started", omit_defaults=True):
    token: str
    at: int
    pid: int = 0  # of the main process


class Exited(Struct, tag="exited", omit_defaults=True):
    """A tree is gone, to the last process."""

    token: str
    at: int
    started_at: int = 0  # 0: it never started
    code: int | None = None
    signal: int | None = None
    cpu_us: int = 0
    peak_kb: int = 0
    stopped: bool = False  # we were asked to end it
    memory_killed: bool = False  # we ended it for its memory
    refused: int = 0  # the error number with which it could not be started


class Held(Struct, omit_defaults=True):
    token: str
    note: bytes
    started_at: int = 0
    exited: Exited | None = None
    pid: int = 0  # of the main process, while it runs


class Holding(Struct, tag="holding"):
    """Everything the keeper knows of, in answer to Hello."""

    items: list[Held]


Order = Start | Kill | Forget | Hello | Quit
News = Started | Exited | Holding

_encoder = msgspec.msgpack.Encoder()


def frame(message: Order | News) -> bytes:
    """A message as it goes over the socket."""
    body = _encoder.encode(message)
    return len(body).to_bytes(4, "big") + body


class Frames:
    """Cuts a stream of bytes into messages."""

    def __init__(self, kind: Any) -> None:
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        self._buffer += data
        start = 0
        while len(self._buffer) - start >= 4:
            size = int.from_bytes(self._buffer[start : start + 4], "big")
            end = start + 4 + size
            if len(self._buffer) < end:
                break
            yield self._decoder.decode(memoryview(self._buffer)[start + 4 : end].tobytes())
            start = end
        del self._buffer[:start]
