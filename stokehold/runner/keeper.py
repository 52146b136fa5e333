"""The keeper: a small process that holds the running programs, so that they outlive a runner that is killed.

The runner starts it as `python -m stokehold.runner.keeper DIR`, in a session of its own; a restarted runner finds
it by its socket. Programs that lose their parents become its children (it is a subreaper), so none gets away.
"""

import ctypes
import os
import selectors
import signal
import socket
import sys
import time
from pathlib import Path

from stokehold.runner import processes
from stokehold.runner.brood import LOOK_S, Brood
from stokehold.runner.messages import Forget, Frames, Hello, Holding, Kill, News, Order, Quit, Start, frame

SOCKET = "keeper.sock"
LONELY_S = 10.0  # without a runner and without programs, a keeper has no reason to stay
UNTOLD_S = 24 * 3600.0  # but for ends that no runner has heard of: work would be lost with them
_PR_SET_CHILD_SUBREAPER = 36


class Keeper:
    """One loop: signals of ended children, one runner's socket, and a look around while programs run."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._selector = selectors.DefaultSelector()
        self._out: list[bytes] = []
        self._runner: socket.socket | None = None
        self._frames = Frames(Order)
        self._prefix = prefix(directory)
        self._brood = Brood(f"{self._prefix}-{os.getpid()}-", self._tell)
        self._idle_since = time.monotonic()  # neither a runner nor a program since then
        self._looked = 0.0
        self._quitting = False

    def run(self) -> None:
        _adopt_orphans()
        end_leftovers(self._prefix)
        listener = _listen(self._directory)
        wakeup, _writer = _signals()
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(wakeup, selectors.EVENT_READ)
        while not self._over():
            for key, _ in self._selector.select(self._patience()):
                if key.fileobj is listener:
                    self._welcome(listener.accept()[0])
                elif key.fileobj is wakeup:
                    wakeup.recv(4096)
                elif key.fileobj is self._runner:  # and not one that was replaced a moment ago
                    self._hear()
            self._brood.reap()
            self._look()
            self._flush()

    def _over(self) -> bool:
        if self._runner is not None or not self._brood.empty:
            self._idle_since = time.monotonic()
            return self._quitting and self._brood.empty
        idle_s = time.monotonic() - self._idle_since
        lonely = idle_s > (UNTOLD_S if self._brood.untold else LONELY_S)
        return self._quitting or lonely or not self._directory.exists()

    def _patience(self) -> float:
        return LOOK_S if self._brood.restless else 1.0

    def _look(self) -> None:
        if self._brood.restless and time.monotonic() - self._looked > LOOK_S:
            self._brood.look()
            self._looked = time.monotonic()

    def _welcome(self, runner: socket.socket) -> None:
        """The newest runner is the one that counts."""
        self._leave()
        runner.setblocking(True)
        self._runner, self._frames = runner, Frames(Order)
        self._selector.register(runner, selectors.EVENT_READ)

    def _hear(self) -> None:
        if self._runner is None:
            return
        try:
            data = self._runner.recv(1 << 18)
        except OSError:
            data = b""
        if not data:
            self._leave()
            return
        for order in self._frames.feed(data):
            self._obey(order)

    def _obey(self, order: Order) -> None:
        match order:
            case Start():
                self._brood.start(order)
            case Forget(tokens=tokens):
                self._brood.forget(tokens)
            case Kill():
                self._brood.kill(order)
            case Hello(slots=slots):
                self._brood.slots = slots
                self._tell(Holding(self._brood.holding()))
                self._brood.fill()
            case Quit(grace_s=grace_s):
                self._quitting = True
                self._brood.kill_all(grace_s)

    def _tell(self, news: News) -> None:
        if self._runner is not None:
            self._out.append(frame(news))

    def _flush(self) -> None:
        if self._out and self._runner is not None:
            try:
                self._runner.sendall(b"".join(self._out))
            except OSError:
                self._leave()
        self._out.clear()

    def _leave(self) -> None:
        if self._runner is not None:
            self._selector.unregister(self._runner)
            self._runner.close()
            self._runner = None


def prefix(directory: Path) -> str:
    """What the marks of this keeper's programs begin with: no other server's do."""
    stat = directory.stat()
    return f"{stat.st_dev:x}-{stat.st_ino:x}"


def end_leftovers(mark_prefix: str) -> None:
    """Kill what a keeper that was itself killed left behind: nobody could tell how it ends."""
    deadline = time.monotonic() + 5
    while (left := processes.marked(mark_prefix + "-")) and time.monotonic() < deadline:
        processes.send(left, signal.SIGKILL)
        time.sleep(0.01)


def address(directory: Path) -> str:
    """A path to the socket that fits into the 108 bytes of a socket address, however long the directory's own."""
    descriptor = os.open(directory, os.O_PATH)
    return f"/proc/{os.getpid()}/fd/{descriptor}/{SOCKET}"


def _listen(directory: Path) -> socket.socket:
    (directory / SOCKET).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(address(directory))
    (directory / SOCKET).chmod(0o600)
    listener.listen(2)
    return listener


def _signals() -> tuple[socket.socket, socket.socket]:
    reader, writer = socket.socketpair()
    reader.setblocking(False)
    writer.setblocking(False)
    signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return reader, writer


def _adopt_orphans() -> None:
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    Keeper(Path(sys.argv[1]).resolve()).run()
