"""The databases that a benchmark runs on, each fresh, and as durable as a user's."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext

from tests import postgresql, tools

NAMES = ("sqlite", "postgresql")


def there(invited: Sequence[str]) -> Iterator[str]:
    """Those of the invited that can be had here; says which cannot."""
    for name in invited:
        if name == "postgresql" and tools.find("postgres") is None:
            print("postgresql is skipped: the program `postgres` is not installed")
        else:
            yield name


@contextmanager
def url(name: str) -> Iterator[str]:
    """The URL that a server of the benchmark is given: empty for SQLite, which it keeps in its own folder."""
    with postgresql.server(durable=True) if name == "postgresql" else nullcontext() as server:
        yield server.fresh() if server else ""
