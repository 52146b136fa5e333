from tests.cli.conftest import Stoke


def test_what_there_is_is_listed(stoke: Stoke) -> None:
    assert "docker-batch" in stoke("profile", "list").stdout
    assert "docker-batch" in stoke("profile", "ls", "--format", "json").stdout
    stoke("profile", "show", "no-such", expect=5)


def test_the_constants_of_a_profile_are_shown(stoke: Stoke) -> None:
    assert "DOCKER_CMD" in stoke("profile", "show", "docker-batch").stdout
    assert "DOCKER_CMD" in stoke("profile", "show", "docker-batch", "--format", "json").stdout
