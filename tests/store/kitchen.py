"""Tasks and attempts in a database, made through the store's own doors."""

from typing import Any
from uuid import uuid4

import msgspec

from stokehold.domain import hardware
from stokehold.domain.errors import Failure, Faults
from stokehold.domain.events import JobOpened, Submitted, Upstream
from stokehold.domain.protocol import Ended, Inventory
from stokehold.domain.task import Spec
from stokehold.store import accounts, jobs, journal, leases, nodes, tasks
from stokehold.store.database import Database
from stokehold.store.vault import Vault

START = 1_767_607_231_000_000  # 2026-01-05T10:00:31Z


class Kitchen:
    """One account, its tasks, and a node that carries them out."""

    failure = Failure.of(Faults.EXIT_CODE, code=1)

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = START
        vault = Vault(b"k" * 32)
        self.account = database.write_now(accounts.create, vault, "user@example.org", "t0ken", START).id
        self.other = database.write_now(accounts.create, vault, "other@example.org", "0ther", START).id
        inventory = Inventory("oven", cores=8, memory_mb=32768, slots=2, cpu_model="CPU X", max_ghz=3.5)
        self.node = database.write_now(nodes.introduce, "oven", "s1", inventory, START)

    def task(
        self,
        account_id: int | None = None,
        *,
        job_id: int | None = None,
        upstreams: tuple[Upstream, ...] = (),
        **fields: Any,
    ) -> tasks.Task:
        """A submitted task; one second passes. `fields` are those of Spec, and those of Submitted that it has not."""
        event = self.submission(account_id, job_id=job_id, upstreams=upstreams, **fields)
        self.record(event)
        self.now += 1_000_000
        return self.again(event.uuid, account_id)

    def submission(
        self,
        account_id: int | None = None,
        *,
        job_id: int | None = None,
        upstreams: tuple[Upstream, ...] = (),
        **fields: Any,
    ) -> Submitted:
        """A task that may be submitted."""
        told = {n: fields.pop(n) for n in ("queue_by", "completion_ttl_us", "evictable") if n in fields}
        spec = Spec(**{"name": "n", "profile": "docker-batch", "instance_count": 1, **fields})
        owner, uuid = account_id or self.account, str(uuid4())
        return Submitted(
            uuid, owner, spec.name, spec.shortname or uuid, spec.profile or "",
            msgspec.json.encode(spec).decode(), spec.ids(), tuple(spec.tags), job_id, upstreams,
            scheduling=str(spec.scheduling), reservation=spec.reservation,
            needs=hardware.stored(spec.hardware_constraints), most_running=spec.max_running_instances,
            labels=tuple(spec.labels.items()), **told,
        )  # fmt: skip

    def again(self, key: str, account_id: int | None = None) -> tasks.Task:
        """The task as it is now."""
        found = self.database.read_now(tasks.find, account_id or self.account, key)
        assert found is not None
        return found

    def job(self, account_id: int | None = None, **fields: Any) -> jobs.Job:
        """An active job; one second passes."""
        owner, uuid = account_id or self.account, str(uuid4())
        given = {"name": "j", "shortname": uuid, "spec": '{"name":"j"}', **fields}
        self.record(JobOpened(uuid=uuid, account_id=owner, **given))
        self.now += 1_000_000
        found = self.database.read_now(jobs.find, owner, uuid)
        assert found is not None
        return found

    def job_now(self, job_id: int) -> jobs.Job:
        """The job as it is now."""
        [found] = self.database.read_now(jobs.page, jobs.jobs.c.id == job_id, 1)
        return found

    def add(self, name: str, **inventory: Any) -> int:
        """Another node."""
        made = Inventory(name, **{"cores": 8, "memory_mb": 32768, "slots": 2, **inventory})
        return self.database.write_now(nodes.introduce, name, "s1", made, self.now)

    def lease(self, count: int, node: int | None = None, terms: leases.Terms | None = None) -> list[Any]:
        """Leases of up to `count` instances, of the oldest tasks first."""
        claim = (node or self.node, count, lambda: uuid4().hex, self.now, terms)
        given = self.database.write_now(leases.claim, *claim)
        return [lease for one in given for lease in one.leases]

    def end(self, token: str, **report: Any) -> None:
        self.record(Ended(token, self.now, **{"exit_code": 0, **report}))

    def record(self, *events: Any) -> None:
        self.database.write_now(journal.record, list(events), self.now)
