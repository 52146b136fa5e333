"""Bringing reports to the server: gathered, kept on disk, sent in order, again until they are acknowledged."""

import asyncio
import time
from collections.abc import Callable

import structlog

from stokehold.domain.protocol import Command, Ended, Lost, Measured, Phased, Report, Returned, Sync
from stokehold.runner.outbox import Outbox
from stokehold.runner.server_link import Away, ServerLink

log = structlog.get_logger()

GATHER_S = 0.002  # after a call, let reports gather: the next call carries them all
REST = 2.0  # times the length of the last call: calling takes a third of the time at the most
REST_EACH_S = 0.003  # for each report of the last call: where many come, fewer and larger calls cost less
LONGEST_REST_S = 0.05
FEW = 8  # reports in a call that need not wait for company
HASTES, HASTES_A_S = 4, 20.0  # so many calls follow at once, and so many a second go on doing so
PHASE_S = 0.015  # a phase waits so long for company: a short program ends before, and its end says it all
MOST = 2000
LAST_WORDS = (Ended, Lost, Returned)  # nothing follows these


class Haste:
    """Lets a lone instance be told of at once, and makes a stream of them gather."""

    def __init__(self) -> None:
        self._left, self._at = float(HASTES), 0.0

    def spend(self, now: float) -> bool:
        """Whether the next call may follow at once; `now` is in seconds."""
        self._left = min(HASTES, self._left + (now - self._at) * HASTES_A_S)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Reporter:
    """One loop that sends what `add` gives it."""

    def __init__(self, outbox: Outbox, server: ServerLink, node: str, session: str) -> None:
        self._outbox, self._server, self._node, self._session = outbox, server, node, session
        self._fresh: list[Report] = []
        self._measured: Measured | None = None  # goes with the next call, and is not sent again
        self._some = asyncio.Event()
        self._later: asyncio.TimerHandle | None = None
        self._empty = asyncio.Event()
        self._haste = Haste()
        self._full = False  # whether the disk has refused the last reports
        self.on_safe: Callable[[list[str]], None] = lambda _: None  # these ends are on disk
        self.on_command: Callable[[Command], None] = lambda _: None
        self.on_unknown: Callable[[], None] = lambda: None  # the server wants an introduction
        self.on_away: Callable[[str], None] = lambda _: None  # why the server cannot be reached; "": it can
        if len(outbox):
            self._some.set()

    def add(self, *reports: Report) -> None:
        self._fresh.extend(reports)
        if not all(isinstance(report, Phased) for report in reports):
            self._some.set()
        elif self._later is None:
            self._later = asyncio.get_running_loop().call_later(PHASE_S, self._ring)

    def measure(self, measured: Measured) -> None:
        """Tell this with the next call. What could not be told in time is not worth a delay."""
        self._measured = measured
        self._some.set()

    def _ring(self) -> None:
        self._later = None
        self._some.set()

    def unsent_ends(self) -> set[str]:
        """Tokens whose end the server may not know yet."""
        return self._outbox.ended() | {r.token for r in self._fresh if isinstance(r, LAST_WORDS)}

    @property
    def idle(self) -> bool:
        return not self._fresh and not len(self._outbox)

    async def run(self) -> None:
        wait = 0.05
        while True:
            await self._some.wait()
            self.keep()
            begun = time.monotonic()
            sent = 0
            try:
                sent = await self._send()
                wait = 0.05
            except Away as error:
                self.on_away(str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, 1.0)
            if self.idle:
                self._empty.set()
            if self.idle and self._measured is None:
                self._some.clear()
            else:
                spent = time.monotonic() - begun
                rest = min(max(GATHER_S, REST * spent, REST_EACH_S * sent), LONGEST_REST_S)
                await asyncio.sleep(GATHER_S if sent <= FEW and self._haste.spend(begun) else rest)

    async def drained(self, seconds: float) -> bool:
        """Wait until everything is acknowledged, at most so long."""
        try:
            async with asyncio.timeout(seconds):
                while not self.idle:
                    self._empty.clear()
                    await self._empty.wait()
        except TimeoutError:
            return False
        return True

    def keep(self) -> None:
        """Move the fresh reports to disk. A phase that has passed already is not worth a line."""
        ended = {r.token for r in self._fresh if isinstance(r, LAST_WORDS)}
        kept = [r for r in self._fresh if not (isinstance(r, Phased) and r.token in ended)]
        try:
            self._outbox.add(kept)
        except OSError as error:  # what was not kept is tried again
            self._refused(error)
            return
        self._full = False
        self._fresh = []
        if ended:
            self.on_safe(list(ended))

    def _refused(self, error: OSError) -> None:
        if not self._full:
            log.warning("outbox.full", reason=error.strerror)
        self._full = True

    async def _send(self) -> int:
        """One call; returns how many reports it carried."""
        seq, batch = self._outbox.batch(MOST)
        measured, self._measured = self._measured, None
        if not batch and measured is None:
            return 0
        answer = await self._server.sync(Sync(self._node, self._session, seq, batch, measured=measured))
        self.on_away("")
        if answer.unknown_session:
            self.on_unknown()
            await asyncio.sleep(0.05)
            return 0
        self._outbox.ack(answer.acked)
        for command in answer.commands:
            self.on_command(command)
        return len(batch)
