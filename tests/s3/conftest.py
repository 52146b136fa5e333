"""A gateway for each test: a fresh database, a fresh folder, a real port."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stokehold.store import storage_schema  # noqa: F401 - registers the tables
from stokehold.store.database import Database
from tests.s3.gateway import BOB, Gateway, serving


@pytest.fixture
def gateway(sqlite_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """A gateway on SQLite."""
    database = Database(sqlite_url)
    with serving(database, tmp_path) as running:
        yield running
    database.close()


@pytest.fixture
def s3(gateway: Gateway) -> Any:
    """A boto3 client of Alice, who has a bucket `buck`."""
    client = gateway.client()
    client.create_bucket(Bucket="buck")
    return client


@pytest.fixture
def bob(gateway: Gateway) -> Any:
    """A boto3 client of another account."""
    return gateway.client(BOB)
