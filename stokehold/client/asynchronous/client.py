"""The client: everything begins here."""

import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from stokehold.client import settings as settings_of
from stokehold.client import submission, sweeps
from stokehold.client.asynchronous import inputs as folders
from stokehold.client.asynchronous.bucket import AsyncBucket
from stokehold.client.asynchronous.job import AsyncJob
from stokehold.client.asynchronous.server import AsyncServer
from stokehold.client.asynchronous.storage import AsyncStorage
from stokehold.client.asynchronous.task import AsyncTask
from stokehold.client.asynchronous.transport import AsyncTransport
from stokehold.client.errors import NotBuilt, NotFound
from stokehold.client.facts import Account, Capacity, Health, Node, Profile, Submitted
from stokehold.client.queries import matching
from stokehold.client.signing import Key
from stokehold.client.submission import Command, Mount

if TYPE_CHECKING:
    from stokehold.client.asynchronous.sweep import AsyncSweep

AGENT = "stokehold-client"
HARDWARE_PAGE = 50

Input = str | Path | AsyncBucket | Mount
Results = str | AsyncBucket | Mount


class AsyncClient:
    """A connection to a server. What is not given comes from the environment, a file, or this machine."""

    def __init__(
        self, url: str | None = None, token: str | None = None, *, storage: str | None = None,
        email: str | None = None, unsafe: bool | None = None, timeout_s: float | None = None,
    ) -> None:  # fmt: skip
        given = {"url": url, "token": token, "storage": storage}
        self.settings = settings_of.find({**given, "email": email, "unsafe": unsafe, "timeout_s": timeout_s})
        self.server = AsyncServer(self.settings, self._transport(verify=not self.settings.unsafe))
        self._storage: AsyncStorage | None = None

    async def __aenter__(self) -> "AsyncClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self.server.transport.close()
        if self._storage is not None:
            await self._storage.close()

    def __repr__(self) -> str:
        return f"<Client of {self.settings.url}>"

    async def submit(  # noqa: PLR0913 # each is optional, and one word of the user's
        self, command: Command | None = None, *, instances: int | str = 1, name: str = "", profile: str = "",
        image: str = "", inputs: Input | Sequence[Input] = (), results: Results | None = None,
        constants: Mapping[str, str] | None = None, tags: Iterable[str] = (),
        labels: Mapping[str, str] | None = None, retries: int = 0, shortname: str = "", job: str = "",
        after: Iterable[AsyncTask | str] = (), **more: Any,
    ) -> AsyncTask:  # fmt: skip
        """Submit a task.

        `inputs`: buckets (`"name"` or `"name/prefix/"`) and folders of this machine (`Path`), which are brought to
        the storage first. `results`: a bucket, which is made if need be. `more`: fields of the interface by their
        own names, such as `maxTimeQueueSeconds=60`.
        """
        body = await self.body(
            command, name=name, instances=instances, profile=profile, image=image, inputs=inputs,
            results=results, constants=constants, tags=tags, labels=labels, retries=retries,
            shortname=shortname, job=job, after=after, **more,
        )  # fmt: skip
        return await self.created("POST", "/tasks", body)

    async def submit_all(self, submissions: Iterable[Mapping[str, Any]]) -> list[Submitted]:
        """Submit many tasks in one call: each as `submit` takes it, with its `command`. Answers are in their order.

        Some may be refused while others are accepted: see `uuid` and `message` of each.
        """
        bodies = [await self.body(**one) for one in submissions]
        key = str(uuid.uuid4())
        return await self.server.ask(list[Submitted], "POST", "/tasks", bodies, key=key) if bodies else []

    async def body(
        self, command: Command | None = None, *, inputs: Input | Sequence[Input] = (), results: Results | None = None,
        after: Iterable[AsyncTask | str] = (), **rest: Any,
    ) -> dict[str, Any]:  # fmt: skip
        """What `submit` sends for this: folders are brought to the storage."""
        given = [inputs] if isinstance(inputs, str | Path | AsyncBucket | Mount) else list(inputs)
        mounts = [await self.mount(one) for one in given]
        target = None if results is None else await self.mount(results)
        words = {name: value for name, value in rest.items() if name in submission.WORDS}
        more = {name: value for name, value in rest.items() if name not in submission.WORDS}
        wanted = [_uuid(task) for task in after]
        return submission.body(command, inputs=mounts, results=target, after=wanted, more=more, **words)

    async def run(
        self, command: Command | None = None, *, progress: bool = False, **options: Any
    ) -> AsyncTask:
        """Submit a task and wait for its end. Raises TaskFailed when that is not success."""
        task = await self.submit(command, **options)
        await task.wait(progress=progress)
        return await task.check()

    async def map(
        self, command: str, parameters: Iterable[Any], *, name: str = "", retries: int = 0, resume: bool = True,
        **options: Any,
    ) -> "AsyncSweep":  # fmt: skip
        """Run a command once for each set of parameters; iterate over what it answers for the outcomes.

        `"sim --alpha {alpha}"` takes mappings, `"sim {} {}"` lists, `"sim {}"` single values. A sweep of the same
        name, command and parameters goes on where it was, unless `resume` is False: what has succeeded is not run
        again. `options` are those of `submit`.
        """
        from stokehold.client.asynchronous.sweep import AsyncSweep  # it imports this module

        return await AsyncSweep.begin(
            self,
            sweeps.plan(command, parameters, name),
            options,
            retries=retries,
            resume=resume and bool(name),
        )

    async def task(self, name: str) -> AsyncTask:
        """A task by its UUID or shortname. Raises NotFound."""
        return self.adopt_task(await self.server.ask(dict[str, Any], "GET", f"/tasks/{name}"))

    async def tasks(
        self, *, limit: int | None = None, full: bool = False, order: tuple[str, str] | None = None,
        **filters: Any,
    ) -> AsyncIterator[AsyncTask]:  # fmt: skip
        """The tasks, the newest first. `filters`: those of `queries.matching`. `full`: with every field."""
        path = "/tasks/paginate" if full else "/tasks/summaries/paginate"
        async for one in self.server.pages(path, matching(**filters), limit, order):
            yield self.adopt_task(one)

    async def job(self, name: str) -> AsyncJob:
        """A job by its UUID or shortname. Raises NotFound."""
        return self.adopt_job(await self.server.ask(dict[str, Any], "GET", f"/jobs/{name}"))

    async def jobs(self, *, limit: int | None = None, **filters: Any) -> AsyncIterator[AsyncJob]:
        """The jobs, the newest first."""
        async for one in self.server.pages("/jobs/paginate", matching(**filters), limit):
            yield self.adopt_job(one)

    async def create_job(self, name: str, *, dependencies: bool = True, **more: Any) -> AsyncJob:
        """Make a job. `dependencies`: its tasks may wait for one another."""
        body = {"name": name, "useDependencies": dependencies, **more}
        told = await self.server.ask(dict[str, Any], "POST", "/jobs", body, key=str(uuid.uuid4()))
        return await self.job(told["uuid"])

    async def bucket(self, name: str, *, create: bool = False) -> AsyncBucket:
        """A bucket by its name; made if it must be and is not there."""
        storage = await self.storage()
        if create:
            await storage.create_bucket(name)
        return AsyncBucket(storage, name)

    async def buckets(self) -> list[AsyncBucket]:
        """The buckets of the account."""
        storage = await self.storage()
        return [AsyncBucket(storage, name) for name in await storage.bucket_names()]

    async def bring(self, path: str | Path) -> folders.Brought:
        """Store a folder by its content; what is there already is not sent."""
        return await folders.bring(await self.storage(), Path(path))

    async def mount(self, one: Input | Results) -> Mount:
        """What inputs or results mean: a bucket and a prefix."""
        match one:
            case Path():
                return (await self.bring(one)).mount
            case AsyncBucket():
                return Mount(one.name)
            case str():
                return Mount.parse(one)
        return one

    async def profiles(self) -> list[Profile]:
        """The profiles with their constants."""
        names = await self.server.ask(list[str], "GET", "/profiles")
        return await self.server.transport.each(self.profile, names)

    async def profile(self, name: str) -> Profile:
        """A profile by its name. Raises NotFound."""
        return await self.server.ask(Profile, "GET", f"/profiles/{name}")

    async def hardware(self) -> AsyncIterator[dict[str, Any]]:
        """The hardware constraints that a task may ask for."""
        offset = 0
        while True:
            query = [("limit", str(HARDWARE_PAGE)), ("offset", str(offset))]
            page = await self.server.ask(dict[str, Any], "GET", "/hardware-constraints", query=query)
            for one in page["data"]:
                yield one
            offset = page["offset"] + page["limit"]
            if offset >= page["total"] or not page["data"]:
                return

    async def nodes(self) -> list[Node]:
        """The machines that run instances: those that are here first."""
        return await self.server.ask(list[Node], "GET", "/nodes")

    async def node(self, name: str) -> Node:
        """A machine by its name or UUID. Raises NotFound."""
        return await self.server.ask(Node, "GET", f"/nodes/{name}")

    async def capacity(self) -> Capacity:
        """All machines together, and what the account has to do."""
        return await self.server.ask(Capacity, "GET", "/capacity")

    async def health(self) -> Health:
        """What the server is made of."""
        return await self.server.ask(Health, "GET", "/health")

    async def account(self) -> Account:
        """The account that asks: what it may have, and has."""
        return await self.server.ask(Account, "GET", "/info")

    async def quotas(self) -> dict[str, Any]:
        """What may run at once; empty where a server does not tell."""
        try:
            return await self.server.ask(dict[str, Any], "GET", "/quotas/computing-quotas/user")
        except (NotFound, NotBuilt):
            return {}

    async def storage(self) -> AsyncStorage:
        """The object storage, found when it is first needed."""
        if self._storage is None:
            found = self.settings.storage
            endpoint = found or (await self.server.ask(dict[str, str], "GET", "/settings"))["storage"]
            email = self.settings.email or (await self.account()).email
            transport = self._transport(verify=not (self.settings.storage_unsafe or self.settings.unsafe))
            self._storage = AsyncStorage(transport, endpoint, Key(email, self.settings.token))
        return self._storage

    async def created(self, method: str, path: str, body: dict[str, Any]) -> AsyncTask:
        """Make a task; sent twice because an answer was lost, it is made once."""
        told = await self.server.ask(dict[str, Any], method, path, body, key=str(uuid.uuid4()))
        return await self.task(told["uuid"])

    def adopt_task(self, told: dict[str, Any]) -> AsyncTask:
        return msgspec.convert(_present(told), AsyncTask, strict=False).held_by(self, told)

    def adopt_job(self, told: dict[str, Any]) -> AsyncJob:
        return msgspec.convert(_present(told), AsyncJob, strict=False).held_by(self, told)

    def _transport(self, *, verify: bool) -> AsyncTransport:
        return AsyncTransport(verify=verify, timeout_s=self.settings.timeout_s, user_agent=AGENT)


def _uuid(task: AsyncTask | str) -> str:
    return task if isinstance(task, str) else task.uuid


def _present(told: dict[str, Any]) -> dict[str, Any]:
    """Null means what absence means."""
    return {key: value for key, value in told.items() if value is not None}
