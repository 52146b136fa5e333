"""DOCKER_CMD as an argument list; the environment of an instance."""

import shlex

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stokehold.domain.command import BadCommand, command, environment, split
from tests.domain.effort import calls


def environ(constants: dict[str, str]) -> dict[str, str]:
    return environment(constants, 3, 8, job="/job", tmp="/tmp", ram="/dev/shm")


@pytest.mark.parametrize(
    ("docker_cmd", "expected"),
    [
        ("echo hello from ${INSTANCE_ID}", ["echo", "hello", "from", "3"]),
        ("echo $INSTANCE_ID", ["echo", "$INSTANCE_ID"]),
        ('sh -c "echo ${INSTANCE_ID} > $OUT"', ["sh", "-c", "echo 3 > $OUT"]),
        ("sh -c 'for i in 1 2; do echo ${i}; done'", ["sh", "-c", "for i in 1 2; do echo ${i}; done"]),
        ("'python3 main.py && h5repack a b'", ["python3 main.py && h5repack a b"]),
        (" World", ["World"]),
        ('run "${TWO_WORDS}"', ["run", "a b"]),
        ("run ${TWO_WORDS}", ["run", "a", "b"]),
        ("run ''", ["run", ""]),
        ("", []),
        (" \n", []),
    ],
)
def test_references_are_replaced_before_the_words_are_split(docker_cmd: str, expected: list[str]) -> None:
    assert command(environ({"DOCKER_CMD": docker_cmd, "TWO_WORDS": "a b"})) == expected
    assert command({"DOCKER_CMD": docker_cmd, "TWO_WORDS": "a b", "INSTANCE_ID": "3"}) == expected


def test_no_command_at_all_means_the_image_decides() -> None:
    assert command({}) == []


@given(st.text("ab \t\n\"'\\$#é\x0b\xa0", max_size=30))
@example("a\x0bb\xa0c'd'")
def test_words_are_split_as_the_standard_library_splits_them(text: str) -> None:
    try:
        expected = shlex.split(text)
    except ValueError:
        with pytest.raises(BadCommand):
            split(text)
    else:
        assert split(text) == expected


@given(st.lists(st.text(max_size=20), max_size=5))
def test_what_shlex_joins_comes_back(words: list[str]) -> None:
    assert split(shlex.join(words)) == words


@pytest.mark.parametrize("docker_cmd", ['echo "never closed', "echo it's", "echo \\", "echo ${OPEN}"])
def test_a_command_with_broken_quotes_ends_with_its_own_fault(docker_cmd: str) -> None:
    with pytest.raises(BadCommand) as caught:
        command({"DOCKER_CMD": docker_cmd, "OPEN": "'"})
    assert caught.value.failure.code == "STK1004"
    assert "quote" in caught.value.failure.message


def test_every_variable_of_the_contract_is_there() -> None:
    assert environ({"MINE": "x ${INSTANCE_ID}/${INSTANCE_COUNT}", "INSTANCE_ID": "999"}) == {
        "MINE": "x 3/8",
        "INSTANCE_ID": "3",
        "INSTANCE_COUNT": "8",
        "FRAME_ID": "3",
        "QRANK": "3",
        "QSIZE": "8",
        "TASK_PATH": "/job",
        "QARNOT_RESOURCES_DIRECTORY": "/job",
        "QARNOT_RESULTS_DIRECTORY": "/job",
        "TMP_PATH": "/tmp",
        "TMP_RAMFS_PATH": "/dev/shm",
        "STOKEHOLD_PROGRESS_FILE": "/tmp/.stokehold-progress",
    }


@pytest.mark.parametrize("constants", [{"A": "x\0y"}, {"A=B": "x"}, {"": "x"}, {"A\0": "x"}])
def test_what_no_program_can_be_given_is_refused_by_name(constants: dict[str, str]) -> None:
    with pytest.raises(BadCommand) as caught:
        environ(constants)
    assert caught.value.failure.code == "STK1004"


def test_constants_that_explode_are_the_tasks_failure() -> None:
    bomb = {f"K{i}": f"${{K{i + 1}}}" * 10 for i in range(9)} | {"K9": "boom"}
    with pytest.raises(BadCommand):
        environ(bomb)
    with pytest.raises(BadCommand):
        command(bomb | {"DOCKER_CMD": "echo ${K0}"})


def test_the_environment_and_command_of_an_instance_are_cheap() -> None:
    """They are made for every instance, more than a thousand times a second."""
    constants = {
        "DOCKER_REPO": "library/ubuntu",
        "DOCKER_TAG": "latest",
        "DOCKER_CMD": 'sh -c "echo hello from ${INSTANCE_ID} of ${INSTANCE_COUNT}"',
    }
    command(environ(constants))  # what is compiled is kept
    assert calls(lambda: command(environ(constants))) < 60
    plain = {f"K{number}": "value" for number in range(1000)}
    assert calls(lambda: command(environ(constants | plain))) < 60, "however many constants there are"
