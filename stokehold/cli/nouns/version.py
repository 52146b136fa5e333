"""`stoke version`: Which version this is, and what it runs on."""

import click

from stokehold import __version__
from stokehold.cli.output import Output, shown


@click.command("version")
@shown
def command(out: Output) -> None:
    """Show which version this is, and what it runs on. `stoke --version` prints the number alone."""
    import platform

    python = f"{platform.python_implementation()} {platform.python_version()}"
    told = {"name": "stokehold", "version": __version__, "python": python, "platform": platform.platform()}
    out.one(lambda: told)
