import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from stokehold.cli.creation import described_parameters, describing, where
from stokehold.client.errors import BadInput


def description(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    @click.command()
    @describing
    def command(described: dict[str, Any]) -> None:
        found.update(described)

    done = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return found


def test_options_become_what_the_sdk_takes() -> None:
    found = description(
        "-n", "x", "-i", "3", "-c", "A=b=c", "--max-queue", "9", "--min-cores", "2", "-t", "u"
    )
    assert (found["name"], found["instances"], found["constants"], found["tags"]) == (
        "x",
        "3",
        {"A": "b=c"},
        ("u",),
    )
    assert found["maxTimeQueueSeconds"] == 9
    assert found["hardwareConstraints"] == [
        {"discriminator": "MinimumCoreHardwareConstraint", "coreCount": 2}
    ]


def test_a_file_gives_what_options_do_not(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    told = {
        "Name": "file",
        "Range": "1-3",
        "Constants": ["A=1", "B=2"],
        "Result": "out",
        "maxTimeQueueSeconds": 5,
    }
    path.write_text(json.dumps(told))
    found = description("-f", str(path), "-c", "B=3")
    assert (found["name"], found["instances"], found["results"]) == ("file", "1-3", "out")
    assert found["constants"] == {"A": "1", "B": "3"}
    assert found["maxTimeQueueSeconds"] == 5


def test_options_win_over_a_file(tmp_path: Path) -> None:
    path = tmp_path / "task.json"
    told = {
        "name": "file",
        "jobUuid": "file",
        "resultBucket": "file",
        "resultsBucketPrefix": "file/",
        "tags": ["file"],
    }
    path.write_text(json.dumps(told))
    found = description("-f", str(path), "--job", "j", "--results", "r", "-t", "t", "-n", "n")
    assert (found["name"], found["job"], found["results"], found["tags"]) == ("n", "j", "r", ("t",))
    assert not {"jobUuid", "resultBucket", "resultsBucketPrefix"} & found.keys()  # a field wins over a word


def test_what_is_a_folder_here_is_meant_as_one(tmp_path: Path) -> None:
    assert where(str(tmp_path)) == tmp_path
    assert where("bucket/prefix/") == "bucket/prefix/"
    assert where("s3://bucket") == "bucket"
    with pytest.raises(BadInput):
        where("./no-such")


def test_no_two_options_share_a_name() -> None:
    names = [name for option in described_parameters() for name in option.opts]
    assert len(names) == len(set(names))
