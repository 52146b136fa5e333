"""A task: what it is, what becomes of it, and what its owner can do about it."""
# Written by `make docs` from asynchronous/task.py: change that one.

import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from stokehold.client import looks
from stokehold.client.errors import NotBuilt, NotFound, StokeError, TaskFailed, Unreachable, WaitedTooLong
from stokehold.client.facts import Instance, Snapshot, Stored, TaskFacts
from stokehold.client.retries import Pace
from stokehold.client.submission import Mount
from stokehold.client.synchronous.bucket import Bucket
from stokehold.client.synchronous.handle import Handle

LONGEST_LOOK_S = 1.0
PAGE = "1000"


class Task(Handle, TaskFacts):
    """A task of a server. Its fields are as they were read last; `refresh` reads them again."""

    @property
    def path(self) -> str:
        return f"/tasks/{self.uuid}"

    def refresh(self) -> "Task":
        """Read the task again."""
        return self._take(self.client.task(self.uuid))

    def changes(self, timeout_s: float | None = None) -> Iterator["Task"]:
        """The task, now and whenever something has changed, until it has ended. Raises WaitedTooLong."""
        if timeout_s is None and not self.final:
            for _ in self._told():
                yield self
        end = None if timeout_s is None else time.monotonic() + timeout_s
        pace, seen = Pace(longest_s=LONGEST_LOOK_S), None
        while True:
            self.refresh()
            now = self._mark()
            changed, seen = now != seen, now
            if changed:
                yield self
            if self.final:
                return
            if end is not None and time.monotonic() > end:
                raise WaitedTooLong(f"The task {self.name} is {self.state} after {timeout_s} s.")
            self.client.server.transport.pause(pace.next(changed=changed))

    def _told(self) -> Iterator["Task"]:
        """Changes, as far as the server tells of them by itself."""
        try:
            for _ in self.client.server.events(f"{self.path}/events"):
                self.refresh()
                if not self.final:
                    yield self
                    continue
                return
        except (NotBuilt, Unreachable):
            return
        except NotFound:
            self.refresh()  # raises when it is the task that is not there

    def wait(self, timeout_s: float | None = None, *, progress: bool = False) -> "Task":
        """Wait for the end of the task, with a bar if wanted. Raises WaitedTooLong."""
        with looks.bar(self, shown=progress) as show:
            for task in self.changes(timeout_s):
                show(task)
        return self

    def check(self) -> "Task":
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

    def stdout(self, instance: int | None = None) -> str:
        """Everything written to standard output; of a whole task, `N> ` before each line of instance N."""
        return self._output("stdout", instance)

    def stderr(self, instance: int | None = None) -> str:
        """The same of standard error."""
        return self._output("stderr", instance)

    def _output(self, stream: str, instance: int | None) -> str:
        text = self.client.server.call("GET", self._stream(stream, instance))
        return text.decode("utf-8", "replace")

    def _stream(self, stream: str, instance: int | None) -> str:
        return f"{self.path}/{stream}" + ("" if instance is None else f"/{instance}")

    def logs(
        self, instance: int | None = None, *, stream: str = "stdout", follow: bool = True
    ) -> Iterator[str]:
        """The lines of the output, and those to come until the task has ended."""
        if not follow:
            for line in (self._output(stream, instance)).splitlines():
                yield line
            return
        rest = ""
        for text in self._printed(stream, instance):
            *lines, rest = (rest + text).split("\n")
            for line in lines:
                yield line
        if rest:
            yield rest

    def _printed(self, stream: str, instance: int | None) -> Iterator[str]:
        path, seen, breaks = f"{self._stream(stream, instance)}/stream", "", 0
        while True:
            try:
                for event in self.client.server.events(path, seen):
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
            self.client.server.transport.pause(0.2 * 2**breaks)
        yield from self._fetched(stream, instance)

    def _fetched(self, stream: str, instance: int | None) -> Iterator[str]:
        """From servers that have no streams: what is new, asked for again and again."""
        pace = Pace(longest_s=LONGEST_LOOK_S)
        while True:
            self.refresh()
            over = self.final
            text = (self.client.server.call("POST", self._stream(stream, instance))).decode(errors="replace")
            if text:
                yield text
            elif over:
                return
            self.client.server.transport.pause(pace.next(changed=bool(text)))

    def instances(self, *, states: Iterable[str] = ()) -> Iterator[Instance]:
        """Its instances in the order of their ids; `states`: Waiting, Running, Success, Failure, Cancelled."""
        wanted, token = list(states), ""
        while True:
            query = [("limit", PAGE), *(("token", t) for t in [token] if t)]
            query += [("state", ",".join(wanted))] if wanted else []
            try:
                page = self.client.server.ask(dict[str, Any], "GET", f"{self.path}/instances", query=query)
            except (NotFound, NotBuilt):
                break
            for one in page["data"]:
                yield msgspec.convert(one, Instance, strict=False)
            token = page.get("nextToken") or ""
            if not token:
                return
        self.refresh()  # an older server: it tells of those that have ended
        for told in self.completed_instances:
            if not wanted or told.state in wanted:
                yield Instance.ended(told)

    def instance(self, number: int) -> Instance:
        """One instance with all its attempts. Raises NotFound."""
        return self.client.server.ask(Instance, "GET", f"{self.path}/instances/{number}")

    def metrics(self, instance: int | None = None) -> dict[str, Any]:
        """What the instances used over time, as columns: docs/watching.md."""
        query = [] if instance is None else [("instanceId", str(instance))]
        return self.client.server.ask(dict[str, Any], "GET", f"{self.path}/metrics", query=query)

    def explain(self) -> str:
        """Why it is where it is, in a sentence or a few."""
        try:
            told = self.client.server.ask(dict[str, Any], "GET", f"{self.path}/explanation")
            told_text = str(told.get("explanation") or "")
        except (NotFound, NotBuilt):
            told_text = ""
        self.refresh()
        return "\n".join(text for text in (told_text, looks.story(self)) if text)

    def abort(self) -> "Task":
        """Stop it. Raises Forbidden when it has ended."""
        self.client.server.call("POST", f"{self.path}/abort")
        return self.refresh()

    def delete(self) -> None:
        """Stop it if it goes on, then forget it. Its buckets stay."""
        self.client.server.call("DELETE", self.path)

    def clone(self, **changes: Any) -> "Task":
        """Make a task like it; `changes` are fields of the interface, such as `instanceCount=3`."""
        return self._derive("clone", changes)

    def retry(self, **changes: Any) -> "Task":
        """Make a task of its instances that failed."""
        return self._derive("retry", changes)

    def recover(self, **changes: Any) -> "Task":
        """Make a task of its instances that failed or were cancelled."""
        return self._derive("recover", changes)

    def resume(self, **changes: Any) -> "Task":
        """Make a task of its instances that were cancelled."""
        return self._derive("resume", changes)

    def restart(self) -> "Task":
        """Make a task like it, which has ended."""
        return self._derive("restart", {})

    def _derive(self, verb: str, changes: Mapping[str, Any]) -> "Task":
        return self.client.created("POST", f"{self.path}/{verb}", dict(changes))

    def update(
        self, *, tags: Iterable[str] | None = None, constants: Mapping[str, str] | None = None
    ) -> "Task":
        """Change its tags, or some of its constants: instances that begin later see them."""
        self.refresh()
        values = {c.key: c.value for c in self.constants} | dict(constants or {})
        body: dict[str, Any] = {"constants": [{"key": k, "value": v} for k, v in values.items()]}
        body["tags"] = list(self.tags if tags is None else tags)
        self.client.server.call("PUT", self.path, body)
        return self.refresh()

    def refresh_inputs(self) -> None:
        """Bring new and changed inputs to the running instances."""
        self.client.server.call("PATCH", self.path)

    def snapshot(self, every_s: int | None = None, **config: str) -> Snapshot | None:
        """Store what running instances have made, now, or every so many seconds (0 stops that).

        `config`: `whitelist`, `blacklist`, `bucket`, `bucketPrefix`.
        """
        if every_s is not None:
            body = {"interval": every_s, **config}
            self.client.server.call("POST", f"{self.path}/snapshot/periodic", body)
            return None
        return self.client.server.ask(Snapshot, "POST", f"{self.path}/snapshot", config)

    def snapshots(self) -> list[Snapshot]:
        """Those that were taken and are kept, the newest first."""
        return self.client.server.ask(list[Snapshot], "GET", f"{self.path}/snapshots")

    @property
    def results_mount(self) -> Mount | None:
        """Where its results are."""
        return Mount(self.result_bucket, self.results_bucket_prefix or "") if self.result_bucket else None

    def results(self) -> Iterator[Stored]:
        """The objects that its results are in; keys with their prefix."""
        mount = self.results_mount
        if mount is None:
            return
        try:
            yield from (self.client.bucket(mount.bucket)).objects(mount.prefix)
        except NotFound:
            return

    def download(self, folder: str | Path) -> list[Path]:
        """Bring its results to a folder; what is there already is not fetched. Raises StokeError."""
        mount = self.results_mount
        if mount is None:
            raise StokeError(f"The task {self.name} has no result bucket.", "Submit it with `results=`.")
        bucket: Bucket = self.client.bucket(mount.bucket)
        return bucket.download(folder, mount.prefix, strip=mount.prefix)

    def _mark(self) -> tuple[Any, ...]:
        done = self.status.executed_range if self.status else ""
        return self.state, self.progress, self.running_instance_count, self.results_count, done
