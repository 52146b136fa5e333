import io

import pytest
from rich.console import Console

from stokehold.client import looks
from stokehold.client.facts import Error, Status, TaskFacts

TASK = TaskFacts(
    uuid="u",
    name="<n>",
    state="Failure",
    progress=100,
    total_instance_count=2,
    errors=[Error(code="STK1001", message="It broke.")],
    status=Status(failed_only_range="1"),
)


def test_a_notebook_gets_a_card_without_markup_of_the_user() -> None:
    assert "&lt;n&gt;" in looks.html(TASK)
    assert "STK1001" in looks.html(TASK)


def test_the_story_names_errors_and_failed_instances() -> None:
    told = looks.story(TASK)
    assert "It broke." in told
    assert "Failed instances: 1." in told


def test_the_bar_shows_the_state(capsys: pytest.CaptureFixture[str]) -> None:
    with looks.bar(TASK, shown=True) as show:
        show(TASK)
    assert "Failure" in capsys.readouterr().out
    with looks.bar(TASK, shown=False) as show:
        show(TASK)
    assert capsys.readouterr().out == ""


def test_a_task_prints_itself_in_a_console() -> None:
    out = io.StringIO()
    Console(file=out, width=200).print(TASK)
    assert "Failure" in out.getvalue()
