"""Following a task to its end: what it shows while it runs, results as they come, and what Ctrl-C does."""

import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import click

from stokehold.cli.output import console
from stokehold.cli.verdicts import Verdict, of_states
from stokehold.client.errors import StokeError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from stokehold.client import Task

LINES = 8
LAST_OUTPUT_S = 5.0  # for the last lines to arrive after the end
BETWEEN_FETCHES_S = 1.0


class Follower:
    """Follows one task. `folder`: where its results go; None leaves them in the storage."""

    def __init__(self, task: "Task", folder: Path | None = None, *, timeout_s: float | None = None) -> None:
        self.task, self._folder, self._timeout_s = task, folder, timeout_s
        self._lines: deque[str] = deque(maxlen=LINES)
        self._printed = Event()
        self._over = Event()
        self._more = Event()
        self._live: Live | None = None
        self._state = ""

    def run(self) -> Verdict:
        """Follow to the end, or until the user leaves. Raises StokeError."""
        tty = sys.stdout.isatty()
        streams = ["stdout"] if tty else ["stdout", "stderr"]
        threads = [Thread(target=self._tail, args=(stream, tty), daemon=True) for stream in streams]
        threads += [Thread(target=self._fetch_some, daemon=True)] if self._folder else []
        for thread in threads:
            thread.start()
        while True:
            try:
                self._watch_live() if tty else self._watch()
                break
            except KeyboardInterrupt:
                if (left := self._interrupted()) is not None:
                    return left
        self._over.set()
        self._more.set()
        for thread in threads:
            thread.join(LAST_OUTPUT_S)
        return self._end(tty=tty)

    def _watch(self) -> None:
        for task in self.task.changes(self._timeout_s):
            self._more.set()
            if task.state != self._state:
                self._state = task.state
                click.echo(f"{task.name} {task.uuid} {task.state}", err=True)

    def _watch_live(self) -> None:
        from rich.live import Live

        with Live(console=console(), refresh_per_second=8, get_renderable=self._draw) as self._live:
            for _ in self.task.changes(self._timeout_s):
                self._more.set()
        self._live = None

    def _draw(self) -> "RenderableType":
        from stokehold.cli.live.view import view

        note = "Ctrl-C: detach or abort" if not self.task.final else ""
        return view(self.task, list(self._lines), console().width, note)

    def _tail(self, stream: str, tty: bool) -> None:
        try:
            for line in self.task.logs(stream=stream):
                if tty:
                    self._lines.append(line)
                else:
                    click.echo(line, err=stream == "stderr")
        except StokeError as error:
            self._lines.append(f"(no output: {error.message})")
        except RuntimeError:  # the connection was closed: the user has left
            return

    def _fetch_some(self) -> None:
        """Bring results while the task runs, not more often than makes sense."""
        while not self._over.is_set():
            self._more.wait()
            self._more.clear()
            if self._over.is_set():
                return
            with suppress(StokeError, RuntimeError):  # the last fetch tells
                self._fetch()
            self._over.wait(BETWEEN_FETCHES_S)

    def _fetch(self) -> list[Path]:
        assert self._folder is not None
        return self.task.download(self._folder)

    def _end(self, *, tty: bool) -> Verdict:
        if self._folder and self.task.state != "Cancelled":
            files = self._fetch()
            click.echo(f"{len(files)} result{'s' if len(files) != 1 else ''} in {self._folder}", err=True)
        if not tty:
            for error in self.task.errors:
                click.echo(str(error), err=True)
        if self.task.state == "Failure":
            click.echo(f"  → `stoke task logs --stderr {self.task.uuid}` shows why; `stoke task retry` tries again.",
                       err=True)  # fmt: skip
        return of_states([self.task.state])

    def _interrupted(self) -> Verdict | None:
        """Ask what Ctrl-C meant; None goes on."""
        detached = f"It goes on. `stoke task attach {self.task.uuid}` comes back to it."
        if not sys.stdin.isatty():
            click.echo(detached, err=True)
            return Verdict.INTERRUPTED
        answer = _ask()
        if answer == "c":
            return None
        if answer == "d":
            click.echo(detached, err=True)
            return Verdict.INTERRUPTED
        self.task.abort()
        self.task.wait(timeout_s=60)
        click.echo(f"{self.task.name} is {self.task.state}.", err=True)
        return Verdict.CANCELLED


def _ask() -> str:
    time.sleep(0.05)  # the terminal writes its ^C first
    try:
        return str(
            click.prompt(
                "\n[d]etach, [a]bort, or [c]ontinue?", type=click.Choice(["d", "a", "c"]), default="d",
                show_choices=False, err=True,
            )
        )  # fmt: skip
    except (click.Abort, KeyboardInterrupt):
        return "d"
