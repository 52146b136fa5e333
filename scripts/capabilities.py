"""Write docs/reference/capabilities.md: the checklist, what is built by hand, and from the API itself the rest."""

from pathlib import Path
from typing import NamedTuple

from scripts import checklist
from stokehold.api.operations import OPERATIONS
from stokehold.api.unbuilt import CAPABILITIES, FIELDS, Capability

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "capabilities.md"


class Built(NamedTuple):
    """A capability that is there: how it is reached, and the tests that prove it."""

    name: str
    how: str
    tests: str
    cli: str = ""
    ui: str = ""


TASKS = [
    Built("submit one task, or many in one call", "`POST /tasks` · SDK `task.submit()`, `submit_tasks()`", "api", "`stoke run`, `stoke task create`, one at a time", "New task, one at a time"),
    Built("follow a task to its end", "`GET /tasks/{id}` · SDK `task.run()`, `wait()`", "scenarios/test_demo.py", "`stoke run`, `stoke task attach`, `stoke task wait`", "Task › Overview"),
    Built("profile and constants", "`profile`, `constants` · SDK `create_task()`, `task.constants`", "scenarios/test_demo.py", "`--profile`, `--constant`; `stoke profile show`", "New task; Profiles"),
    Built("instance count or advanced ranges", '`instanceCount`, `advancedRanges` · SDK `create_task("t", "docker-batch", "1-3,7")`', "domain", "`--instances`, `--range`", "New task"),
    Built("`${INSTANCE_ID}` and constants in commands and environment", "`DOCKER_CMD`", "domain/test_constants.py", "the command of `stoke run`, in single quotes", "New task"),
    Built("input buckets, with a prefix to filter or to strip", "`resourceBuckets`, `advancedResourceBuckets` · SDK `task.resources`", "runner/test_inputs.py", "`--input BUCKET/PREFIX/`", "New task"),
    Built("result bucket and its prefix", "`resultBucket`, `resultsBucketPrefix` · SDK `task.results`, `download_results()`", "runner/test_results.py", "`--results BUCKET/PREFIX/`, `stoke task download`", "New task; Task › Files"),
    Built("choice of results", "`resultsWhitelist`, `resultsBlacklist` · SDK `task.results_whitelist`", "domain/test_patterns.py", "`--whitelist`, `--blacklist`", "New task"),
    Built("output of a task or an instance, whole or what is new", "`/tasks/{id}/stdout`, `/stderr` · SDK `task.stdout()`, `fresh_stdout()`", "api", "`stoke task logs`, `stoke task stderr`, with `--follow`", "Task › Logs"),
    Built("states, times, progress, ranges of instances", "`status` · SDK `task.state`, `task.status`", "api", "`stoke task show`", "Task › Overview"),
    Built("CPU, memory, network and frequency of running instances, measured; curves", "`status.runningInstancesInfo`, `GET /tasks/{id}/metrics`", "system/test_measuring.py", "`stoke task metrics`", "Task › Curves"),
    Built("progress told by the program: a file, or patterns on its output", "`STOKEHOLD_PROGRESS_FILE`, `DOCKER_PROGRESS1` to `3`", "system/test_measuring.py", "`--constant DOCKER_PROGRESS1=…`; seen in `stoke task attach`", "New task; Task › Overview"),
    Built("every instance with its attempts", "`GET /tasks/{id}/instances`", "api/test_roster.py", "`stoke task instances`", "Task › Instances"),
    Built("output and events live", "`GET /tasks/{id}/stdout/stream`, `/tasks/{id}/events`, `/events`", "api/test_live.py", "`stoke task logs --follow`, `stoke task attach`, `--watch` of every list", "everywhere: no page is loaded again"),
    Built("lists, summaries, pages, search with filters", "`GET /tasks`, `POST /tasks/paginate`, … · SDK `tasks_page()`", "api", "`stoke task list`", "Tasks"),
    Built("name, shortname; change of constants", "fields, `PUT /tasks/{id}` · SDK `task.constants`, `commit()`", "api", "`--name`, `--shortname`; `stoke task update-constant`", "New task; Task › Overview"),
    Built("abort, delete", "`POST /tasks/{id}/abort`, `DELETE /tasks/{id}` · SDK `task.abort()`, `delete()`", "api", "`stoke task stop`, `stoke task delete`", "Task › Overview; many in Tasks"),
    Built("Flex, OnDemand and Reserved; preemption; fair shares", "`schedulingType`, `targetedReservationName` · SDK `task.scheduling_type`", "system/test_scheduling.py", "`--scheduling`", "New task"),
    Built("hardware constraints and their catalogue", "`hardwareConstraints`, `GET /hardware-constraints` · SDK `task.hardware_constraints`, `all_hardware_constraints()`", "domain/test_hardware.py", "`--min-cores`, `--min-ram`, `--cpu-model`; `stoke hardware list`", "New task; Nodes"),
    Built("why a task does not run, in a sentence", "`explanation`, `GET /tasks/{id}/explanation`", "domain/test_explain.py", "`stoke explain`", "Task › Overview"),
    Built("a limit of instances at work, of a task", "`maxRunningInstances`", "store/test_story.py", "`--max-running`", "Task › Settings shows it; setting it is left to programs and `--file`"),
    Built("quotas of instances and cores by class", "`GET /quotas/computing-quotas/user`, `[limits]` · SDK `get_user_computing_quotas()`", "api/test_quotas.py", "`stoke account`", "Account"),
    Built("retries of an instance and of a task", "`retrySettings` · SDK `task.retry_settings`", "system/test_task_life.py", "`--retries`, `--max-total-retries`", "New task"),
    Built("tasks made from tasks: clone, retry, recover, resume, restart", "`POST /tasks/{id}/clone`, …", "api/test_derived.py", "`stoke task clone`, `retry`, `recover`, `resume`", "Task › Overview"),
    Built("longest time in the queue", "`maxTimeQueueSeconds` · SDK `task.max_time_queue_seconds`", "system/test_task_life.py", "`--max-queue`", "New task"),
    Built("life after completion", "`completionTimeToLive` · SDK `task.completion_ttl`", "system/test_task_life.py", "`--ttl`", "New task"),
    Built("limit of tasks, and tasks that make room for others", "`autoDeleteOnCompletion`, setting `limits.tasks` · SDK `task.auto_delete`", "system/test_task_life.py", "`--auto-delete`; the limit in `stoke account`", "Account shows the limit; setting the field is left to programs and `--file`"),
    Built("partial results of aborted tasks", "`uploadResultsOnCancellation` · SDK `task.upload_results_on_cancellation`", "system/test_task_life.py", "`--results-on-cancel`", "Task › Settings shows it; setting it is left to programs and `--file`"),
    Built("a request that is sent twice makes one task", "`Idempotency-Key`", "api/test_submissions.py", "`stoke run` and `stoke task create` send the key by themselves", "a matter of programs, not of people"),
    Built("errors with stable codes", "`errors` · SDK `task.errors`", "domain", "`stoke explain`, `stoke task show`; [exit codes](cli.md#exit-codes)", "Task › Errors"),
    Built("snapshots of running tasks, on demand and periodic, with filters, bucket and prefix", "`/tasks/{id}/snapshot`, [snapshots.md](snapshots.md) · SDK `task.instant()`, `wait_snapshot()`, `snapshot()`", "system/test_snapshots.py", "`stoke task snapshot`, with `--every`", "Task › Snapshots"),
    Built("inputs refreshed in running instances, with their arrival", "`PATCH /tasks/{id}`, `inputsRevision` · SDK `task.update_resources()`", "system/test_snapshots.py", "`stoke task refresh`", "Task › Overview"),
    Built("results of one instance that replaced those of another", "`resultConflicts`", "system/test_snapshots.py", "`stoke task show --select resultConflicts`", "Task › Errors"),
    Built("secret constants (`QARNOT_SECRET_…`), sealed and never shown again", "`constants` · SDK `task.constants`; [how](../constants-and-secrets.md)", "system/test_secrets.py", "`--constant QARNOT_SECRET_…=…`", "New task; Task › Settings, without their values"),
    Built("credentials of the account for the program, while it runs", "`privileges` · SDK `task.allow_credentials_to_be_exported_to_task_environment()`; [how](../constants-and-secrets.md)", "system/test_passes.py", "`--export-credentials`", "Task › Settings shows it; setting it is left to programs and `--file`"),
    Built("forced constants, for who runs the server", "`forcedConstants` · SDK `task.forced_constants`", "api/test_secrecy.py", "`--force-constant`", "Task › Settings shows them; setting them is left to programs and `--file`"),
    Built("labels and tags: filters, lists by tag, change of tags", "`labels`, `tags`, `?tag=`, `PUT /tasks/{id}` · SDK `task.tags`, `tasks(tags=…)`", "system/test_tags.py", "`--label`, `--tag`; `stoke task list --tag`, `stoke task update --tag`", "New task; Tasks; Task › Overview"),
]  # fmt: skip

JOBS = [
    Built("jobs: make, list, search, terminate, delete", "`/jobs` · SDK `create_job()`, `jobs()`, `job.terminate()`, `job.delete()`", "scenarios/test_jobs.py", "`stoke job create`, `list`, `show`, `stop`, `delete`", "Jobs; Job"),
    Built("tasks that wait for others, whatever their end or by its state", "`dependencies` · SDK `task.set_task_dependencies_from_tasks()`, `set_task_advanced_dependencies()`", "store/test_dependencies.py", "`--after`; by its state in a `--file`", "New task; Job"),
    Built("results handed from task to task", "an upstream's result bucket among the inputs · SDK `task.resources`", "scenarios/test_jobs.py", "`--results` of the one, `--input` of the other", "New task"),
    Built("maximum wall time, life after completion, room for others", "`maxWallTime`, `completionTimeToLive`, `autoDeleteOnCompletion` of a job · SDK `job.max_wall_time`", "dispatch/test_job_times.py", "`stoke job create` with `--max-wall-time`, `--ttl`, `--auto-delete`", "Job"),
]  # fmt: skip

STORAGE = [
    Built("buckets: create, list, delete", "S3 · SDK `create_bucket()`, `buckets()`", "s3", "`stoke bucket create`, `list`, `delete`", "Buckets"),
    Built("objects: put, get, ranges, head, copy, delete, delete many", "S3 · SDK `add_file()`, `get_file()`", "s3", "`stoke bucket put`, `get`, `cat`, `delete`", "Buckets; ranges and copies are calls of programs"),
    Built("lists, versions 1 and 2, with prefixes and pages", "S3 · SDK `bucket.list_files()`", "s3", "`stoke bucket show --prefix`", "Buckets"),
    Built("multipart uploads", "S3 · SDK, for large files", "s3", "by itself, for large files", "by itself, for large files"),
    Built("signatures in headers and in URLs", "S3", "s3", "by itself", "by itself"),
]  # fmt: skip

OPERATION = [
    Built("SQLite or PostgreSQL", "`stoke serve --database`", "store"),
    Built("settings from a file, variables and options", "[configuration.md](configuration.md)", "test_config.py"),
    Built("logs without secrets, numbers for Prometheus", "standard error, `GET /metrics`", "observe"),
    Built("the machines, what they are made of, how busy they are", "`GET /nodes`, `GET /capacity` · `stoke node`", "api/test_nodes.py"),
    Built("a runner by itself", "`stoke runner --server URL --data DIR`", "runner"),
]  # fmt: skip

HEAD = """# Capabilities

*This page is written by `make docs`: what is built from `scripts/capabilities.py`, the rest from the API itself.*

What a user of the vendor's platform can ask for, and which of it is here. "SDK" is the public `qarnot` Python
package, "S3" is any S3 client. The command line is told in [cli.md](../cli.md), our own SDK in [sdk.md](../sdk.md).

"""

_OPERATED = """For whoever runs a server: by the server's own commands and settings, and by none of the users' doors.

"""

WITHOUT_EFFECT = """## Accepted without effect

These fields of a task are kept and shown again, and change nothing in this version:
`defaultResourcesCacheTTLSec`,
`resultsCacheTTLSec` and `cacheTTLSec` (the cache of a node keeps what fits),
`waitForPoolResourcesSynchronization`.

"""


def render() -> str:
    """The whole page."""
    tables = ((TASKS, "Tasks"), (JOBS, "Jobs"), (STORAGE, "Storage"))
    built = "".join(_built(title, rows) for rows, title in tables) + _operated("Operation", OPERATION)
    return HEAD + checklist.render() + built + _unbuilt() + WITHOUT_EFFECT + _operations()


def _built(title: str, rows: list[Built]) -> str:
    lines = "".join(
        f"| {row.name} | {row.how} | {row.cli} | {row.ui} | `tests/{row.tests}` |\n" for row in rows
    )
    return f"## {title}\n\n| capability | how | CLI | UI | test |\n|---|---|---|---|---|\n{lines}\n"


def _operated(title: str, rows: list[Built]) -> str:
    """What is for whoever runs a server: there is no page of it in the browser."""
    lines = "".join(f"| {row.name} | {row.how} | `tests/{row.tests}` |\n" for row in rows)
    return f"## {title}\n\n{_OPERATED}| capability | how | test |\n|---|---|---|\n{lines}\n"


def _unbuilt() -> str:
    lines = "".join(f"| {c.name} | {_asked_by(c)} | {len(c.operations) or ''} |\n" for c in CAPABILITIES)
    return f"""## Not built

An operation of these, and a task that sets one of the fields, is answered `501` with a message that says so.

| capability | fields of a task | operations |
|---|---|---|
{lines}
Parts of S3 that are not built answer `501 NotImplemented`.

"""


def _asked_by(capability: Capability) -> str:
    return ", ".join(f"`{name}`" for name, (_, needed) in FIELDS.items() if needed is capability)


def _operations() -> str:
    lines = "".join(
        f"| `{route.method}` | `{route.path}` | {'yes' if route.built else 'no'} | {route.summary} |\n"
        for route in OPERATIONS
    )
    return f"## Every operation\n\n| method | path | built | what |\n|---|---|---|---|\n{lines}"


if __name__ == "__main__":
    PAGE.write_text(render())
