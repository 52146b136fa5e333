"""A hundred thousand stored tasks in every state, made through the store's own doors."""

import random
import time
from collections.abc import Iterator
from uuid import UUID

import msgspec
from sqlalchemy import text

from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import AbortAsked, Event, Submitted
from stokehold.domain.protocol import Ended, Inventory, Phased
from stokehold.domain.states import Phase
from stokehold.domain.task import KeyValue, Spec
from stokehold.store import accounts, journal, leases, nodes
from stokehold.store.database import Connection, Database
from stokehold.store.vault import Vault

TASKS = 100_000
OTHERS, OF_EACH_OTHER = 19, 1_000  # accounts that have tasks too
LIST = 250  # tasks submitted at one moment
SPREAD_US = 30 * 86_400 * 1_000_000  # the oldest is so old
WAITING = 0.15  # the newest, which nothing has begun
CAMPAIGNS = 200

_NODE = Inventory("oven", cores=8, memory_mb=32768, slots=1024, cpu_model="AMD EPYC 9684X", max_ghz=3.7)


class Stock:
    """Fills a database. The same tasks each time, but for their age."""

    def __init__(self, database: Database, account_id: int) -> None:
        self.database, self.account_id = database, account_id
        self.begin = time.time_ns() // 1000 - SPREAD_US
        self._random = random.Random(20261123)
        self._secrets = 0
        self._node = database.write_now(nodes.introduce, "oven", "s1", _NODE, self.begin)

    def fill(self, count: int) -> None:
        """Give the account so many tasks, and some others theirs."""
        for number in range(OTHERS):
            vault, email = Vault(b"k" * 32), f"user{number}@example.org"
            other = self.database.write_now(accounts.create, vault, email, f"t0ken{number}", self.begin)
            self._submit(other.id, range(OF_EACH_OTHER * count // TASKS), self.begin)
        self._carry_out(self.begin)
        for first in range(0, count, LIST):
            at = self.begin + SPREAD_US * first // count
            ids = self._submit(self.account_id, range(first, min(first + LIST, count)), at)
            if first < count * (1 - WAITING):
                self.record([AbortAsked(task_id) for task_id in ids if self._random.random() < 0.1], at)
                self._carry_out(at, running=first + LIST >= count * (1 - WAITING))
        self._settle()

    def record(self, events: list[Event], at: int) -> None:
        self.database.write_now(journal.record, events, at)

    def _submit(self, account_id: int, numbers: range, at: int) -> list[int]:
        events = [self._submission(account_id, number) for number in numbers]
        found = self.database.write_now(journal.admit, events, at)
        return [one.task_id for one in found if not isinstance(one, Exception)]

    def _submission(self, account_id: int, number: int) -> Submitted:
        campaign = number * 7919 % CAMPAIGNS
        tags = ["all", f"campaign-{campaign:03}"] + ["nightly"] * (self._random.random() < 0.3)
        spec = Spec(
            name=f"render-{campaign:03}-frame-{number:06}",
            profile="docker-batch",
            instance_count=self._random.choice([1] * 9 + [4]),
            constants=[KeyValue("DOCKER_CMD", "python render.py ${INSTANCE_ID}"), KeyValue("SEED", str(number))],
            result_bucket=f"frames-{campaign:03}",
            labels={"team": self._random.choice(["red", "green", "blue"])},
            tags=tags,
        )  # fmt: skip
        uuid, body = str(UUID(int=self._random.getrandbits(128), version=4)), msgspec.json.encode(spec)
        return Submitted(
            uuid, account_id, spec.name, uuid, "docker-batch", body.decode(), spec.ids(), tuple(tags),
            labels=tuple(spec.labels.items()),
        )  # fmt: skip

    def _carry_out(self, at: int, *, running: bool = False) -> None:
        """Everything that waits, to its end, or only to its beginning."""

        def carry_out(conn: Connection) -> None:
            while given := leases.claim(conn, self._node, 1024, self._secret, at):
                tokens = [lease.token for one in given for lease in one.leases]
                begun: list[Event] = [Phased(token, Phase.EXECUTION, at) for token in tokens]
                journal.record(conn, begun if running else list(self._ends(tokens, at)), at)

        self.database.write_now(carry_out)

    def _ends(self, tokens: list[str], at: int) -> Iterator[Ended]:
        for token in tokens:
            took = self._random.randrange(1_000_000, 3_600_000_000)
            failure = Failure.of(Faults.EXIT_CODE, code=1) if self._random.random() < 0.1 else None
            yield Ended(token, at + took, failure=failure, execution_us=took, results=[f"{token}.png"])

    def _secret(self) -> str:
        self._secrets += 1
        return f"s{self._secrets}"

    def _settle(self) -> None:
        """What PostgreSQL does by itself some minutes later."""
        if self.database.dialect == "postgresql":
            with self.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.execute(text("VACUUM ANALYZE"))


def fill(url: str, token: str, count: int) -> None:
    """Make a database whose account with this token has so many tasks, before a server uses it."""
    database = Database(url)
    try:
        account = database.write_now(accounts.create, Vault(b"k" * 32), "bench@example.org", token, 0)
        Stock(database, account.id).fill(count)
    finally:
        database.close()
