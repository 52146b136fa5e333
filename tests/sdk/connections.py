"""Rows of `Connection`."""

from itertools import islice

import pytest
from qarnot.exceptions import (
    MissingJobException,
    MissingProfileException,
    MissingTaskException,
    QarnotGenericException,
)
from qarnot.hardware_constraint import CpuModelHardware, HardwareConstraint

from tests.sdk.table import Ground, proves


@proves("Connection.user_info")
def who_asks_is_told(ground: Ground) -> None:
    info = ground.sdk.user_info
    assert info.email == "admin@stokehold.local"
    before = info.task_count
    ground.server.run("true")
    assert ground.sdk.user_info.task_count >= before + 1
    assert info.computing_quotas.user.flex.max_instances >= 1


@proves("Connection.s3client", "Connection.s3resource")
def storage_is_reached_through_boto(ground: Ground) -> None:
    name = ground.server.bucket().uuid
    ground.sdk.s3client.put_object(Bucket=name, Key="a", Body=b"x")
    assert [item.key for item in ground.sdk.s3resource.Bucket(name).objects.all()] == ["a"]


@proves("Connection.create_bucket", "Connection.buckets", "Connection.retrieve_bucket")
def buckets_are_made_and_found(ground: Ground) -> None:
    made = ground.sdk.create_bucket("sdk-made")
    assert made in ground.sdk.buckets()
    assert ground.sdk.retrieve_bucket("sdk-made") == made
    with pytest.raises(Exception, match="404"):
        ground.sdk.retrieve_bucket("sdk-never-made")


@proves("Connection.retrieve_or_create_bucket")
def a_bucket_is_made_once(ground: Ground) -> None:
    first = ground.sdk.retrieve_or_create_bucket("sdk-once")
    first.add_string("x", "kept")
    assert [item.key for item in ground.sdk.retrieve_or_create_bucket("sdk-once").list_files()] == ["kept"]


@proves("Connection.create_task", "Connection.retrieve_task")
def a_task_is_found_by_uuid_and_by_shortname(ground: Ground) -> None:
    task = ground.sdk.create_task("made", "docker-batch", 2, "sdk-made-task")
    task.constants["DOCKER_CMD"] = "true"
    task.submit()
    assert ground.sdk.retrieve_task(task.uuid).shortname == "sdk-made-task"
    assert ground.sdk.retrieve_task("sdk-made-task").uuid == task.uuid
    with pytest.raises(MissingTaskException):
        ground.sdk.retrieve_task("11111111-2222-3333-4444-555555555555")


@proves("Connection.submit_tasks")
def several_tasks_are_submitted_at_once(ground: Ground) -> None:
    many = [ground.server.task("true") for _ in range(20)]
    ground.sdk.submit_tasks(many)
    assert len({task.uuid for task in many}) == 20
    assert {ground.server.ended(task).state for task in many} == {"Success"}


@proves("Connection.submit_tasks")
def of_several_the_good_ones_are_submitted(ground: Ground) -> None:
    good, bad = ground.server.task("true"), ground.server.task("true", 0)
    with pytest.raises(QarnotGenericException, match="400"):
        ground.sdk.submit_tasks([good, bad])
    assert bad.uuid is None
    assert ground.server.ended(good).state == "Success"


@proves("Connection.tasks", "Connection.all_tasks")
def tasks_are_listed_by_tags(ground: Ground) -> None:
    for tags in (["sdk-a"], ["sdk-a", "sdk-b"], ["sdk-c"]):
        task = ground.server.task("true")
        task.tags = tags
        task.submit()
    assert len(ground.sdk.tasks(tags=["sdk-a", "sdk-c"])) == 3
    assert len(ground.sdk.tasks(tags_intersect=["sdk-a", "sdk-b"])) == 1
    assert len(list(ground.sdk.all_tasks(tags=["sdk-a"]))) == 2
    everything = {task.uuid for task in ground.sdk.all_tasks()}
    assert {task.uuid for task in ground.sdk.all_tasks(summary=False, tags=["sdk-a"])} < everything


@proves("Connection.tasks_page")
def tasks_are_listed_page_by_page(ground: Ground) -> None:
    for _ in range(5):
        task = ground.server.task("true")
        task.tags = ["sdk-paged"]
        task.submit()
    seen, token = [], None
    for size in (2, 2, 1):
        page = ground.sdk.tasks_page(token, 2, tags=["sdk-paged"])
        assert len(page.page_data) == size
        assert page.is_truncated == (size == 2)
        seen += [task.uuid for task in page.page_data]
        token = page.next_token
    assert len(set(seen)) == 5
    assert len(ground.sdk.tasks_page(maximum=3).page_data) == 3


@proves("Connection.profiles_names", "Connection.profiles", "Connection.profile_details")
def profiles_are_described(ground: Ground) -> None:
    assert "docker-batch" in ground.sdk.profiles_names()
    assert "docker-batch" in {profile.name for profile in ground.sdk.profiles()}
    assert "DOCKER_CMD" in dict(ground.sdk.profile_details("docker-batch").constants)
    assert ground.sdk.profile_details("no-such-profile") is None


@proves("Connection.retrieve_profile")
def an_unknown_profile_is_missing(ground: Ground) -> None:
    assert ground.sdk.retrieve_profile("docker-batch").name == "docker-batch"
    with pytest.raises(MissingProfileException):
        ground.sdk.retrieve_profile("no-such-profile")


@proves("Connection.create_job", "Connection.retrieve_job", needs=("POST /jobs", "GET /jobs/{id}"))
def a_job_is_found_by_uuid_and_by_shortname(ground: Ground) -> None:
    job = ground.sdk.create_job("made", shortname="sdk-made-job")
    job.submit()
    assert ground.sdk.retrieve_job(job.uuid).name == "made"
    assert ground.sdk.retrieve_job("sdk-made-job").uuid == job.uuid
    with pytest.raises(MissingJobException):
        ground.sdk.retrieve_job("11111111-2222-3333-4444-555555555555")


@proves("Connection.jobs", "Connection.all_jobs", needs=("POST /jobs", "POST /jobs/paginate"))
def jobs_are_listed_by_tags(ground: Ground) -> None:
    for tags in (["sdk-ja"], ["sdk-ja", "sdk-jb"], ["sdk-jc"]):
        job = ground.sdk.create_job("listed")
        job.tags = tags
        job.submit()
    assert len(ground.sdk.jobs(tags=["sdk-ja", "sdk-jc"])) == 3
    assert len(ground.sdk.jobs(tags_intersect=["sdk-ja", "sdk-jb"])) == 1
    assert len(list(ground.sdk.all_jobs())) >= 3


@proves("Connection.jobs_page", needs=("POST /jobs", "POST /jobs/paginate"))
def jobs_are_listed_page_by_page(ground: Ground) -> None:
    for _ in range(3):
        job = ground.sdk.create_job("paged")
        job.tags = ["sdk-jpaged"]
        job.submit()
    first = ground.sdk.jobs_page(maximum=2, tags=["sdk-jpaged"])
    second = ground.sdk.jobs_page(first.next_token, 2, tags=["sdk-jpaged"])
    assert (first.is_truncated, second.is_truncated) == (True, False)
    assert len({job.uuid for job in [*first.page_data, *second.page_data]}) == 3


@proves(
    "Connection.all_hardware_constraints",
    "Connection.hardware_constraints_page",
    needs=("GET /hardware-constraints",),
)
def the_catalogue_of_hardware_is_listed(ground: Ground) -> None:
    page = ground.sdk.hardware_constraints_page(limit=1)
    assert len(page.page_data) == 1
    assert page.total >= 1
    some = list(islice(ground.sdk.all_hardware_constraints(), 200))
    assert len(some) == min(page.total, 200)
    assert all(isinstance(one, HardwareConstraint) for one in some)


@proves(
    "Connection.search_cpu_model_constraints",
    needs=("GET /hardware-constraints/cpu-model-constraints/search", "GET /hardware-constraints"),
)
def models_of_cpu_are_searched(ground: Ground) -> None:
    assert ground.sdk.search_cpu_model_constraints("no such model of cpu") == []
    known = [one for one in ground.sdk.all_hardware_constraints() if isinstance(one, CpuModelHardware)]
    for model in known[:1]:
        found = ground.sdk.search_cpu_model_constraints(model._cpu_model)
        assert [one._cpu_model for one in found][:1] == [model._cpu_model]


@proves("Connection.get_user_computing_quotas", needs=("GET /quotas/computing-quotas/user",))
def quotas_of_the_user_are_told(ground: Ground) -> None:
    quotas = ground.sdk.get_user_computing_quotas()
    assert quotas.flex.max_instances >= quotas.flex.running_instances_count
    assert quotas.on_demand.max_cores >= 0


@proves("Connection.get_organization_computing_quotas", needs=("GET /quotas/computing-quotas/organization",))
def quotas_of_an_organisation_are_told_to_its_members(ground: Ground) -> None:
    answer = ground.sdk._get("/quotas/computing-quotas/organization")
    if answer.status_code == 404:  # an account without organisation: the SDK documents a plain error
        with pytest.raises(QarnotGenericException):
            ground.sdk.get_organization_computing_quotas()
        return
    assert ground.sdk.get_organization_computing_quotas().flex.max_instances >= 0
