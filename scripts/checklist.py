"""What the vendor's page about tasks names, one row each: how a user reaches it, and the test that proves it.

`needs` are operations and fields of `stokehold/api/unbuilt.py`, and fields of a status: while one of them is not
built, the row says so by itself.
"""

from typing import NamedTuple

from stokehold.api.progress import Status
from stokehold.api.unbuilt import CAPABILITIES, FIELDS


class Named(NamedTuple):
    """A capability. `tests`: files, or `file.py::name` of a test or of a row of the SDK's table."""

    name: str
    api: str
    sdk: str
    cli: str
    ui: str
    tests: tuple[str, ...]
    needs: tuple[str, ...] = ()

    @property
    def built(self) -> bool:
        return not any(need in _unbuilt() for need in self.needs)


_SDK = "tests/sdk/"
_TASKS, _SUBMISSIONS, _BUCKETS = f"{_SDK}tasks.py", f"{_SDK}submissions.py", f"{_SDK}buckets.py"
_SNAPSHOTS, _JOBS, _CONNECTIONS = f"{_SDK}snapshots.py", f"{_SDK}jobs.py", f"{_SDK}connections.py"
_DERIVED = "tests/api/test_derived.py"
#: Where the UI has no field for something that few set.
_SHOWN = "Task › Settings shows it; setting it is left to programs and `--file`"

CHECKLIST: dict[str, list[Named]] = {
    "Actions": [
        Named("submit", "`POST /tasks`", "`task.submit()`", "`stoke run`, `stoke task create`", "New task", (f"{_TASKS}::a_submitted_task_runs_to_its_end",)),
        Named("submit many in one call", "`POST /tasks` with a list", "`submit_tasks()`", "`stoke task create --file` with a list", "a call of programs, not of people: New task makes one", (f"{_CONNECTIONS}::several_tasks_are_submitted_at_once",)),
        Named("wait", "`GET /tasks/{id}`", "`task.wait()`, `run()`", "`stoke run`, `stoke task wait`, `stoke task attach`", "Task › Overview, which is live", (f"{_TASKS}::waiting_ends_with_the_task_or_with_patience",)),
        Named("abort", "`POST /tasks/{id}/abort`", "`task.abort()`", "`stoke task stop`", "Task › Overview; many in Tasks", (f"{_TASKS}::a_task_is_aborted_once",)),
        Named("delete", "`DELETE /tasks/{id}`", "`task.delete()`", "`stoke task delete`; its buckets with `stoke bucket delete`", "Task › Overview; many in Tasks; buckets in Buckets", (f"{_TASKS}::a_deleted_task_is_gone_with_its_buckets_when_asked",)),
        Named("change tags and constants", "`PUT /tasks/{id}`", "`task.commit()`", "`stoke task update`, `stoke task update-constant`", "Task › Settings", (f"{_TASKS}::tags_and_constants_of_a_task_may_change",)),
        Named("refresh the inputs of what runs", "`PATCH /tasks/{id}`", "`task.update_resources()`", "`stoke task refresh`", "Task › Overview", (f"{_TASKS}::new_inputs_reach_an_instance_that_runs",), ("PATCH /tasks/{id}",)),
        Named("clone, with changes", "`POST /tasks/{id}/clone`", "the SDK has none", "`stoke task clone` with the options of `stoke run`", "Task › Overview", (_DERIVED,), ("POST /tasks/{id}/clone",)),
        Named("retry what failed; recover what failed or was cancelled; resume what was cancelled", "`POST /tasks/{id}/retry`, `/recover`, `/resume`", "the SDK has none", "`stoke task retry`, `recover`, `resume`, `restart`", "Task › Overview", (_DERIVED,), ("POST /tasks/{id}/retry", "POST /tasks/{id}/recover", "POST /tasks/{id}/resume")),
        Named("list, search, page by page", "`GET /tasks`, `POST /tasks/search`, `/paginate`", "`all_tasks()`, `tasks_page()`", "`stoke task list` with `--state`, `--tag`, `--name-prefix`, `--limit`, …", "Tasks", (f"{_CONNECTIONS}::tasks_are_listed_page_by_page", "tests/store/test_filters.py")),
    ],
    "Parameters": [
        Named("name, shortname", "`name`, `shortname`", "`task.name`, `shortname`", "`--name`, `--shortname` of `stoke run`", "New task", (f"{_SUBMISSIONS}::what_a_task_is_called_is_kept",)),
        Named("profile", "`profile`, `GET /profiles`", "`task.profile`, `profiles()`", "`--profile` of `stoke run`; `stoke profile list`, `show`", "New task; Profiles", (f"{_CONNECTIONS}::profiles_are_described",)),
        Named("labels", "`labels`, and in filters", "`task.labels`", "`--label` of `stoke run`, `stoke task list`", "New task; Task › Settings", (f"{_SUBMISSIONS}::what_a_task_is_called_is_kept", "tests/store/test_filters.py")),
    ],
    "State and metrics": [
        Named("the 11 states", "`state`, `previousState`", "`task.state`", "`stoke task show`, `stoke task list --state`", "Task › Overview; Tasks", ("tests/domain/test_states.py::test_the_eleven_states_are_spelled_as_clients_know_them", "tests/store/test_life.py")),
        Named("progress of download, execution and upload", "`status.downloadProgress`, `.executionProgress`, `.uploadProgress`", "`task.status`", "`stoke run`, `stoke task attach`; `stoke task show --select status.downloadProgress,…`", "Task › Overview", (f"{_TASKS}::the_status_of_an_ended_task_is_whole",)),
        Named("time of download, environment, execution and upload", "`status.downloadTime`, `.environmentTime`, `.executionTime`, `.uploadTime`, and in seconds", "`task.status`", "`stoke task show --select status.downloadTimeSec,…`", "Task › Overview", (f"{_TASKS}::the_status_of_an_ended_task_is_whole",)),
        Named("wall time", "`status.wallTime`, `.wallTimeSec`", "`task.wall_time`", "`stoke task show --select wallTime`", "Task › Overview", (f"{_TASKS}::a_task_tells_what_it_took",)),
        Named("number of running instances", "`runningInstanceCount`, `status.instanceCount`", "`task.running_instance_count`", "`stoke task show --select runningInstanceCount`, `stoke top`", "Task › Overview; Dashboard", (f"{_TASKS}::a_task_tells_what_runs_now",)),
        Named("execution time by machine and CPU model", "`status.executionTimeByMachineSpecification`, `.executionTimeByCpuModel`, `.executionTimeGhzByCpuModel`", "`task.status`", "`stoke task show --select status.executionTimeByMachineSpecification,status.executionTimeByCpuModel,status.executionTimeGhzByCpuModel`", "Task › Overview", ("tests/api/test_measures.py",)),
        Named("execution time by instance", "`status.executionTimeByInstanceId`", "the SDK reads `completed_instances`", "`stoke task instances`", "Task › Instances", ("tests/api/test_measures.py",), ("status.executionTimeByInstanceId",)),
        Named("ranges of instances: succeeded, executed, failed, cancelled, failed only, started once", "`status.succeededRange`, …", "`task.status`", "`stoke task show --select status.succeededRange,…`", "Task › Instances", (f"{_TASKS}::the_status_of_an_ended_task_is_whole",)),
    ],
    "Scaling": [
        Named("instance count", "`instanceCount`", "`task.instancecount`", "`--instances` of `stoke run`", "New task", (f"{_SUBMISSIONS}::what_a_task_is_called_is_kept",)),
        Named("advanced ranges", "`advancedRanges`", "`task.advanced_range`", "`--range` of `stoke run`", "New task", (f"{_SUBMISSIONS}::a_task_has_the_instances_that_its_range_names",)),
        Named("each instance knows its id", "`INSTANCE_ID`", "`task.constants`", "`'${INSTANCE_ID}'` in the command of `stoke run`", "New task, in the constants", (f"{_TASKS}::a_task_is_run_and_its_results_are_downloaded",)),
        Named("its id before each line of the merged output", "`/tasks/{id}/stdout`, `/stderr`", "`task.stdout()`, `fresh_stdout()`", "`stoke task logs`, `stderr`; `--instance` for one", "Task › Logs", (f"{_TASKS}::output_is_read_whole_and_by_instance",)),
    ],
    "Storage": [
        Named("input buckets, up to 100", "`resourceBuckets`", "`task.resources`", "`--input` of `stoke run`", "New task; Task › Files", (f"{_TASKS}::inputs_are_seen_by_instances", "tests/domain/test_rules.py")),
        Named("parts of input buckets", "`advancedResourceBuckets`", "`bucket.with_filtering()`, `with_resource_transformation()`", "`--input BUCKET/PREFIX/`", "New task", (f"{_BUCKETS}::an_instance_sees_what_a_prefix_lets_through",)),
        Named("result bucket, made when it is not there", "`resultBucket`", "`task.results`", "`--results`, `--output` of `stoke run`; `stoke task download`", "New task; Task › Files", (f"{_TASKS}::results_are_those_that_were_chosen",)),
        Named("prefix of results", "`resultsBucketPrefix`", "the SDK has none", "`--results BUCKET/PREFIX/`", "New task; Task › Settings", ("tests/api/test_work.py",)),
        Named("choice of results, with `${CONSTANT}`", "`resultsWhitelist`, `resultsBlacklist`", "`task.results_whitelist`, `results_blacklist`", "`--whitelist`, `--blacklist` of `stoke run`", "New task", (f"{_TASKS}::results_are_those_that_were_chosen",)),
    ],
    "Snapshots": [
        Named("one, now", "`POST /tasks/{id}/snapshot`", "`task.instant()`", "`stoke task snapshot`", "Task › Snapshots", (f"{_SNAPSHOTS}::an_instant_snapshot_stores_what_there_is",), ("POST /tasks/{id}/snapshot",)),
        Named("periodic", "`POST /tasks/{id}/snapshot/periodic`", "`task.snapshot()`", "`stoke task snapshot --every`; `--snapshot-every` of `stoke run`", "Task › Snapshots", (f"{_SNAPSHOTS}::periodic_snapshots_have_an_interval_and_stop",), ("POST /tasks/{id}/snapshot/periodic",)),
        Named("choice of files, at creation", "`snapshotWhitelist`, `snapshotBlacklist`", "`task.snapshot_whitelist`, `snapshot_blacklist`", "`--snapshot-whitelist`, `--snapshot-blacklist` of `stoke run`", "New task; Task › Settings", (f"{_SNAPSHOTS}::filters_of_a_task_are_those_of_its_snapshots",), ("POST /tasks/{id}/snapshot",)),
        Named("filters, bucket and prefix of one call", "`whitelist`, `blacklist`, `bucket`, `bucketPrefix`", "`task.instant(…)`", "`stoke task snapshot --whitelist --blacklist --bucket --prefix`", "Task › Snapshots", (f"{_SNAPSHOTS}::an_instant_snapshot_has_its_own_filters_and_bucket",), ("POST /tasks/{id}/snapshot",)),
    ],
    "Scheduling and billing": [
        Named("flex and on demand", "`schedulingType`", "`task.scheduling_type`", "`--scheduling` of `stoke run`", "New task", (f"{_SUBMISSIONS}::flex_and_on_demand_are_kept",)),
        Named("reserved machines", "`schedulingType`, `targetedReservedMachineKey`, `targetedReservationName`", "`task.targeted_reserved_machine_key`", "`--scheduling reserved`; which of them: `--machine-target`, `--reservation`", "New task", (f"{_SUBMISSIONS}::a_reserved_task_waits_for_its_machine",), ("schedulingType",)),
        Named("hardware constraints", "`hardwareConstraints`, `GET /hardware-constraints`", "`task.hardware_constraints`", "`--min-cores`, `--max-cores`, `--min-ram`, `--max-ram`, `--min-ram-core-ratio`, `--max-ram-core-ratio`, `--cpu-model`, `--machine`, `--gpu`, `--no-gpu`, `--ssd`, `--no-ssd` of `stoke run`; `stoke hardware list`", "New task; Nodes", (f"{_SUBMISSIONS}::a_task_asks_for_a_kind_of_node",), ("hardwareConstraints", "GET /hardware-constraints")),
        Named("what a task costs", "`GET /credits/v1/tasks/{id}/credits`", "`task.credits()`", "nothing has a price yet", "nothing has a price yet", ("tests/api/test_unbuilt.py",), ("GET /credits/v1/tasks/{id}/credits",)),
    ],
    "Behaviour on completion and failure": [
        Named("retries of the whole task, of each instance", "`retrySettings`", "`task.retry_settings`", "`--retries`, `--max-total-retries` of `stoke run`", "New task", (f"{_SUBMISSIONS}::a_program_is_tried_again_as_often_as_asked", "tests/store/test_life.py")),
        Named("results of a cancelled task", "`uploadResultsOnCancellation`", "`task.upload_results_on_cancellation`", "`--results-on-cancel` of `stoke run`", "New task; Task › Settings", (f"{_SUBMISSIONS}::results_of_a_cancelled_task_are_kept_when_asked",), ("uploadResultsOnCancellation",)),
        Named("making way when the quota of tasks is reached", "`autoDeleteOnCompletion`", "`task.auto_delete`", "`--auto-delete` of `stoke run`", "New task; Task › Settings", ("tests/store/test_room.py", f"{_SUBMISSIONS}::what_is_to_become_of_a_task_is_kept")),
        Named("life after completion", "`completionTimeToLive`", "`task.completion_ttl`", "`--ttl` of `stoke run`", "New task", (f"{_SUBMISSIONS}::an_ended_task_lives_as_long_as_asked",), ("completionTimeToLive",)),
        Named("lifetime of cached inputs", "`defaultResourcesCacheTTLSec`: kept and shown; the cache of a node keeps what fits", "`task.default_resources_cache_ttl_sec`", "`--cache-ttl` of `stoke run`", _SHOWN, (f"{_SUBMISSIONS}::what_is_to_become_of_a_task_is_kept",)),
    ],
    "Environment": [
        Named("constants, within their limits", "`constants`", "`task.constants`", "`--constant` of `stoke run`", "New task; Task › Settings", (f"{_SUBMISSIONS}::constants_reach_the_command_and_the_environment", "tests/domain/test_rules.py")),
        Named("secret constants", "`QARNOT_SECRET_…` in `constants`", "`task.constants`", "`--constant QARNOT_SECRET_…=…`", "New task; Task › Settings, without their values", (f"{_TASKS}::tags_and_constants_of_a_task_may_change", "tests/api/test_render.py::test_secrets_are_not_shown")),
        Named("privileges: credentials in the environment", "`privileges`", "`task.allow_credentials_to_be_exported_to_task_environment()`", "`--export-credentials` of `stoke run`", "New task; Task › Settings", (f"{_SUBMISSIONS}::a_program_may_speak_for_its_owner",), ("privileges.exportApiAndStorageCredentialsInEnvironment",)),
    ],
    "Pools and jobs": [
        Named("run in a pool", "`poolUuid`, `waitForPoolResourcesSynchronization`", "`create_task(…, pool)`", "there are no pools yet", "there are no pools yet", ("tests/api/test_unbuilt.py",), ("poolUuid", "POST /pools")),
        Named("run in a job", "`jobUuid`, `POST /jobs`", "`create_task(…, job=job)`", "`--job` of `stoke run`; `stoke job create`", "New task; Jobs", (f"{_JOBS}::a_job_knows_its_tasks",), ("jobUuid", "POST /jobs")),
        Named("wait for other tasks of the job", "`dependencies`", "`task.set_task_dependencies_from_tasks()`, …", "`--after` of `stoke run`", "New task; Job, where the graph is drawn", (f"{_JOBS}::a_task_begins_when_those_it_depends_on_have_ended",), ("dependencies",)),
        Named("wait for how other tasks end", "`dependencies.advancedDependsOn`", "`task.set_task_advanced_dependencies()`", "`dependencies.advancedDependsOn` in a `--file`", "New task; Job, where the graph is drawn", (f"{_JOBS}::a_task_depends_on_how_others_end",), ("dependencies",)),
    ],
}  # fmt: skip


def _unbuilt() -> set[str]:
    operations = {operation for capability in CAPABILITIES for operation in capability.operations}
    told = {f"status.{field}" for field in Status.__struct_encode_fields__}
    asked = {need for rows in CHECKLIST.values() for row in rows for need in row.needs}
    return operations | set(FIELDS) | {need for need in asked if need.startswith("status.")} - told


def render() -> str:
    """The section of the page."""
    parts = [f"### {title}\n\n{_HEAD}{''.join(map(_row, rows))}\n" for title, rows in CHECKLIST.items()]
    return _INTRODUCTION + "".join(parts)


def _row(row: Named) -> str:
    proof = ", ".join(f"`{test}`" for test in row.tests) if row.built else "not built yet"
    return f"| {row.name} | {row.api} | {row.sdk} | {row.cli} | {row.ui} | {proof} |\n"


_HEAD = "| capability | API | SDK | CLI | UI | proof |\n|---|---|---|---|---|---|\n"

_INTRODUCTION = """## What a task can do

Everything that the vendor's page about tasks names. "CLI" is our own command line, with [every option](cli.md); "UI" is
the place in the browser. A proof is a test, or a row of the table that drives the SDK (`tests/sdk`).

"""
