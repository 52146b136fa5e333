"""Sets of instance ids as the server writes them: `0-2,4`."""

from bisect import bisect_right
from collections.abc import Iterator


class Spans:
    """A set of ids, kept as its first and last ones: a million ids in a row cost what one costs."""

    def __init__(self, text: str = "") -> None:
        pairs = (part.partition("-") for part in text.replace(" ", "").split(",") if part)
        self.pairs = sorted((int(first), int(last or first)) for first, _, last in pairs)
        self._firsts = [first for first, _ in self.pairs]

    def __contains__(self, number: int) -> bool:
        place = bisect_right(self._firsts, number) - 1
        return place >= 0 and number <= self.pairs[place][1]

    def __iter__(self) -> Iterator[int]:
        for first, last in self.pairs:
            yield from range(first, last + 1)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.pairs)

    def __str__(self) -> str:
        return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in self.pairs)

    def within(self, first: int, last: int) -> int:
        """How many ids lie between two, both included."""
        return sum(
            max(0, min(b, last) - max(a, first) + 1) for a, b in self.pairs if a <= last and b >= first
        )
