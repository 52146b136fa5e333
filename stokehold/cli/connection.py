"""Commands that speak to a server: their options, the client that they are given, and how their errors are told."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from stokehold.cli.verdicts import OF_ERRORS, Verdict
from stokehold.client.errors import StokeError

if TYPE_CHECKING:
    from stokehold.client import Client

Command = Callable[..., Any]

_OPTIONS = (
    click.option("--url", metavar="URL", help="The server's REST API.  [env: QARNOT_CLUSTER_URL]"),
    click.option("--token", metavar="TOKEN", help="Who asks.  [env: QARNOT_CLIENT_TOKEN]"),
    click.option(
        "--storage", metavar="URL", hidden=True, help="The S3 storage, if not the one the server names."
    ),
    click.option("--unsafe-ssl", is_flag=True, hidden=True, help="Do not verify certificates."),
)


def connected(command: Command) -> Command:
    """Give a command a client as its first argument, and the options that say whose."""

    @wraps(command)
    def wrapped(
        url: str | None, token: str | None, storage: str | None, unsafe_ssl: bool, **rest: Any
    ) -> Any:
        with told(), connect(url, token, storage, unsafe_ssl=unsafe_ssl) as client:
            return command(client, **rest)

    for option in reversed(_OPTIONS):
        wrapped = option(wrapped)
    return wrapped


def connect(
    url: str | None = None, token: str | None = None, storage: str | None = None, *, unsafe_ssl: bool = False
) -> "Client":
    """A client of the server that is meant. Raises StokeError."""
    from stokehold.client import Client  # the rest of the SDK, when it is needed

    return Client(url, token, storage=storage, unsafe=unsafe_ssl or None)


@contextmanager
def told() -> Iterator[None]:
    """Tell errors in a line or two, and end with the exit code of their kind."""
    try:
        yield
    except StokeError as error:
        click.secho(f"Error: {error.message}", err=True, fg="red")
        if error.advice:
            click.echo(f"  → {error.advice}", err=True)
        sys.exit(code_of(error))
    except KeyboardInterrupt:
        click.echo(err=True)
        sys.exit(Verdict.INTERRUPTED)
    except BrokenPipeError:  # whoever read this has read enough
        sys.stderr.close()
        sys.exit(Verdict.SUCCESS)


def code_of(error: StokeError) -> Verdict:
    """The exit code of an error."""
    names = (kind.__name__ for kind in type(error).__mro__)
    return next((OF_ERRORS[name] for name in names if name in OF_ERRORS), Verdict.FAILURE)
