"""Sets of instance ids, kept as inclusive intervals: a million neighbours cost what one costs."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from stokehold.domain.errors import Invalid

LARGEST_ID = 2**31 - 1  # clients keep ids in 32-bit integers
DIGITS = 20  # more than any id has, leading zeros included: Python refuses to read thousands of them


class Ranges:
    """An immutable set of non-negative integers. Its text form is the vendor's: `0-2,4-5,17`."""

    __slots__ = ("spans",)

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        self.spans: tuple[tuple[int, int], ...] = tuple(spans)  # sorted, disjoint, never adjacent

    @classmethod
    def parse(cls, text: str, field: str = "advancedRanges") -> "Ranges":
        """Read `0-2,4-5,17`. Blanks and overlaps are allowed. Raises Invalid naming `field`."""
        return cls.merged(_span(part.strip(), field) for part in text.split(",")) if text.strip() else cls()

    @classmethod
    def stored(cls, text: str) -> "Ranges":
        """Read what `str()` of a set gave, without checking it again."""
        return cls(_trusted(part) for part in text.split(",")) if text else cls()

    @classmethod
    def first(cls, count: int) -> "Ranges":
        """The ids 0 to count - 1."""
        return cls([(0, count - 1)] if count else ())

    @classmethod
    def of(cls, ids: Iterable[int]) -> "Ranges":
        return cls.merged((i, i) for i in ids)

    @classmethod
    def merged(cls, spans: Iterable[tuple[int, int]]) -> "Ranges":
        """The union of spans in any order."""
        out: list[tuple[int, int]] = []
        for low, high in sorted(spans):
            if out and low <= out[-1][1] + 1:
                if high > out[-1][1]:
                    out[-1] = (out[-1][0], high)
            else:
                out.append((low, high))
        return cls(out)

    def take(self, count: int) -> "tuple[list[int], Ranges]":
        """The `count` smallest ids, and the set without them."""
        taken: list[int] = []
        for index, (low, high) in enumerate(self.spans):
            room = count - len(taken)
            if high - low + 1 > room:
                taken.extend(range(low, low + room))
                return taken, Ranges(((low + room, high), *self.spans[index + 1 :]))
            taken.extend(range(low, high + 1))
        return taken, Ranges()

    def __or__(self, other: "Ranges") -> "Ranges":
        if not other.spans:
            return self
        start, end = self._near(other)
        union = Ranges.merged((*self.spans[start:end], *other.spans))
        return Ranges((*self.spans[:start], *union.spans, *self.spans[end:]))

    def __sub__(self, other: "Ranges") -> "Ranges":
        if not other.spans:
            return self
        start, end = self._near(other)
        left = (part for low, high in self.spans[start:end] for part in _outside(low, high, other.spans))
        return Ranges((*self.spans[:start], *left, *self.spans[end:]))

    def _near(self, other: "Ranges") -> tuple[int, int]:
        """Which of the spans may meet or touch those of `other`: the rest of a large set is not looked at."""
        start = bisect_left(self.spans, (other.spans[0][0], 0)) - 1
        return max(start, 0), bisect_right(self.spans, (other.spans[-1][1] + 1, LARGEST_ID))

    def __and__(self, other: "Ranges") -> "Ranges":
        return self - (self - other)

    def __contains__(self, member: int) -> bool:
        index = bisect_right(self.spans, (member, LARGEST_ID)) - 1
        return index >= 0 and self.spans[index][1] >= member

    def __len__(self) -> int:
        return sum(high - low + 1 for low, high in self.spans)

    def __bool__(self) -> bool:
        return bool(self.spans)

    def __iter__(self) -> Iterator[int]:
        for low, high in self.spans:
            yield from range(low, high + 1)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and self.spans == other.spans

    def __hash__(self) -> int:
        return hash(self.spans)

    def __str__(self) -> str:
        return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in self.spans)

    def __repr__(self) -> str:
        return f"Ranges({self})"


def _trusted(part: str) -> tuple[int, int]:
    low, _, high = part.partition("-")
    return int(low), int(high or low)


def _span(part: str, field: str) -> tuple[int, int]:
    low_text, dash, high_text = (piece.strip() for piece in part.partition("-"))
    if not _number(low_text) or (dash and not _number(high_text)):
        raise Invalid(field, f"{part!r} is neither an id nor a range such as 4-8")
    if max(len(low_text), len(high_text)) > DIGITS:
        raise Invalid(field, f"ids go up to {LARGEST_ID}")
    low, high = int(low_text), int(high_text or low_text)
    if low > high:
        raise Invalid(field, f"the range {part!r} ends before it begins")
    if high > LARGEST_ID:
        raise Invalid(field, f"ids go up to {LARGEST_ID}")
    return low, high


def _number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _outside(low: int, high: int, holes: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
    first = max(bisect_right(holes, (low, low)) - 1, 0)
    for index in range(first, len(holes)):
        hole_low, hole_high = holes[index]
        if hole_low > high:
            break
        if hole_high < low:
            continue
        if hole_low > low:
            yield low, hole_low - 1
        low = hole_high + 1
    if low <= high:
        yield low, high
