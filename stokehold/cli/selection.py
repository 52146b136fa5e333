"""Which tasks a command is meant for: by name, or by what they have in common."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from stokehold.cli.pairs import pairs
from stokehold.client.errors import BadInput, StokeError

if TYPE_CHECKING:
    from stokehold.client import Client, Task

FILTERS = ("name", "name_prefix", "states", "tags", "all_tags", "created_after", "created_before")

_OPTIONS = (
    click.option("-n", "--name", help="With this name."),
    click.option("--name-prefix", help="Whose name begins so."),
    click.option("--state", "states", multiple=True, help="In this state; may be given again."),
    click.option("-t", "--tag", "--tags", "tags", multiple=True, help="With one of these tags."),
    click.option("--all-tags", "--exclusive-tags", "all_tags", multiple=True, help="With all of these tags."),
    click.option(
        "--created-after", metavar="DATE", help="Created after, as 2026-05-01 or 2026-05-01T12:00:00Z."
    ),
    click.option("--created-before", metavar="DATE", help="Created before."),
)


_LABEL = click.option(
    "--label", "--labels", "labels", multiple=True, metavar="KEY=VALUE", help="With this label."
)


def filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `filters`, as `Client.tasks` and `Client.jobs` take them."""

    @wraps(command)
    def wrapped(*args: Any, **rest: Any) -> Any:
        return command(*args, filters={n: v for n in FILTERS if (v := rest.pop(n))}, **rest)

    whole: Callable[..., Any] = wrapped
    for option in reversed(_OPTIONS):
        whole = option(whole)
    return whole


def filtered_tasks(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same with what tasks alone have: labels."""

    @wraps(command)
    def wrapped(*args: Any, filters: dict[str, Any], labels: tuple[str, ...], **rest: Any) -> Any:
        more = {"labels": pairs("--label", labels)} if labels else {}
        return command(*args, filters={**filters, **more}, **rest)

    return filtered(_LABEL(wrapped))


def selecting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `chosen`: the tasks that its arguments or filters mean, asked for when it needs them."""

    @wraps(command)
    def wrapped(
        client: "Client", tasks: tuple[str, ...], ids: tuple[str, ...], everything: bool, filters: dict[str, Any],
        **rest: Any,
    ) -> Any:  # fmt: skip
        named = [*tasks, *ids]
        if bool(named) == bool(filters or everything):
            raise BadInput(
                "Name the tasks, or choose them with --tag, --name, --state, … or --all; not both.",
                "`stoke task list` shows them.",
            )
        return command(client, chosen=_chosen(client, named, filters), named=bool(named), **rest)

    whole: Callable[..., Any] = filtered_tasks(wrapped)
    for option in (
        click.option("--all", "everything", is_flag=True, help="All tasks of the account."),
        click.option("-i", "--id", "--shortname", "ids", multiple=True, hidden=True),
        click.argument("tasks", metavar="[TASK]...", nargs=-1, shell_complete=complete_tasks),
    ):
        whole = option(whole)
    return whole


def complete_tasks(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[Any]:
    """The newest tasks, for the shell."""
    from click.shell_completion import CompletionItem

    from stokehold.cli.connection import connect

    try:
        with connect() as client:
            found = list(client.tasks(limit=50))
    except StokeError:
        return []
    return [
        CompletionItem(task.shortname, help=f"{task.name} {task.state}")
        for task in found
        if task.shortname.startswith(incomplete)
    ]


def _chosen(client: "Client", named: list[str], filters: dict[str, Any]) -> "Iterator[Task]":
    if named:
        for name in named:
            yield client.task(name)
    else:
        yield from list(client.tasks(full=True, **filters))
