"""Rows of `Task`: what is set before it is submitted."""

import pytest
from qarnot.exceptions import QarnotGenericException, UnauthorizedException
from qarnot.forced_constant import ForcedConstant
from qarnot.hardware_constraint import MinimumCoreHardware
from qarnot.privileges import Privileges
from qarnot.retry_settings import RetrySettings
from qarnot.scheduling_type import FlexScheduling, OnDemandScheduling, ReservedScheduling
from qarnot.secrets import Secrets, SecretsAccessRights

from tests.sdk.buckets import keys
from tests.sdk.table import Ground, proves
from tests.system.cluster import TASK_S
from tests.waiting import wait_until


@proves("Task.name", "Task.shortname", "Task.profile", "Task.instancecount", "Task.labels")
def what_a_task_is_called_is_kept(ground: Ground) -> None:
    task = ground.sdk.create_task("first")
    task.name, task.shortname, task.profile, task.instancecount = "second", "sdk-short", "docker-batch", 3
    task.labels = {"team": "sdk"}
    task.constants["DOCKER_CMD"] = "true"
    task.submit()
    again = ground.again(task)
    assert (again.name, again.shortname, again.profile) == ("second", "sdk-short", "docker-batch")
    assert (again.instancecount, again.labels) == (3, {"team": "sdk"})
    with pytest.raises(AttributeError):
        again.name = "third"


@proves("Task.advanced_range")
def a_task_has_the_instances_that_its_range_names(ground: Ground) -> None:
    task = ground.sdk.create_task("ranged", "docker-batch", 0)
    task.advanced_range = "2-3,9"
    task.constants["DOCKER_CMD"] = "echo ${INSTANCE_ID}"
    task.submit()
    assert sorted(ground.server.ended(task).stdout().split()) == ["2", "2>", "3", "3>", "9", "9>"]
    assert ground.again(task).advanced_range == "2-3,9"


@proves("Task.constants")
def constants_reach_the_command_and_the_environment(ground: Ground) -> None:
    task = ground.server.task("sh -c 'echo ${WORD} $OTHER'", WORD="one", OTHER="${WORD}-two")
    task.submit()
    assert ground.server.ended(task).stdout() == "0> one one-two\n"
    task = ground.server.task("true")
    task.constants = {"DOCKER_CMD": "echo set"}
    task.submit()
    assert ground.server.ended(task).stdout() == "0> set\n"


@proves("Task.tags")
def tags_are_kept(ground: Ground) -> None:
    task = ground.server.task("true")
    task.tags = ["a", "b"]
    task.submit()
    assert sorted(ground.again(task).tags) == ["a", "b"]


@proves("Task.retry_settings")
def a_program_is_tried_again_as_often_as_asked(ground: Ground) -> None:
    task = ground.server.task("sh -c 'echo try; false'")
    task.retry_settings = RetrySettings(maxTotalRetries=5, maxPerInstanceRetries=2)
    task.submit()
    again = ground.again(ground.server.ended(task))
    assert (again.retry_settings._maxTotalRetries, again.retry_settings._maxPerInstanceRetries) == (5, 2)
    assert again.state == "Failure"
    assert again.completed_instances[0].execution_attempt_count == 3


@proves("Task.scheduling_type")
def flex_and_on_demand_are_kept(ground: Ground) -> None:
    for chosen in (FlexScheduling(), OnDemandScheduling()):
        task = ground.server.task("true")
        task.scheduling_type = chosen
        task.submit()
        assert ground.server.ended(task).state == "Success"
        assert type(ground.again(task).scheduling_type) is type(chosen)


@proves("Task.targeted_reserved_machine_key", "Task.targeted_reservation_name", needs=("schedulingType",))
def a_reserved_task_waits_for_its_machine(ground: Ground) -> None:
    task = ground.server.task("true")
    task.scheduling_type = ReservedScheduling()
    task.targeted_reservation_name = "no-such-reservation"
    task.submit()
    again = ground.again(task)
    assert again.targeted_reservation_name == "no-such-reservation"
    assert again.state == "Submitted"
    task.delete()
    by_key = ground.server.task("true")
    by_key.scheduling_type = ReservedScheduling()
    by_key.targeted_reserved_machine_key = "no-such-machine"
    by_key.submit()
    assert ground.again(by_key).targeted_reserved_machine_key == "no-such-machine"
    by_key.delete()


@proves("Task.hardware_constraints", needs=("hardwareConstraints",))
def a_task_asks_for_a_kind_of_node(ground: Ground) -> None:
    task = ground.server.task("true")
    task.hardware_constraints = [MinimumCoreHardware(1)]
    task.submit()
    assert ground.server.ended(task).state == "Success"
    (kept,) = ground.again(task).hardware_constraints
    assert kept.to_json() == MinimumCoreHardware(1).to_json()
    impossible = ground.server.task("true")
    impossible.hardware_constraints = [MinimumCoreHardware(100_000)]
    with pytest.raises(QarnotGenericException, match="hardware constraint"):
        impossible.submit()


@proves("Task.constraints", needs=("constraints",))
def constraints_of_old_are_refused_with_advice(ground: Ground) -> None:
    task = ground.server.task("true")
    task.constraints = {"KEY": "value"}
    with pytest.raises(QarnotGenericException, match="use hardwareConstraints"):
        task.submit()


@proves("Task.forced_constants", needs=("forcedConstants",))
def a_forced_constant_needs_permission(ground: Ground) -> None:
    task = ground.server.task("sh -c 'echo $FORCED'")
    task.forced_constants = {"FORCED": ForcedConstant("value", force_export_in_environment=True)}
    try:
        task.submit()
    except UnauthorizedException as error:
        assert "forced" in str(error).lower()  # noqa: PT017 # this account may, or may not
    else:
        assert ground.server.ended(task).stdout() == "0> value\n"


@proves(
    "Task.privileges",
    "Task.allow_credentials_to_be_exported_to_task_environment",
    needs=("privileges.exportApiAndStorageCredentialsInEnvironment",),
)
def a_program_may_speak_for_its_owner(ground: Ground) -> None:
    task = ground.server.task("sh -c 'echo ${QARNOT_CLUSTER_URL:+url} ${QARNOT_CLIENT_TOKEN:+token}'")
    task.privileges = Privileges()
    task.allow_credentials_to_be_exported_to_task_environment()
    task.submit()
    assert ground.server.ended(task).stdout() == "0> url token\n"
    assert ground.again(task).privileges._exportApiAndStorageCredentialsInEnvironment is True


@proves("Task.secrets_access_rights", needs=("PUT /secrets-manager/data/{key...}", "secretsAccessRights"))
def a_program_may_read_the_secrets_that_it_is_given(ground: Ground) -> None:
    Secrets(ground.sdk).create_secret("sdk/password", "open sesame")
    task = ground.server.task("true")
    rights = SecretsAccessRights()
    rights.add_secret_by_key("sdk/password")
    rights.add_secret_by_prefix("sdk/")
    task.secrets_access_rights = rights
    task.submit()
    assert ground.again(task).secrets_access_rights.to_json() == rights.to_json()


@proves(
    "Task.auto_delete", "Task.default_resources_cache_ttl_sec", "Task.wait_for_pool_resources_synchronization"
)
def what_is_to_become_of_a_task_is_kept(ground: Ground) -> None:
    task = ground.server.task("true")
    task.auto_delete, task.default_resources_cache_ttl_sec = True, 3600
    task.wait_for_pool_resources_synchronization = False
    task.submit()
    again = ground.again(task)
    assert again.auto_delete is True
    assert again.default_resources_cache_ttl_sec == 3600
    assert again.wait_for_pool_resources_synchronization is False


@proves("Task.completion_ttl", needs=("completionTimeToLive",))
def an_ended_task_lives_as_long_as_asked(ground: Ground) -> None:
    task, brief = ground.server.task("true"), ground.server.task("true")
    task.completion_ttl, brief.completion_ttl = "1.00:00:00", "00:00:01"
    task.submit()
    brief.submit()
    assert ground.server.ended(task).completion_ttl == "1.00:00:00"
    path = f"/tasks/{brief.uuid}"
    wait_until(lambda: ground.sdk._get(path).status_code == 404, TASK_S, "the task is forgotten")
    assert ground.again(task).state == "Success"


@proves("Task.max_time_queue_seconds", needs=("maxTimeQueueSeconds",))
def a_task_waits_no_longer_than_asked(ground: Ground) -> None:
    task = ground.server.task("true")
    task.max_time_queue_seconds = 3600
    task.submit()
    assert ground.server.ended(task).state == "Success"
    assert ground.again(task).max_time_queue_seconds == 3600


@proves("Task.upload_results_on_cancellation", needs=("uploadResultsOnCancellation",))
def results_of_a_cancelled_task_are_kept_when_asked(ground: Ground) -> None:
    with ground.waiting("echo half >partial.txt") as waiting:
        task = waiting.task
        task.results, task.upload_results_on_cancellation = ground.server.bucket(), True
        waiting.begin()
        task.abort()
        assert ground.server.ended(task).state == "Cancelled"
    assert ground.again(task).upload_results_on_cancellation is True
    assert keys(task.results) == ["partial.txt"]
