from stokehold.client import Client
from tests.cli.conftest import Stoke


def test_tasks_are_chosen_by_name_or_by_what_they_share(stoke: Stoke, client: Client) -> None:
    made = [client.submit("true", tags=["chosen"]).uuid for _ in range(2)]
    client.submit("true", tags=["other"])
    assert {line.split()[0] for line in stoke("task", "wait", "--tag", "chosen").stdout.splitlines()} == set(
        made
    )
    assert stoke("task", "wait", made[0]).stdout == f"{made[0]} Success\n"
    assert stoke("task", "wait", "--id", made[1]).stdout == f"{made[1]} Success\n"


def test_labels_must_all_be_there(stoke: Stoke, client: Client) -> None:
    made = client.submit("true", labels={"choose": "me", "team": "red"}).uuid
    client.submit("true", labels={"choose": "me", "team": "blue"})
    words = ["--label", "choose=me", "--label", "team=red"]
    assert stoke("task", "list", *words, "--select", "uuid").stdout.split() == ["uuid", made]
    assert stoke("task", "wait", *words).stdout == f"{made} Success\n"
    stoke("task", "list", "--label", "team", expect=2)


def test_nobody_stops_everything_by_saying_nothing(stoke: Stoke) -> None:
    assert "--all" in stoke("task", "stop", expect=2).stderr
    stoke("task", "stop", "some", "--tag", "t", expect=2)


def test_the_shell_completes_tasks(stoke: Stoke, client: Client) -> None:
    task = client.submit("true", shortname="complete-me")
    done = stoke(
        "task", "show", _STOKE_COMPLETE="bash_complete", COMP_WORDS="stoke task show complete", COMP_CWORD="3"
    )
    assert task.shortname in done.stdout or done.stdout
