"""What instances print: pieces in the order of their arrival, bounded for each instance and stream."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, func, select

from stokehold.domain.protocol import OUTPUT_KEPT, Stream
from stokehold.store.database import wake
from stokehold.store.schema import cursors, outputs
from stokehold.store.topics import printed_topic

SHOWN = 64 * 1024 * 1024  # bytes of one answer
MERGED = -1  # in place of an instance id: the stream of the whole task

_SLACKS = 8  # a stream is trimmed each time that it has grown by this part of what is kept
_BATCH = 512  # rows at a time


class Piece(Struct, frozen=True):
    """Some bytes that an attempt printed, `position` bytes into its stream."""

    task_id: int
    instance_id: int
    attempt: int
    stream: Stream
    position: int
    data: bytes


class Source(NamedTuple):
    """Whose output: of a task, or of one of its instances."""

    task_id: int
    stream: Stream
    instance_id: int = MERGED


def append(conn: Connection, pieces: Sequence[Piece], kept: int = OUTPUT_KEPT) -> None:
    """Add pieces at the end of their streams, in their order; of each, `kept` bytes or a little more stay."""
    pieces = [piece for piece in pieces if piece.data]
    if not pieces:
        return
    conn.execute(outputs.insert(), [_values(piece) for piece in pieces])
    for source in dict.fromkeys(_source(piece) for piece in pieces if _overflows(piece, kept)):
        trim(conn, source, kept)
    for task_id in {piece.task_id for piece in pieces}:
        wake(conn, printed_topic(task_id))


def untold(conn: Connection, piece: Piece, earlier: Iterable[Piece]) -> Piece:
    """What of `piece` is neither stored nor in the `earlier` pieces of its batch; maybe nothing."""
    stored = conn.execute(_END, _source(piece)._asdict() | {"attempt": piece.attempt}).scalar() or 0
    told = [p.position + len(p.data) for p in earlier if _attempt(p) == _attempt(piece)]
    end = max(stored, piece.position, *told)
    return msgspec.structs.replace(piece, position=end, data=piece.data[end - piece.position :])


def trim(conn: Connection, source: Source, kept: int = OUTPUT_KEPT) -> None:
    """Forget the oldest pieces of one instance's stream beyond its last `kept` bytes."""
    conn.execute(_TRIM, source._asdict() | {"most": kept})


def whole(conn: Connection, source: Source) -> bytes:
    """Everything that is kept; of a task, each line with the id of its instance before it."""
    rows: list[Row[Any]] = []
    size = 0
    for row in _backwards(conn, source):
        rows.append(row)
        size += len(row.data)
        if size >= SHOWN:
            break
    return _joined(source, None, reversed(rows))


def unread(conn: Connection, source: Source) -> bool:
    """Whether `fresh` would return anything: a look that writes nothing."""
    return (
        conn.execute(_of(source).newer, source._asdict() | {"edge": _cursor(conn, source)}).first()
        is not None
    )


def fresh(conn: Connection, source: Source) -> bytes:
    """What arrived since the last call, and remember that it was read: all answers together are the whole."""
    seen = _cursor(conn, source)
    data, place, _ = since(conn, source, seen, SHOWN)
    if place != seen:
        _remember(conn, source, place)
    return data


def since(conn: Connection, source: Source, seen: int, most: int) -> tuple[bytes, int, bool]:
    """What came after the place `seen`, its end once it is `most` bytes; the place after it; whether there may be more.

    A place is the number of a piece: 0 is before all of them.
    """
    before = conn.execute(_PIECE, source._asdict() | {"id": seen}).first() if seen else None
    rows: list[Row[Any]] = []
    size = 0
    for row in _forwards(conn, source, seen):
        rows.append(row)
        size += len(row.data)
        if size >= most:
            break
    return _joined(source, before, rows), rows[-1].id if rows else seen, size >= most


def end(conn: Connection, source: Source) -> int:
    """The place after everything that there is."""
    return conn.execute(_of(source).last, source._asdict()).scalar() or 0


def merge(pieces: Iterable[tuple[int, int, bytes]], before: tuple[int, int, bytes] | None = None) -> bytes:
    """Put `N> ` before each line of (instance id, attempt, data) pieces.

    A piece may end within a line: the next one continues it when it is of the same attempt, and begins a new
    line otherwise. `before` is the piece that the reader has seen last.
    """
    out: list[bytes] = []
    writer = before[:2] if before else None
    at_line_start = before is None or before[2].endswith(b"\n")
    for instance_id, attempt, data in pieces:
        if not data:
            continue
        if not at_line_start and writer != (instance_id, attempt):
            out.append(b"\n")
            at_line_start = True
        writer, prefix = (instance_id, attempt), b"%d> " % instance_id
        ends = data.endswith(b"\n")
        body = (data[:-1] if ends else data).replace(b"\n", b"\n" + prefix)
        out += [prefix if at_line_start else b"", body, b"\n" if ends else b""]
        at_line_start = ends
    return b"".join(out)


def _values(piece: Piece) -> dict[str, object]:
    return {name: getattr(piece, name) for name in Piece.__struct_fields__}


def _source(piece: Piece) -> Source:
    return Source(piece.task_id, piece.stream, piece.instance_id)


def _attempt(piece: Piece) -> tuple[Source, int]:
    return _source(piece), piece.attempt


def _overflows(piece: Piece, kept: int) -> bool:
    """Whether the stream may be too long now, and has not been looked at lately."""
    end, slack = piece.position + len(piece.data), max(1, kept // _SLACKS)
    grown = end // slack > piece.position // slack
    return grown and (end > kept or piece.attempt > 1)


def _of(source: Source) -> "_Statements":
    return _TASK if source.instance_id == MERGED else _INSTANCE


def _backwards(conn: Connection, source: Source) -> Iterator[Row[Any]]:
    return _batches(conn, _of(source).backwards, source, 2**62)


def _forwards(conn: Connection, source: Source, after: int) -> Iterator[Row[Any]]:
    return _batches(conn, _of(source).forwards, source, after)


def _batches(conn: Connection, query: Select[Any], source: Source, edge: int) -> Iterator[Row[Any]]:
    while rows := conn.execute(query, source._asdict() | {"edge": edge}).all():
        yield from rows
        edge = rows[-1].id


def _joined(source: Source, before: Row[Any] | None, rows: Iterable[Row[Any]]) -> bytes:
    if source.instance_id != MERGED:
        return b"".join(row.data for row in rows)
    seen = (before.instance_id, before.attempt, before.data) if before else None
    return merge(((row.instance_id, row.attempt, row.data) for row in rows), seen)


def _cursor(conn: Connection, source: Source) -> int:
    return conn.execute(_CURSOR, source._asdict()).scalar() or 0


def _remember(conn: Connection, source: Source, output_id: int) -> None:
    here = {f"of_{name}": value for name, value in source._asdict().items()}
    if not conn.execute(_MOVE, here | {"output_id": output_id}).rowcount:
        conn.execute(cursors.insert(), source._asdict() | {"output_id": output_id})


# Statements are made once: making one costs more than running it. Their parameters are the fields of Source.


class _Statements:
    """How the pieces of one source are read."""

    def __init__(self, *where: ColumnElement[bool]) -> None:
        pieces = _PIECES.where(*where)
        self.last = select(func.max(outputs.c.id)).where(*where)
        self.newer = select(outputs.c.id).where(*where, outputs.c.id > bindparam("edge")).limit(1)
        self.forwards = pieces.where(outputs.c.id > bindparam("edge")).order_by(outputs.c.id).limit(_BATCH)
        self.backwards = (
            pieces.where(outputs.c.id < bindparam("edge")).order_by(outputs.c.id.desc()).limit(_BATCH)
        )


_PIECES: Select[Any] = select(outputs.c.id, outputs.c.instance_id, outputs.c.attempt, outputs.c.data)
_OF_TASK = (outputs.c.task_id == bindparam("task_id"), outputs.c.stream == bindparam("stream"))
_PIECE = _PIECES.where(outputs.c.id == bindparam("id"), *_OF_TASK)
_OF_INSTANCE = (*_OF_TASK, outputs.c.instance_id == bindparam("instance_id"))
_TASK, _INSTANCE = _Statements(*_OF_TASK), _Statements(*_OF_INSTANCE)

_MOVE = cursors.update().where(*(cursors.c[name] == bindparam(f"of_{name}") for name in Source._fields))
_CURSOR = select(cursors.c.output_id).where(*(cursors.c[name] == bindparam(name) for name in Source._fields))

_END = select(func.max(outputs.c.position + func.length(outputs.c.data))).where(
    *_OF_INSTANCE, outputs.c.attempt == bindparam("attempt")
)
_newer_bytes = func.sum(func.length(outputs.c.data)).over(order_by=outputs.c.id.desc())
_sizes = select(outputs.c.id, _newer_bytes.label("kept")).where(*_OF_INSTANCE).subquery()
_TRIM = outputs.delete().where(
    *_OF_INSTANCE,
    outputs.c.id <= select(func.max(_sizes.c.id)).where(_sizes.c.kept > bindparam("most")).scalar_subquery(),
)
