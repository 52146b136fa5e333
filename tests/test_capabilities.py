"""What the page of capabilities says of the doors is compared with the doors."""

import re
from itertools import chain

import click
from msgspec.structs import fields

from scripts import commands
from scripts.capabilities import JOBS, STORAGE, TASKS
from scripts.checklist import CHECKLIST
from stokehold.api.answers import Task
from stokehold.api.progress import Status
from stokehold.cli.main import stoke

ROWS = [*chain(*CHECKLIST.values()), *TASKS, *JOBS, *STORAGE]
TOLD = "\n".join(row.cli for row in ROWS)


def test_no_door_is_passed_over_in_silence() -> None:
    assert [row.name for row in ROWS if not (row.cli and row.ui)] == []
    assert [row.name for rows in CHECKLIST.values() for row in rows if not (row.api and row.sdk)] == []


def test_the_commands_exist() -> None:
    named = set(re.findall(r"`stoke ([a-z ]+)", TOLD))
    assert named
    assert {words for words in named if not is_command(words)} == set()


def test_the_options_exist() -> None:
    named = set(re.findall(r"--[a-z-]+", TOLD))
    assert {option for option in named if f" {option}" not in commands.PAGE.read_text()} == set()


def test_the_fields_that_are_selected_are_shown() -> None:
    named = set(chain(*(text.split(",") for text in re.findall(r"task show --select ([\w.,]+)", TOLD))))
    assert {name for name in named if name and not is_shown(name)} == set()


def is_command(words: str) -> bool:
    command: click.Command | None = stoke
    for word in words.split():
        if not isinstance(command, click.Group):
            return False
        command = command.get_command(click.Context(command), word)
    return command is not None


def is_shown(field: str) -> bool:
    first, _, second = field.partition(".")
    return _has(Task, first) and (not second or _has(Status, second))


def _has(struct: type, name: str) -> bool:
    return any(field.encode_name == name for field in fields(struct))
