"""The client: everything begins here."""
# Written by `make docs` from asynchronous/client.py: change that one.

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from stokehold.client import settings as settings_of
from stokehold.client import submission, sweeps
from stokehold.client.errors import NotBuilt, NotFound
from stokehold.client.facts import Account, Capacity, Health, Node, Profile, Submitted
from stokehold.client.queries import matching
from stokehold.client.signing import Key
from stokehold.client.submission import Command, Mount
from stokehold.client.synchronous import inputs as folders
from stokehold.client.synchronous.bucket import Bucket
from stokehold.client.synchronous.job import Job
from stokehold.client.synchronous.server import Server
from stokehold.client.synchronous.storage import Storage
from stokehold.client.synchronous.task import Task
from stokehold.client.synchronous.transport import Transport

if TYPE_CHECKING:
    from stokehold.client.synchronous.sweep import Sweep

AGENT = "stokehold-client"
HARDWARE_PAGE = 50

Input = str | Path | Bucket | Mount
Results = str | Bucket | Mount


class Client:
    """A connection to a server. What is not given comes from the environment, a file, or this machine."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, storage: str | None = None,
        email: str | None = None, unsafe: bool | None = None, timeout_s: float | None = None,
    ) -> None:  # fmt: skip
        given = {"url": url, "token": token, "storage": storage}
        self.settings = settings_of.find({**given, "email": email, "unsafe": unsafe, "timeout_s": timeout_s})
        self.server = Server(self.settings, self._transport(verify=not self.settings.unsafe))
        self._storage: Storage | None = None

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.server.transport.close()
        if self._storage is not None:
            self._storage.close()

    def __repr__(self) -> str:
        return f"<Client of {self.settings.url}>"

    def submit(  # noqa: PLR0913 # each is optional, and one word of the user's
        self, command: Command | None = None, *, instances: int | str = 1, name: str = "", profile: str = "",
        image: str = "", inputs: Input | Sequence[Input] = (), results: Results | None = None,
        constants: Mapping[str, str] | None = None, tags: Iterable[str] = (),
        labels: Mapping[str, str] | None = None, retries: int = 0, shortname: str = "", job: str = "",
        after: Iterable[Task | str] = (), **more: Any,
    ) -> Task:  # fmt: skip
        """Submit a task.

        `inputs`: buckets (`"name"` or `"name/prefix/"`) and folders of this machine (`Path`), which are brought to
        the storage first. `results`: a bucket, which is made if need be. `more`: fields of the interface by their
        own names, such as `maxTimeQueueSeconds=60`.
        """
        body = self.body(
            command, name=name, instances=instances, profile=profile, image=image, inputs=inputs,
            results=results, constants=constants, tags=tags, labels=labels, retries=retries,
            shortname=shortname, job=job, after=after, **more,
        )  # fmt: skip
        return self.created("POST", "/tasks", body)

    def submit_all(self, submissions: Iterable[Mapping[str, Any]]) -> list[Submitted]:
        """Submit many tasks in one call: each as `submit` takes it, with its `command`. Answers are in their order.

        Some may be refused while others are accepted: see `uuid` and `message` of each.
        """
        bodies = [self.body(**one) for one in submissions]
        key = str(uuid.uuid4())
        return self.server.ask(list[Submitted], "POST", "/tasks", bodies, key=key) if bodies else []

    def body(
        self, command: Command | None = None, *, inputs: Input | Sequence[Input] = (), results: Results | None = None,
        after: Iterable[Task | str] = (), **rest: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """What `submit` sends for this: folders are brought to the storage."""
        given = [inputs] if isinstance(inputs, str | Path | Bucket | Mount) else list(inputs)
        mounts = [self.mount(one) for one in given]
        target = None if results is None else self.mount(results)
        words = {name: value for name, value in rest.items() if name in submission.WORDS}
        more = {name: value for name, value in rest.items() if name not in submission.WORDS}
        wanted = [_uuid(task) for task in after]
        return submission.body(command, inputs=mounts, results=target, after=wanted, more=more, **words)

    def run(self, command: Command | None = None, *, progress: bool = False, **options: Any) -> Task:
        """Submit a task and wait for its end. Raises TaskFailed when that is not success."""
        task = self.submit(command, **options)
        task.wait(progress=progress)
        return task.check()

    def map(
        self, command: str, parameters: Iterable[Any], *, name: str = "", retries: int = 0, resume: bool = True,
        **options: Any,
    ) -> "Sweep":  # fmt: skip
        """Run a command once for each set of parameters; iterate over what it answers for the outcomes.

        `"sim --alpha {alpha}"` takes mappings, `"sim {} {}"` lists, `"sim {}"` single values. A sweep of the same
        name, command and parameters goes on where it was, unless `resume` is False: what has succeeded is not run
        again. `options` are those of `submit`.
        """
        from stokehold.client.synchronous.sweep import Sweep  # it imports this module

        return Sweep.begin(
            self,
            sweeps.plan(command, parameters, name),
            options,
            retries=retries,
            resume=resume and bool(name),
        )

    def task(self, name: str) -> Task:
        """A task by its UUID or shortname. Raises NotFound."""
        return self.adopt_task(self.server.ask(dict[str, Any], "GET", f"/tasks/{name}"))

    def tasks(
        self, *, limit: int | None = None, full: bool = False, order: tuple[str, str] | None = None,
        **filters: Any,
    ) -> Iterator[Task]:  # fmt: skip
        """The tasks, the newest first. `filters`: those of `queries.matching`. `full`: with every field."""
        path = "/tasks/paginate" if full else "/tasks/summaries/paginate"
        for one in self.server.pages(path, matching(**filters), limit, order):
            yield self.adopt_task(one)

    def job(self, name: str) -> Job:
        """A job by its UUID or shortname. Raises NotFound."""
        return self.adopt_job(self.server.ask(dict[str, Any], "GET", f"/jobs/{name}"))

    def jobs(self, *, limit: int | None = None, **filters: Any) -> Iterator[Job]:
        """The jobs, the newest first."""
        for one in self.server.pages("/jobs/paginate", matching(**filters), limit):
            yield self.adopt_job(one)

    def create_job(self, name: str, *, dependencies: bool = True, **more: Any) -> Job:
        """Make a job. `dependencies`: its tasks may wait for one another."""
        body = {"name": name, "useDependencies": dependencies, **more}
        told = self.server.ask(dict[str, Any], "POST", "/jobs", body, key=str(uuid.uuid4()))
        return self.job(told["uuid"])

    def bucket(self, name: str, *, create: bool = False) -> Bucket:
        """A bucket by its name; made if it must be and is not there."""
        storage = self.storage()
        if create:
            storage.create_bucket(name)
        return Bucket(storage, name)

    def buckets(self) -> list[Bucket]:
        """The buckets of the account."""
        storage = self.storage()
        return [Bucket(storage, name) for name in storage.bucket_names()]

    def bring(self, path: str | Path) -> folders.Brought:
        """Store a folder by its content; what is there already is not sent."""
        return folders.bring(self.storage(), Path(path))

    def mount(self, one: Input | Results) -> Mount:
        """What inputs or results mean: a bucket and a prefix."""
        match one:
            case Path():
                return (self.bring(one)).mount
            case Bucket():
                return Mount(one.name)
            case str():
                return Mount.parse(one)
        return one

    def profiles(self) -> list[Profile]:
        """The profiles with their constants."""
        names = self.server.ask(list[str], "GET", "/profiles")
        return self.server.transport.each(self.profile, names)

    def profile(self, name: str) -> Profile:
        """A profile by its name. Raises NotFound."""
        return self.server.ask(Profile, "GET", f"/profiles/{name}")

    def hardware(self) -> Iterator[dict[str, Any]]:
        """The hardware constraints that a task may ask for."""
        offset = 0
        while True:
            query = [("limit", str(HARDWARE_PAGE)), ("offset", str(offset))]
            page = self.server.ask(dict[str, Any], "GET", "/hardware-constraints", query=query)
            yield from page["data"]
            offset = page["offset"] + page["limit"]
            if offset >= page["total"] or not page["data"]:
                return

    def nodes(self) -> list[Node]:
        """The machines that run instances: those that are here first."""
        return self.server.ask(list[Node], "GET", "/nodes")

    def node(self, name: str) -> Node:
        """A machine by its name or UUID. Raises NotFound."""
        return self.server.ask(Node, "GET", f"/nodes/{name}")

    def capacity(self) -> Capacity:
        """All machines together, and what the account has to do."""
        return self.server.ask(Capacity, "GET", "/capacity")

    def health(self) -> Health:
        """What the server is made of."""
        return self.server.ask(Health, "GET", "/health")

    def account(self) -> Account:
        """The account that asks: what it may have, and has."""
        return self.server.ask(Account, "GET", "/info")

    def quotas(self) -> dict[str, Any]:
        """What may run at once; empty where a server does not tell."""
        try:
            return self.server.ask(dict[str, Any], "GET", "/quotas/computing-quotas/user")
        except (NotFound, NotBuilt):
            return {}

    def storage(self) -> Storage:
        """The object storage, found when it is first needed."""
        if self._storage is None:
            found = self.settings.storage
            endpoint = found or (self.server.ask(dict[str, str], "GET", "/settings"))["storage"]
            email = self.settings.email or (self.account()).email
            transport = self._transport(verify=not (self.settings.storage_unsafe or self.settings.unsafe))
            self._storage = Storage(transport, endpoint, Key(email, self.settings.token))
        return self._storage

    def created(self, method: str, path: str, body: dict[str, Any]) -> Task:
        """Make a task; sent twice because an answer was lost, it is made once."""
        told = self.server.ask(dict[str, Any], method, path, body, key=str(uuid.uuid4()))
        return self.task(told["uuid"])

    def adopt_task(self, told: dict[str, Any]) -> Task:
        return msgspec.convert(_present(told), Task, strict=False).held_by(self, told)

    def adopt_job(self, told: dict[str, Any]) -> Job:
        return msgspec.convert(_present(told), Job, strict=False).held_by(self, told)

    def _transport(self, *, verify: bool) -> Transport:
        return Transport(verify=verify, timeout_s=self.settings.timeout_s, user_agent=AGENT)


def _uuid(task: Task | str) -> str:
    return task if isinstance(task, str) else task.uuid


def _present(told: dict[str, Any]) -> dict[str, Any]:
    """Null means what absence means."""
    return {key: value for key, value in told.items() if value is not None}
