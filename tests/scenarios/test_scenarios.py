"""Scripts as users write them, through the public SDK. A scenario is a file: what is submitted, and how it must end.

`buckets` are filled before, task by task; `after` names tasks that must have ended before this one is submitted;
`results` are the whole contents of the buckets it names, at the end, as `download_results` brings them.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
import qarnot
from msgspec import Struct, field
from qarnot.retry_settings import RetrySettings
from qarnot.task import Task

from stokehold.domain.states import FINAL
from tests.system.cluster import TASK_S, final
from tests.system.servers import Server, Servers
from tests.waiting import wait_until

FILES = sorted(Path(__file__).parent.glob("[0-9][0-9]_*.toml"))

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself


class Expected(Struct, forbid_unknown_fields=True):
    """The end of a task. Lines of output are in any order; None: not looked at."""

    state: str = "Success"
    stdout: list[str] = []
    stderr: list[str] | None = None
    errors: list[str] = []  # codes
    succeeded: str | None = None  # ranges
    failed: str = ""


class Submission(Struct, forbid_unknown_fields=True):
    """One task."""

    name: str
    constants: dict[str, str]
    instances: int = 0
    ranges: str = ""
    profile: str = "docker-batch"
    inputs: list[str] = []
    results: str = ""
    whitelist: str = ""
    blacklist: str = ""
    after: list[str] = []
    abort_on: str = ""  # every instance has printed this: abort
    keep_on_abort: bool = False  # what was made until then is wanted
    retries: int = 0  # of each instance
    expect: Expected = field(default_factory=Expected)


class Scenario(Struct, forbid_unknown_fields=True):
    """One file."""

    about: str
    tasks: list[Submission]
    runtime: str = "bwrap"
    buckets: dict[str, dict[str, str]] = {}  # name → path → text
    results: dict[str, dict[str, str]] = {}
    delete: bool = False


class Play:
    """A scenario on one server. Its buckets have names of their own there."""

    def __init__(self, scenario: Scenario, server: Server, name: str, folder: Path) -> None:
        self.scenario, self._sdk, self._folder = scenario, server.sdk, folder
        self._mark = name.partition("_")[0]
        self.tasks: dict[str, Task] = {}

    def run(self) -> None:
        for name, files in self.scenario.buckets.items():
            self._fill(name, files)
        for submission in self.scenario.tasks:
            for earlier in submission.after:
                final(self.tasks[earlier])
            self.tasks[submission.name] = self._submit(submission)
        for submission in self.scenario.tasks:
            if submission.abort_on:
                self._abort(submission)
        for task in self.tasks.values():
            _follow(task)

    def check(self) -> None:
        for submission in self.scenario.tasks:
            _check(self.tasks[submission.name], submission.expect)
        for name, files in self.scenario.results.items():
            assert self._downloaded(name) == files, name
        if self.scenario.delete:
            self._delete()

    def _bucket(self, name: str) -> qarnot.bucket.Bucket:
        return self._sdk.create_bucket(f"s{self._mark}-{name}")

    def _fill(self, name: str, files: Mapping[str, str]) -> None:
        """As a user does: a local folder, synchronised."""
        folder = self._folder / "in" / name
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        self._bucket(name).sync_directory(str(folder))

    def _submit(self, submission: Submission) -> Task:
        task = self._sdk.create_task(
            submission.name, submission.profile, submission.ranges or submission.instances
        )
        task.constants.update(submission.constants)
        task.resources = [self._bucket(name) for name in submission.inputs]
        if submission.results:
            task.results = self._bucket(submission.results)
        task.results_whitelist = submission.whitelist or None
        task.results_blacklist = submission.blacklist or None
        task.upload_results_on_cancellation = submission.keep_on_abort or None
        task.retry_settings = RetrySettings(maxPerInstanceRetries=submission.retries or None)
        task.submit()
        return task

    def _abort(self, submission: Submission) -> None:
        task = self.tasks[submission.name]
        said = submission.abort_on
        wait_until(lambda: task.stdout().count(said) == submission.instances, TASK_S, f"{said!r} is printed")
        task.abort()

    def _downloaded(self, name: str) -> dict[str, str]:
        folder = self._folder / "out" / name
        folder.mkdir(parents=True)
        self._bucket(name).get_all_files(str(folder))
        return {str(p.relative_to(folder)): p.read_text() for p in folder.rglob("*") if p.is_file()}

    def _delete(self) -> None:
        for task in self.tasks.values():
            task.delete(purge_resources=True, purge_results=True)
        for task in self.tasks.values():
            wait_until(lambda uuid=task.uuid: not self._known(uuid), what="the task is gone")

    def _known(self, uuid: str) -> bool:
        try:
            self._sdk.retrieve_task(uuid)
        except qarnot.exceptions.MissingTaskException:
            return False
        return True


def _follow(task: Task) -> None:
    """As users' scripts do: look at the state and at what is new, until the end."""
    heard: list[str] = []

    def over() -> bool:
        task.update(True)
        last = task.state in FINAL
        heard.append(task.fresh_stdout())
        return last

    wait_until(over, TASK_S, f"{task.name} has ended")
    assert sorted("".join(heard).splitlines()) == sorted(task.stdout().splitlines())


def _check(task: Task, expected: Expected) -> None:
    told = [(e.code, e.message) for e in task.errors]
    assert task.state == expected.state, (task.name, told, task.stderr())
    assert [code for code, _ in told] == expected.errors, (task.name, told)
    assert sorted(task.stdout().splitlines()) == sorted(expected.stdout), task.name
    if expected.stderr is not None:
        assert sorted(task.stderr().splitlines()) == sorted(expected.stderr), task.name
    if expected.succeeded is not None:
        assert task.status.succeeded_range == expected.succeeded, task.name
    if task.state != "Cancelled":
        assert (task.status.failed_range or "") == expected.failed, task.name
        assert task.status.wall_time_sec >= 0 <= task.status.execution_time_sec


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_users_script_runs_unchanged(file: Path, servers: Servers, tmp_path: Path) -> None:
    scenario = msgspec.toml.decode(file.read_bytes(), type=Scenario)
    play = Play(scenario, servers(scenario.runtime), file.stem, tmp_path)
    play.run()
    play.check()
