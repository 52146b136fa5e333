"""`stoke config`: Which server is used, who asks, and why."""

import os
from pathlib import Path

import click

from stokehold.cli.connection import told
from stokehold.cli.output import Output, shown
from stokehold.cli.verbs import Verbs
from stokehold.client import settings
from stokehold.client.errors import BadInput


@click.group("config", cls=Verbs)
def command() -> None:
    """The configuration: options, then environment variables, then a file, then a server of this machine."""


@command.command("show")
@click.option("--secrets", is_flag=True, help="Show the token too.")
@shown
def show(out: Output, secrets: bool) -> None:
    """Show the settings in force and where each comes from."""
    with told():
        found = settings.find()
        rows = []
        for name in settings.VARIABLES:
            value = getattr(found, name)
            hidden = name == "token" and not secrets
            shown_value = f"{value[:4]}…" if hidden else value
            rows.append({"name": name, "value": shown_value, "source": found.sources.get(name, "default")})
        out.rows(lambda: rows, ("name", "value", "source"))


@command.command("set")
@click.argument("values", metavar="NAME=VALUE...", nargs=-1, required=True)
def set_values(values: tuple[str, ...]) -> None:
    """Write settings to the file: url, token, storage, email, unsafe, storage_unsafe, timeout_s."""
    with told():
        path = settings.config_file(os.environ)
        kept = _read(path)
        for text in values:
            name, separator, value = text.partition("=")
            if not separator or name not in settings.VARIABLES:
                raise BadInput(f"{text!r} is not NAME=VALUE with one of {', '.join(settings.VARIABLES)}.")
            kept[name] = value
        _write(path, {name: value for name, value in kept.items() if value})
        click.echo(path)


def _read(path: Path) -> dict[str, str]:
    import tomllib

    try:
        return {name: str(value) for name, value in tomllib.loads(path.read_text()).items()}
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise BadInput(f"{path} cannot be read: {error}") from None


def _write(path: Path, values: dict[str, str]) -> None:
    """Readable by its owner alone: it holds a token."""
    import json

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".new")
    partial.touch(mode=0o600)
    partial.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()))
    partial.replace(path)
