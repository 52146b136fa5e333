"""The databases that a benchmark runs on, each fresh, and as durable as a user's."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

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
    """The URL of a new database of its own, for as long as the block lasts."""
    if name == "postgresql":
        with postgresql.server(durable=True) as server:
            yield server.fresh()
    else:
        with tempfile.TemporaryDirectory(prefix="stoke-bench-") as folder:
            yield f"sqlite:///{folder}/stokehold.db"
