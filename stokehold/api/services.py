"""What the REST API is given to work with."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stokehold.domain.presence import Presence
from stokehold.domain.protocol import Inventory
from stokehold.domain.quota import UNLIMITED as UNLIMITED_QUOTAS
from stokehold.domain.quota import Quotas
from stokehold.domain.storage import Storage
from stokehold.store.database import Database
from stokehold.store.vault import Vault

UNLIMITED = 2**31 - 1  # clients keep limits in 32-bit integers
UNLIMITED_BYTES = 2**53 - 1  # JavaScript keeps no larger integer


@dataclass(frozen=True)
class Limits:
    """What one account may use, as GET /info tells. Only the limits of tasks and jobs are enforced."""

    tasks: int = UNLIMITED
    running_tasks: int = UNLIMITED
    jobs: int = UNLIMITED
    instances: int = UNLIMITED
    cores: int = UNLIMITED
    buckets: int = UNLIMITED
    storage_bytes: int = UNLIMITED_BYTES


def _nothing() -> bytes:
    return b""


def _no_facts() -> dict[str, object]:
    return {}


def _uncounted(_route: str, _status: int) -> None:
    """Nobody counts."""


@dataclass(frozen=True)
class Services:
    """`clock` gives microseconds since 1970; `facts` is what /health tells, `metrics` what /metrics does.

    `answered` is told the route's pattern and the status of each answer.
    """

    database: Database
    storage: Storage
    clock: Callable[[], int]
    facts: Callable[[], dict[str, object]] = _no_facts
    metrics: Callable[[], bytes] = _nothing
    answered: Callable[[str, int], None] = _uncounted
    limits: Limits = field(default_factory=Limits)
    closing: asyncio.Event = field(default_factory=asyncio.Event)  # the server ends: streams end with it
    quotas: Quotas = UNLIMITED_QUOTAS
    machines: Sequence[Inventory] = ()  # those that are not here but may come
    presence: Presence = field(default_factory=Presence)  # when each node was last heard of
    largest_body: int = 64 * 1024 * 1024
    vault: Vault = field(default_factory=Vault.fleeting)  # seals secret constants
