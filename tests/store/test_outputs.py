from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stokehold.domain.protocol import OUTPUT_KEPT as KEPT
from stokehold.store import outputs
from stokehold.store.database import Database
from stokehold.store.outputs import Piece, Source, merge
from tests.store.kitchen import Kitchen


@pytest.fixture
def task_id(database: Database) -> int:
    return Kitchen(database).task(instance_count=3).id


class Printer:
    """Instances of one task that print."""

    def __init__(self, database: Database, task_id: int) -> None:
        self.database, self.task_id = database, task_id
        self.positions: dict[tuple[int, int, int], int] = {}

    def __call__(self, instance_id: int, data: bytes, stream: Literal[1, 2] = 1, attempt: int = 1) -> None:
        at = self.positions.get((instance_id, attempt, stream), 0)
        self.positions[instance_id, attempt, stream] = at + len(data)
        piece = Piece(self.task_id, instance_id, attempt, stream, at, data)
        self.database.write_now(outputs.append, [piece])

    def whole(self, instance_id: int = -1, stream: Literal[1, 2] = 1) -> bytes:
        return self.database.read_now(outputs.whole, Source(self.task_id, stream, instance_id))

    def fresh(self, instance_id: int = -1, stream: Literal[1, 2] = 1) -> bytes:
        return self.database.write_now(outputs.fresh, Source(self.task_id, stream, instance_id))

    def unread(self, instance_id: int = -1) -> bool:
        return self.database.read_now(outputs.unread, Source(self.task_id, 1, instance_id))


@pytest.fixture
def printer(database: Database, task_id: int) -> Printer:
    return Printer(database, task_id)


def test_lines_of_a_task_are_in_the_order_of_arrival_with_their_instance(printer: Printer) -> None:
    for instance_id, data in [(0, b"a\n"), (2, b"b\nc\n"), (0, b"d\n")]:
        printer(instance_id, data)
    assert printer.whole() == b"0> a\n2> b\n2> c\n0> d\n"


def test_lines_of_an_instance_have_no_prefix(printer: Printer) -> None:
    for instance_id, data in [(0, b"a\n"), (1, b"b\n"), (0, b"c")]:
        printer(instance_id, data)
    assert printer.whole(0) == b"a\nc"


def test_a_piece_continues_the_line_of_the_same_instance(printer: Printer) -> None:
    for data in (b"hel", b"lo\nwor", b"ld"):
        printer(1, data)
    assert printer.whole() == b"1> hello\n1> world"


def test_a_line_is_broken_when_another_instance_prints(printer: Printer) -> None:
    for instance_id, data in [(0, b"hel"), (1, b"x\n"), (0, b"lo\n")]:
        printer(instance_id, data)
    assert printer.whole() == b"0> hel\n1> x\n0> lo\n"


def test_an_attempt_does_not_continue_the_line_of_the_one_before(printer: Printer) -> None:
    printer(0, b"half")
    printer(0, b"again\n", attempt=2)
    assert printer.whole() == b"0> half\n0> again\n"


def test_streams_are_apart(printer: Printer) -> None:
    printer(0, b"out\n")
    printer(0, b"err\n", stream=2)
    assert (printer.whole(), printer.whole(stream=2)) == (b"0> out\n", b"0> err\n")


def test_fresh_output_is_what_came_since_the_last_call(printer: Printer) -> None:
    printer(0, b"a\n")
    assert printer.fresh() == b"0> a\n"
    assert printer.fresh() == b""
    printer(1, b"b\n")
    assert printer.fresh() == b"1> b\n"


def test_each_instance_and_the_task_are_read_apart(printer: Printer) -> None:
    printer(0, b"a\n")
    assert printer.fresh() == b"0> a\n"
    assert printer.fresh(0) == b"a\n"
    assert printer.fresh(1) == b""


def test_reading_the_whole_leaves_the_fresh_unread(printer: Printer) -> None:
    printer(0, b"a\n")
    printer.whole()
    assert printer.unread()
    assert printer.fresh() == b"0> a\n"
    assert not printer.unread()


def test_fresh_output_continues_a_line_where_the_last_call_left_it(printer: Printer) -> None:
    printer(0, b"hel")
    first = printer.fresh()
    printer(0, b"lo\n")
    printer(0, b"x")
    second = printer.fresh()
    printer(1, b"y\n")
    assert (first, second, printer.fresh()) == (b"0> hel", b"lo\n0> x", b"\n1> y\n")


def test_an_instance_keeps_its_last_megabytes(printer: Printer) -> None:
    block = b"x" * 1_000_000
    printer(1, b"other\n")
    for _ in range(25):
        printer(0, block)
    assert KEPT - len(block) <= len(printer.whole(0)) <= KEPT * 9 // 8 + len(block)
    assert printer.whole(1) == b"other\n"


def test_output_survives_being_forgotten_while_it_is_read(printer: Printer) -> None:
    block = b"x" * 1_000_000
    printer(0, block)
    assert len(printer.fresh(0)) == len(block)
    for _ in range(25):
        printer(0, block)
    printer(0, b"last")
    assert printer.fresh(0).endswith(b"xlast")


def test_more_rows_than_one_batch_are_read(printer: Printer, database: Database, task_id: int) -> None:
    pieces = [Piece(task_id, 0, 1, 1, i, b"x") for i in range(1500)]
    database.write_now(outputs.append, pieces)
    assert printer.whole(0) == b"x" * 1500
    assert printer.fresh(0) == b"x" * 1500


def test_what_a_restarted_runner_tells_again_counts_once(database: Database, task_id: int) -> None:
    def tell(*pieces: Piece) -> None:
        database.write_now(outputs.append, list(pieces))

    def untold(position: int, data: bytes, *earlier: Piece) -> Piece:
        again = Piece(task_id, 0, 1, 1, position, data)
        return database.read_now(outputs.untold, again, earlier)

    assert untold(0, b"a\nb\n").data == b"a\nb\n"
    tell(Piece(task_id, 0, 1, 1, 0, b"a\n"), Piece(task_id, 1, 1, 1, 0, b"other\n"))
    rest = untold(0, b"a\nb\n")
    assert (rest.position, rest.data) == (2, b"b\n")
    assert untold(0, b"a\nb\n", rest).data == b""
    tell(untold(0, b"a\n"), rest)
    assert database.read_now(outputs.whole, Source(task_id, 1, 0)) == b"a\nb\n"


@pytest.mark.parametrize(
    ("position", "data", "left"),
    [(0, b"abc", b""), (1, b"bcde", b"de"), (3, b"de", b"de"), (5, b"fg", b"fg"), (0, b"", b"")],
)
def test_what_is_told_again_is_not_kept_again(
    printer: Printer, database: Database, task_id: int, position: int, data: bytes, left: bytes
) -> None:
    printer(0, b"abc")
    printer(0, b"other attempt", attempt=2)
    piece = Piece(task_id, 0, 1, 1, position, data)
    assert database.read_now(outputs.untold, piece, []).data == left


def test_what_is_told_again_in_one_batch_is_not_kept_again(database: Database, task_id: int) -> None:
    first, again = Piece(task_id, 0, 1, 1, 0, b"abc"), Piece(task_id, 0, 1, 1, 0, b"abcd")
    assert database.read_now(outputs.untold, again, [first]).data == b"d"


PIECES = st.lists(
    st.tuples(st.integers(0, 2), st.just(1), st.lists(st.sampled_from([b"a", b"b", b"\n"])).map(b"".join))
)


@given(PIECES)
def test_every_line_is_prefixed_and_nothing_is_lost(pieces: list[tuple[int, int, bytes]]) -> None:
    merged = merge(pieces)
    for instance_id in range(3):
        prefix = b"%d> " % instance_id
        lines = [line[3:] for line in merged.split(b"\n") if line.startswith(prefix)]
        printed = b"".join(data for owner, _, data in pieces if owner == instance_id)
        assert b"".join(lines) == printed.replace(b"\n", b"")
    assert all(line[1:3] == b"> " for line in merged.removesuffix(b"\n").split(b"\n") if merged)


@given(PIECES, st.lists(st.integers(0, 20)))
def test_reading_in_parts_gives_the_whole(pieces: list[tuple[int, int, bytes]], cuts: list[int]) -> None:
    pieces = [piece for piece in pieces if piece[2]]
    edges = [0, *sorted(min(cut, len(pieces)) for cut in cuts), len(pieces)]
    parts = [merge(pieces[low:high], pieces[low - 1] if low else None) for low, high in pairwise(edges)]
    assert b"".join(parts) == merge(pieces)
