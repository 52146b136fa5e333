import pytest

from stokehold.domain.errors import Invalid
from stokehold.domain.profile import PROFILES, find


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
