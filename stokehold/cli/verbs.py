"""Groups of verbs, with other names for some."""

from collections.abc import Mapping
from typing import Any

import click


class Verbs(click.Group):
    """A noun's verbs. `aliases`: other names, the vendor's among them."""

    def __init__(self, *args: Any, aliases: Mapping[str, str] | None = None, **rest: Any) -> None:
        super().__init__(*args, **rest)
        self.aliases = dict(aliases or {})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, self.aliases.get(cmd_name, cmd_name))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.aliases:
            names = ", ".join(f"{alias} = {verb}" for alias, verb in sorted(self.aliases.items()))
            formatter.write_paragraph()
            formatter.write_text(f"Also: {names}.")
