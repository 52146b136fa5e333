"""The thing that a command is for: as an argument, or as the vendor's commands have it, as an option."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from stokehold.client.errors import BadInput

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def naming(word: str, *options: str, nargs: int = 1, **more: Any) -> Decorator:
    """Give a command `word`: one name, or with `nargs=-1` several. `options`: other ways to say it, as --id."""
    shown = word.upper() if nargs == 1 else f"{word.removesuffix('s').upper()}..."
    argument = click.argument(word, metavar=shown, nargs=nargs, required=False, **more)
    option = click.option(*options, "named", multiple=nargs != 1, hidden=True)

    def decorated(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def wrapped(*args: Any, named: Any, **rest: Any) -> Any:
            if bool(rest[word]) == bool(named):
                raise BadInput(f"Name {shown}, as an argument or with --id.")
            return command(*args, **{**rest, word: rest[word] or named})

        return argument(option(wrapped))

    return decorated
