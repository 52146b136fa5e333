"""A job: a group of tasks, which may wait for one another."""
# Written by `make docs` from asynchronous/job.py: change that one.

from collections.abc import Iterator
from typing import Any

from stokehold.client.facts import JobFacts
from stokehold.client.submission import Command
from stokehold.client.synchronous.handle import Handle
from stokehold.client.synchronous.task import Task


class Job(Handle, JobFacts):
    """A job of a server. Its fields are as they were read last; `refresh` reads them again."""

    @property
    def path(self) -> str:
        return f"/jobs/{self.uuid}"

    def refresh(self) -> "Job":
        """Read the job again."""
        return self._take(self.client.job(self.uuid))

    def submit(self, command: Command | None = None, **options: Any) -> Task:
        """Submit a task of this job: as `Client.submit`; `after=[task, …]` are those that it waits for."""
        return self.client.submit(command, job=self.uuid, **options)

    def tasks(self) -> Iterator[Task]:
        """Its tasks, the newest first."""
        for one in self.client.server.ask(list[dict[str, Any]], "GET", f"{self.path}/tasks"):
            yield self.client.adopt_task(one)

    def wait(self, timeout_s: float | None = None, *, progress: bool = False) -> list[Task]:
        """Wait for the end of all its tasks. Raises WaitedTooLong."""
        found = list(self.tasks())
        return [task.wait(timeout_s, progress=progress) for task in found]

    def terminate(self) -> "Job":
        """Cancel what goes on in it, and let nothing more begin."""
        self.client.server.call("POST", f"{self.path}/terminate")
        return self.refresh()

    def delete(self, *, force: bool = False) -> None:
        """Forget it with its tasks. Raises Forbidden while some go on, unless forced."""
        self.client.server.call("DELETE", self.path, query=[("force", str(force).lower())])
