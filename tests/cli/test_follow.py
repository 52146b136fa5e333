"""The live view, on a real terminal."""

from stokehold.client import Client
from tests.cli.terminal import Terminal
from tests.waiting import wait_until

SLEEP = ("run", "-n", "followed", "-i", "2", "--", "sh", "-c", "echo begun; sleep 600")


def newest(client: Client) -> str:
    return next(client.tasks(name="followed", limit=1)).uuid


def test_ctrl_c_asks_and_abort_stops_the_task(client: Client, variables: dict[str, str]) -> None:
    terminal = Terminal(*SLEEP, env=variables)
    terminal.until("begun")
    terminal.type("\x03")
    terminal.until("[a]bort")
    terminal.type("a\n")
    assert terminal.end() == 3
    assert client.task(newest(client)).state == "Cancelled"


def test_detaching_leaves_the_task_alone_and_attach_comes_back(
    client: Client, variables: dict[str, str]
) -> None:
    terminal = Terminal(*SLEEP, env=variables)
    terminal.until("begun")
    terminal.type("\x03")
    terminal.until("[d]etach")
    terminal.type("d\n")
    assert terminal.end() == 130
    task = client.task(newest(client))
    assert not task.final
    back = Terminal("task", "attach", task.uuid, env=variables)
    back.until("begun")
    task.abort()
    assert back.end() == 3
    wait_until(lambda: task.refresh().state == "Cancelled")


def test_the_view_shows_state_bars_and_the_last_lines(variables: dict[str, str]) -> None:
    terminal = Terminal("run", "-i", "3", "--", "sh", "-c", "echo line-${INSTANCE_ID}", env=variables)
    terminal.until("Success")
    assert terminal.end() == 0
    for words in ("execution", "100 %", "3 succeeded", "line-2"):
        assert words in terminal.text
