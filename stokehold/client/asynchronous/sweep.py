"""A sweep under way: outcomes as they come, whatever tasks it takes to get them."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from stokehold.client import sweeps
from stokehold.client.asynchronous.client import AsyncClient
from stokehold.client.asynchronous.task import AsyncTask
from stokehold.client.errors import BadInput
from stokehold.client.facts import Instance
from stokehold.client.spans import Spans
from stokehold.client.submission import Mount
from stokehold.client.sweeps import Outcome, Plan

BUCKET = "stoke-sweeps"


class AsyncSweep:
    """Iterate over it for the outcomes. `tasks`: the tasks that carry it out, the oldest first."""

    def __init__(self, plan: Plan, tasks: list[AsyncTask]) -> None:
        self.plan, self.tasks = plan, tasks

    @staticmethod
    async def begin(
        client: AsyncClient, plan: Plan, options: Mapping[str, Any], *, retries: int, resume: bool
    ) -> "AsyncSweep":
        """Submit a sweep, or go on with one that was. Raises BadInput, Conflict."""
        if "instances" in options:
            raise BadInput("A sweep has as many instances as sets of parameters.")
        earlier = [t async for t in client.tasks(full=True, all_tags=[plan.tag])] if resume else []
        for task in earlier:
            plan.check(task)
        tasks = earlier[::-1] if earlier else [await _submit(client, plan, retries, options)]
        newest = tasks[-1]
        if newest.final and not newest.succeeded:
            tasks.append(await newest.recover())
        return AsyncSweep(plan, tasks)

    def __repr__(self) -> str:
        return f"<Sweep {self.plan.name}: {len(self.plan.parameters)} instances, {len(self.tasks)} tasks>"

    async def __aiter__(self) -> AsyncIterator[Outcome]:
        """Each outcome once, as soon as it is known."""
        for task, ids in self._share():
            async for outcome in self._outcomes(task, ids):
                yield outcome

    async def outcomes(self) -> list[Outcome]:
        """All outcomes in the order of the parameters."""
        return sorted([one async for one in self.__aiter__()], key=lambda one: one.instance_id)

    async def abort(self) -> None:
        """Stop what goes on of it. A sweep of the same name goes on from there."""
        for task in self.tasks:
            if not (await task.refresh()).final:
                await task.abort()

    async def download(self, folder: str | Path) -> list[Path]:
        """Bring the results of all its tasks to a folder."""
        found = [await task.download(folder) for task in self.tasks]
        return sorted({path for paths in found for path in paths})

    def _share(self) -> list[tuple[AsyncTask, set[int]]]:
        """Which task tells of which instances: the newest that has them."""
        shares, left = [], set(range(len(self.plan.parameters)))
        for task in reversed(self.tasks):
            mine = left & set(task.ids)
            left -= mine
            shares.append((task, mine))
        return shares[::-1]

    async def _outcomes(self, task: AsyncTask, ids: set[int]) -> AsyncIterator[Outcome]:
        told: set[int] = set()
        async for now in task.changes():
            for number in sorted((_ended(now) & ids) - told):
                told.add(number)
                yield await self._outcome(task, number)

    async def _outcome(self, task: AsyncTask, number: int) -> Outcome:
        status = task.status
        assert status is not None
        state = "Success" if number in Spans(status.succeeded_range) else "Failure"
        if number in Spans(status.cancelled_range):
            state = "Cancelled"
        error = None
        if state == "Failure":
            one: Instance | None = await _found(task, number)
            error = one.error if one else None
        output = await task.stdout(number)
        return Outcome(number, self.plan.parameters[number], state, output, error)


async def _found(task: AsyncTask, number: int) -> Instance | None:
    async for one in task.instances(states=["Failure"]):
        if one.instance_id == number:
            return one
    return None


def _ended(task: AsyncTask) -> set[int]:
    if task.status is None:
        return set()
    ended = {*Spans(task.status.executed_range)}
    return ended | {*Spans(task.status.cancelled_range)}


async def _submit(client: AsyncClient, plan: Plan, retries: int, options: Mapping[str, Any]) -> AsyncTask:
    bucket = await client.bucket(BUCKET, create=True)
    prefix = f"{plan.name}/{plan.digest}/"
    for key, content in plan.files().items():
        await bucket.put(prefix + key, content)
    chosen = dict(options)
    given = chosen.pop("inputs", ())
    others = list(given) if isinstance(given, list | tuple) else [given]
    tags = [*chosen.pop("tags", ()), plan.tag]
    labels = {**chosen.pop("labels", {}), sweeps.DIGEST: plan.digest}
    return await client.submit(
        sweeps.COMMAND, name=plan.name, instances=len(plan.parameters), retries=retries, tags=tags,
        labels=labels, inputs=[Mount(BUCKET, prefix), *others], **chosen,
    )  # fmt: skip
