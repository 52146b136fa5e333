"""A job: a group of tasks, which may wait for one another."""

from collections.abc import AsyncIterator
from typing import Any

from stokehold.client.asynchronous.handle import AsyncHandle
from stokehold.client.asynchronous.task import AsyncTask
from stokehold.client.facts import JobFacts
from stokehold.client.submission import Command


class AsyncJob(AsyncHandle, JobFacts):
    """A job of a server. Its fields are as they were read last; `refresh` reads them again."""

    @property
    def path(self) -> str:
        return f"/jobs/{self.uuid}"

    async def refresh(self) -> "AsyncJob":
        """Read the job again."""
        return self._take(await self.client.job(self.uuid))

    async def submit(self, command: Command | None = None, **options: Any) -> AsyncTask:
        """Submit a task of this job: as `Client.submit`; `after=[task, …]` are those that it waits for."""
        return await self.client.submit(command, job=self.uuid, **options)

    async def tasks(self) -> AsyncIterator[AsyncTask]:
        """Its tasks, the newest first."""
        for one in await self.client.server.ask(list[dict[str, Any]], "GET", f"{self.path}/tasks"):
            yield self.client.adopt_task(one)

    async def wait(self, timeout_s: float | None = None, *, progress: bool = False) -> list[AsyncTask]:
        """Wait for the end of all its tasks. Raises WaitedTooLong."""
        found = [task async for task in self.tasks()]
        return [await task.wait(timeout_s, progress=progress) for task in found]

    async def terminate(self) -> "AsyncJob":
        """Cancel what goes on in it, and let nothing more begin."""
        await self.client.server.call("POST", f"{self.path}/terminate")
        return await self.refresh()

    async def delete(self, *, force: bool = False) -> None:
        """Forget it with its tasks. Raises Forbidden while some go on, unless forced."""
        await self.client.server.call("DELETE", self.path, query=[("force", str(force).lower())])
