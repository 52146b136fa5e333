import pytest

from stokehold.client.errors import BadInput
from stokehold.client.submission import Mount, body, default_name, line


def constants(told: dict[str, list[dict[str, str]]]) -> dict[str, str]:
    return {one["key"]: one["value"] for one in told["constants"]}


def test_words_are_quoted_as_the_server_splits_them() -> None:
    assert line(["python", "a b.py", "${INSTANCE_ID}"]) == "python 'a b.py' ${INSTANCE_ID}"
    assert line("as it is") == "as it is"


def test_instances_are_a_number_or_ranges() -> None:
    assert body("true", instances=3)["instanceCount"] == 3
    assert body("true", instances="1-3, 7")["advancedRanges"] == "1-3, 7"
    for wrong in (0, -1, "", "a", "1-"):
        with pytest.raises(BadInput):
            body("true", instances=wrong)


@pytest.mark.parametrize(
    ("image", "repo", "tag"),
    [("debian", "debian", "latest"), ("a/b:1", "a/b", "1"), ("host:5000/a", "host:5000/a", "latest")],
)
def test_an_image_is_a_repository_and_a_tag(image: str, repo: str, tag: str) -> None:
    found = constants(body("true", image=image))
    assert (found["DOCKER_REPO"], found["DOCKER_TAG"]) == (repo, tag)


def test_a_mount_strips_its_prefix() -> None:
    assert Mount.parse("b/p/q/").body()["resourcesTransformation"] == {"stripPrefix": {"prefix": "p/q/"}}
    assert Mount.parse("b").body() == {"bucketName": "b"}


def test_what_is_not_said_is_not_sent() -> None:
    assert set(body("true")) == {"name", "profile", "constants", "advancedResourceBuckets", "instanceCount"}


def test_a_task_without_a_name_is_called_after_its_program() -> None:
    assert default_name("python sim.py 3") == "sim.py"
    assert default_name(["/usr/bin/env", "x"]) == "env"
    assert default_name(None) == "task"


def test_a_task_of_a_pool_has_the_profile_of_the_pool() -> None:
    assert body("true", more={"poolUuid": "p"})["profile"] is None


def test_parts_of_buckets_stand_before_what_is_mounted() -> None:
    told = body("true", inputs=[Mount("b")], more={"advancedResourceBuckets": [{"bucketName": "a"}]})
    assert [one["bucketName"] for one in told["advancedResourceBuckets"]] == ["a", "b"]
