import pytest

from stokehold.domain.constants import resolve
from stokehold.domain.errors import Invalid
from stokehold.domain.profile import PROFILES, find
from stokehold.domain.task import ForcedConstant, KeyValue, Spec


def test_only_the_network_profile_reaches_the_outside() -> None:
    assert {name: profile.network for name, profile in PROFILES.items()} == {
        "docker-batch": False,
        "docker-network": True,
    }


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_without_constants_of_its_own_runs_ubuntu(name: str) -> None:
    defaults = {constant.name: constant.value for constant in find(name).constants}
    assert defaults["DOCKER_REPO"] == "library/ubuntu"
    assert defaults["DOCKER_TAG"] == "latest"
    assert defaults["DOCKER_CMD"] == ""


def test_an_unknown_profile_names_the_field_and_the_profiles_there_are() -> None:
    with pytest.raises(Invalid, match=r"^profile: .*'blender'.*docker-batch"):
        find("blender")


def test_a_secret_stands_in_for_the_profiles_constant_of_its_name() -> None:
    spec = Spec(
        name="n",
        constants=[
            KeyValue("QARNOT_SECRET__DOCKER_TAG", "[SECRET]"),
            KeyValue("QARNOT_SECRET_MINE", "[SECRET]"),
        ],
    )
    merged = PROFILES["docker-batch"].merged(spec, {"QARNOT_SECRET__DOCKER_TAG": "12"})
    assert resolve(merged)["DOCKER_TAG"] == "12"
    assert "MINE" not in merged


@pytest.mark.parametrize(
    "name", ["DOCKER_REGISTRY_PASSWORD", "DOCKER_REGISTRY_LOGIN", "DOCKER_USER", "DOCKER_CMD"]
)
@pytest.mark.parametrize("prefix", ["QARNOT_SECRET_", "QARNOT_SECRET__"])
def test_what_runtimes_understand_may_be_secret(name: str, prefix: str) -> None:
    spec = Spec(name="n", constants=[KeyValue(prefix + name, "[SECRET]"), KeyValue(name, "")])
    merged = PROFILES["docker-batch"].merged(spec, {prefix + name: "hunter2"})
    assert resolve(merged)[name] == "hunter2"


def test_a_value_of_the_tasks_own_wins_over_a_secret_of_that_name() -> None:
    spec = Spec(
        name="n", constants=[KeyValue("QARNOT_SECRET__DOCKER_TAG", "[SECRET]"), KeyValue("DOCKER_TAG", "11")]
    )
    assert PROFILES["docker-batch"].merged(spec, {"QARNOT_SECRET__DOCKER_TAG": "12"})["DOCKER_TAG"] == "11"


def test_what_is_forced_wins_over_everything() -> None:
    spec = Spec(
        name="n",
        constants=[KeyValue("DOCKER_TAG", "11"), KeyValue("QARNOT_SECRET_A", "[SECRET]")],
        forced_constants=[ForcedConstant("DOCKER_TAG", "9"), ForcedConstant("QARNOT_SECRET_A", "[SECRET]")],
    )
    secrets = {"QARNOT_SECRET_A": "own", "forced/QARNOT_SECRET_A": "forced"}
    merged = PROFILES["docker-batch"].merged(spec, secrets)
    assert (merged["DOCKER_TAG"], merged["QARNOT_SECRET_A"]) == ("9", "forced")
