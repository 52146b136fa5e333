"""A task: what it is, what becomes of it, and what its owner can do about it."""

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from stokehold.client import looks
from stokehold.client.asynchronous.bucket import AsyncBucket
from stokehold.client.asynchronous.handle import AsyncHandle
from stokehold.client.errors import NotBuilt, NotFound, StokeError, TaskFailed, Unreachable, WaitedTooLong
from stokehold.client.facts import Instance, Snapshot, Stored, TaskFacts
from stokehold.client.retries import Pace
from stokehold.client.submission import Mount

LONGEST_LOOK_S = 1.0
PAGE = "1000"


class AsyncTask(AsyncHandle, TaskFacts):
    """A task of a server. Its fields are as they were read last; `refresh` reads them again."""

    @property
    def path(self) -> str:
        return f"/tasks/{self.uuid}"

    async def refresh(self) -> "AsyncTask":
        """Read the task again."""
        return self._take(await self.client.task(self.uuid))

    async def changes(self, timeout_s: float | None = None) -> AsyncIterator["AsyncTask"]:
        """The task, now and whenever something has changed, until it has ended. Raises WaitedTooLong."""
        if timeout_s is None and not self.final:
            async for _ in self._told():
                yield self
        end = None if timeout_s is None else time.monotonic() + timeout_s
        pace, seen = Pace(longest_s=LONGEST_LOOK_S), None
        while True:
            await self.refresh()
            now = self._mark()
            changed, seen = now != seen, now
            if changed:
                yield self
            if self.final:
                return
            if end is not None and time.monotonic() > end:
                raise WaitedTooLong(f"The task {self.name} is {self.state} after {timeout_s} s.")
            await self.client.server.transport.pause(pace.next(changed=changed))

    async def _told(self) -> AsyncIterator["AsyncTask"]:
        """Changes, as far as the server tells of them by itself."""
        try:
            async for _ in self.client.server.events(f"{self.path}/events"):
                await self.refresh()
                if not self.final:
                    yield self
                    continue
                return
        except (NotBuilt, Unreachable):
            return
        except NotFound:
            await self.refresh()  # raises when it is the task that is not there

    async def wait(self, timeout_s: float | None = None, *, progress: bool = False) -> "AsyncTask":
        """Wait for the end of the task, with a bar if wanted. Raises WaitedTooLong."""
        with looks.bar(self, shown=progress) as show:
            async for task in self.changes(timeout_s):
                show(task)
        return self

    async def check(self) -> "AsyncTask":
        """Raises TaskFailed unless the task has ended in success."""
        if not self.succeeded:
            reasons = "; ".join(str(error) for error in self.errors[:3])
            message = (
                f"The task {self.name} ended as {self.state}"
                if self.final
                else f"{self.name} is {self.state}"
            )
            raise TaskFailed(
                f"{message}. {reasons}".strip(), f"`stoke task logs {self.uuid}` shows its output."
            )
        return self

    async def stdout(self, instance: int | None = None) -> str:
        """Everything written to standard output; of a whole task, `N> ` before each line of instance N."""
        return await self._output("stdout", instance)

    async def stderr(self, instance: int | None = None) -> str:
        """The same of standard error."""
        return await self._output("stderr", instance)

    async def _output(self, stream: str, instance: int | None) -> str:
        text = await self.client.server.call("GET", self._stream(stream, instance))
        return text.decode("utf-8", "replace")

    def _stream(self, stream: str, instance: int | None) -> str:
        return f"{self.path}/{stream}" + ("" if instance is None else f"/{instance}")

    async def logs(
        self, instance: int | None = None, *, stream: str = "stdout", follow: bool = True
    ) -> AsyncIterator[str]:
        """The lines of the output, and those to come until the task has ended."""
        if not follow:
            for line in (await self._output(stream, instance)).splitlines():
                yield line
            return
        rest = ""
        async for text in self._printed(stream, instance):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                yield line
        if rest:
            yield rest

    async def _printed(self, stream: str, instance: int | None) -> AsyncIterator[str]:
        path, seen, breaks = f"{self._stream(stream, instance)}/stream", "", 0
        while True:
            try:
                async for event in self.client.server.events(path, seen):
                    seen, breaks = event.id or seen, 0
                    if event.name == "end":
                        return
                    yield str(msgspec.json.decode(event.data).get("text", ""))
                if not breaks and seen:
                    return
            except (NotFound, NotBuilt):
                break
            except Unreachable:
                if breaks >= 5:
                    raise
            breaks += 1
            await self.client.server.transport.pause(0.2 * 2**breaks)
        async for text in self._fetched(stream, instance):
            yield text

    async def _fetched(self, stream: str, instance: int | None) -> AsyncIterator[str]:
        """From servers that have no streams: what is new, asked for again and again."""
        pace = Pace(longest_s=LONGEST_LOOK_S)
        while True:
            await self.refresh()
            over = self.final
            text = (await self.client.server.call("POST", self._stream(stream, instance))).decode(
                errors="replace"
            )
            if text:
                yield text
            elif over:
                return
            await self.client.server.transport.pause(pace.next(changed=bool(text)))

    async def instances(self, *, states: Iterable[str] = ()) -> AsyncIterator[Instance]:
        """Its instances in the order of their ids; `states`: Waiting, Running, Success, Failure, Cancelled."""
        wanted, token = list(states), ""
        while True:
            query = [("limit", PAGE), *(("token", t) for t in [token] if t)]
            query += [("state", ",".join(wanted))] if wanted else []
            try:
                page = await self.client.server.ask(
                    dict[str, Any], "GET", f"{self.path}/instances", query=query
                )
            except (NotFound, NotBuilt):
                break
            for one in page["data"]:
                yield msgspec.convert(one, Instance, strict=False)
            token = page.get("nextToken") or ""
            if not token:
                return
        await self.refresh()  # an older server: it tells of those that have ended
        for told in self.completed_instances:
            if not wanted or told.state in wanted:
                yield Instance.ended(told)

    async def instance(self, number: int) -> Instance:
        """One instance with all its attempts. Raises NotFound."""
        return await self.client.server.ask(Instance, "GET", f"{self.path}/instances/{number}")

    async def metrics(self, instance: int | None = None) -> dict[str, Any]:
        """What the instances used over time, as columns: docs/watching.md."""
        query = [] if instance is None else [("instanceId", str(instance))]
        return await self.client.server.ask(dict[str, Any], "GET", f"{self.path}/metrics", query=query)

    async def explain(self) -> str:
        """Why it is where it is, in a sentence or a few."""
        try:
            told = await self.client.server.ask(dict[str, Any], "GET", f"{self.path}/explanation")
            told_text = str(told.get("explanation") or "")
        except (NotFound, NotBuilt):
            told_text = ""
        await self.refresh()
        return "\n".join(text for text in (told_text, looks.story(self)) if text)

    async def abort(self) -> "AsyncTask":
        """Stop it. Raises Forbidden when it has ended."""
        await self.client.server.call("POST", f"{self.path}/abort")
        return await self.refresh()

    async def delete(self) -> None:
        """Stop it if it goes on, then forget it. Its buckets stay."""
        await self.client.server.call("DELETE", self.path)

    async def clone(self, **changes: Any) -> "AsyncTask":
        """Make a task like it; `changes` are fields of the interface, such as `instanceCount=3`."""
        return await self._derive("clone", changes)

    async def retry(self, **changes: Any) -> "AsyncTask":
        """Make a task of its instances that failed."""
        return await self._derive("retry", changes)

    async def recover(self, **changes: Any) -> "AsyncTask":
        """Make a task of its instances that failed or were cancelled."""
        return await self._derive("recover", changes)

    async def resume(self, **changes: Any) -> "AsyncTask":
        """Make a task of its instances that were cancelled."""
        return await self._derive("resume", changes)

    async def restart(self) -> "AsyncTask":
        """Make a task like it, which has ended."""
        return await self._derive("restart", {})

    async def _derive(self, verb: str, changes: Mapping[str, Any]) -> "AsyncTask":
        return await self.client.created("POST", f"{self.path}/{verb}", dict(changes))

    async def update(
        self, *, tags: Iterable[str] | None = None, constants: Mapping[str, str] | None = None
    ) -> "AsyncTask":
        """Change its tags, or some of its constants: instances that begin later see them."""
        await self.refresh()
        values = {c.key: c.value for c in self.constants} | dict(constants or {})
        body: dict[str, Any] = {"constants": [{"key": k, "value": v} for k, v in values.items()]}
        body["tags"] = list(self.tags if tags is None else tags)
        await self.client.server.call("PUT", self.path, body)
        return await self.refresh()

    async def refresh_inputs(self) -> None:
        """Bring new and changed inputs to the running instances."""
        await self.client.server.call("PATCH", self.path)

    async def snapshot(self, every_s: int | None = None, **config: str) -> Snapshot | None:
        """Store what running instances have made, now, or every so many seconds (0 stops that).

        `config`: `whitelist`, `blacklist`, `bucket`, `bucketPrefix`.
        """
        if every_s is not None:
            body = {"interval": every_s, **config}
            await self.client.server.call("POST", f"{self.path}/snapshot/periodic", body)
            return None
        return await self.client.server.ask(Snapshot, "POST", f"{self.path}/snapshot", config)

    async def snapshots(self) -> list[Snapshot]:
        """Those that were taken and are kept, the newest first."""
        return await self.client.server.ask(list[Snapshot], "GET", f"{self.path}/snapshots")

    @property
    def results_mount(self) -> Mount | None:
        """Where its results are."""
        return Mount(self.result_bucket, self.results_bucket_prefix or "") if self.result_bucket else None

    async def results(self) -> AsyncIterator[Stored]:
        """The objects that its results are in; keys with their prefix."""
        mount = self.results_mount
        if mount is None:
            return
        try:
            async for one in (await self.client.bucket(mount.bucket)).objects(mount.prefix):
                yield one
        except NotFound:
            return

    async def download(self, folder: str | Path) -> list[Path]:
        """Bring its results to a folder; what is there already is not fetched. Raises StokeError."""
        mount = self.results_mount
        if mount is None:
            raise StokeError(f"The task {self.name} has no result bucket.", "Submit it with `results=`.")
        bucket: AsyncBucket = await self.client.bucket(mount.bucket)
        return await bucket.download(folder, mount.prefix, strip=mount.prefix)

    def _mark(self) -> tuple[Any, ...]:
        done = self.status.executed_range if self.status else ""
        return self.state, self.progress, self.running_instance_count, self.results_count, done
