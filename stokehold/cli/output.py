"""Answers on standard output: tables for people, JSON for programs, again and again if asked to."""

import re
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

import click
import msgspec

from stokehold.client.errors import BadInput

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Row = dict[str, Any]
Fetch = Callable[[], Iterable[Any]]

_STYLES = {"Success": "green", "Failure": "red", "Cancelled": "yellow", "Completed": "green"}
_OPTIONS = (
    click.option("--format", "format_", type=click.Choice(["table", "json"], case_sensitive=False), default="table",
                 help="A table for people, or JSON for programs.  [default: table]"),
    click.option("--select", metavar="FIELDS", help="Only these fields, as name,state,status.executedRange."),
    click.option("--watch", is_flag=True, help="Show it again whenever it has changed, until Ctrl-C."),
    click.option("--every", "every_s", type=click.FloatRange(0.1), default=2.0, hidden=True),
)  # fmt: skip


class Output:
    """How a command was asked to answer."""

    def __init__(self, format_: str, select: str | None, watch: bool, every_s: float) -> None:
        self.json = format_.lower() == "json"
        self._fields = [field.strip() for field in (select or "").split(",") if field.strip()]
        self._watch, self._every_s = watch, every_s

    def rows(self, fetch: Fetch, columns: Sequence[str]) -> None:
        """Show a list of things."""
        self._show(lambda: [plain(one) for one in fetch()], lambda rows: self._table(rows, columns))

    def one(self, fetch: Callable[[], Any]) -> None:
        """Show one thing: in a table those of its fields that people know, in JSON all that the server told."""
        names: list[str] = []

        def found() -> Any:
            thing = fetch()
            names[:] = known(thing)
            return plain(thing)

        self._show(found, lambda row: self._fieldwise(row, names))

    def _show(self, fetch: Callable[[], Any], draw: "Callable[[Any], RenderableType]") -> None:
        if not self._watch:
            self._print(fetch(), draw)
            return
        if sys.stdout.isatty() and not self.json:
            self._repaint(fetch, draw)
        seen: Any = None
        while True:
            found = fetch()
            if found != seen:
                self._print(found, draw)
                sys.stdout.flush()
            seen = found
            time.sleep(self._every_s)

    def _repaint(self, fetch: Callable[[], Any], draw: "Callable[[Any], RenderableType]") -> None:
        from rich.live import Live

        with Live(draw(fetch()), console=console(), screen=False) as live:
            while True:
                time.sleep(self._every_s)
                live.update(draw(fetch()), refresh=True)

    def _print(self, found: Any, draw: "Callable[[Any], RenderableType]") -> None:
        if not self.json:
            console().print(draw(found))
            return
        chosen = [self._chosen(row) for row in found] if isinstance(found, list) else self._chosen(found)
        click.echo(msgspec.json.format(msgspec.json.encode(chosen), indent=2))

    def _chosen(self, row: Any) -> Any:
        if not self._fields or not isinstance(row, dict):
            return row
        return {field: field_of(row, field) for field in self._fields}

    def _table(self, rows: list[Row], columns: Sequence[str]) -> "RenderableType":
        from rich.table import Table
        from rich.text import Text

        names = self._fields or list(columns)
        table = Table(*map(heading, names), box=None, pad_edge=False, header_style="bold")
        for row in rows:
            cells = [cell(field_of(row, name)) for name in names]
            table.add_row(*(Text(text, style=_STYLES.get(text, "")) for text in cells))
        return table

    def _fieldwise(self, found: Any, known_names: Sequence[str]) -> "RenderableType":
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, show_header=False, pad_edge=False)
        for name in self._fields or known_names:
            text = cell(field_of(found, name))
            if text or self._fields:
                table.add_row(Text(heading(name), style="bold"), Text(text, style=_STYLES.get(text, "")))
        return table


def shown(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of its answer, and `out` to answer with."""

    @wraps(command)
    def wrapped(
        *args: Any, format_: str, select: str | None, watch: bool, every_s: float, **rest: Any
    ) -> Any:
        return command(*args, out=Output(format_, select, watch, every_s), **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def console(*, stderr: bool = False) -> "Console":
    """Where people read. In a pipe: no colour, and no line is broken."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else 10_000
    return Console(stderr=stderr, width=width, highlight=False, soft_wrap=not stream.isatty())


def plain(one: Any) -> Any:
    """A thing as JSON has it: with all that the server told of it."""
    if isinstance(one, dict | str):
        return one
    fields = msgspec.to_builtins(one)
    return {**fields, **getattr(one, "answer", {})} if isinstance(fields, dict) else fields


def known(one: Any) -> list[str]:
    """The fields of a thing that have a name in the SDK."""
    return (
        list(one) if isinstance(one, dict) else [field.encode_name for field in msgspec.structs.fields(one)]
    )


def field_of(row: Row, name: str) -> Any:
    """A field by its name, dots leading inside, in any spelling. Raises BadInput."""
    value: Any = row
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        known = {_key(key): key for key in value}
        if _key(part) not in known:
            if value is row:
                raise BadInput(f"There is no field {part!r}; there are {', '.join(row)}.")
            return None
        value = value[known[_key(part)]]
    return value


def heading(name: str) -> str:
    """creationDate → creation date"""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.rpartition(".")[2]).replace("_", " ").lower()


def cell(value: Any) -> str:
    """A value in a table."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}" if abs(value) < 10_000 else f"{value:.0f}"
        case str() if re.match(r"\d{4}-\d\d-\d\dT", value):
            return _moment(value)
        case list():
            return ", ".join(cell(one) for one in value)
        case dict() if value.keys() == {"key", "value"}:
            return f"{value['key']}={value['value']}"
        case dict():
            return " ".join(
                f"{heading(key)}: {cell(one)}" for key, one in value.items() if one not in (None, [], "")
            )
    return str(value)


def sized(count: int) -> str:
    """Bytes as people read them."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text)
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at.year > 1 else ""


def _key(name: str) -> str:
    return name.replace("_", "").lower()
