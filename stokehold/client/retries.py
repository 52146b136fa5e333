"""When a request is sent again, and how long to wait before it or before the next look."""

from collections.abc import Iterator

AGAIN = frozenset({429, 500, 502, 503, 504})
TIMES = 4


def delays(times: int = TIMES) -> Iterator[float]:
    """Seconds to wait before each further attempt."""
    for number in range(times):
        yield 0.2 * 2**number


class Pace:
    """Seconds between looks at something that changes: short at first, longer while nothing happens."""

    def __init__(self, first_s: float = 0.05, longest_s: float = 2.0) -> None:
        self._first, self._longest, self._next = first_s, longest_s, first_s

    def next(self, *, changed: bool) -> float:
        self._next = self._first if changed else min(self._next * 1.5, self._longest)
        return self._next
