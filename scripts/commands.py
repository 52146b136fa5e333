"""Write docs/reference/cli.md: every command of `stoke` with its options, and the exit codes."""

from collections.abc import Iterator
from pathlib import Path

import click

from stokehold.cli.main import stoke
from stokehold.cli.verdicts import MEANINGS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "cli.md"
WIDTH = 100

HEAD = """# The command line

*This page is written by `make docs` from the commands themselves.* How they are used is told in [cli.md](../cli.md).

Every command that speaks to a server takes `--url` and `--token`; every one that shows something takes `--format`,
`--select` and `--watch`.

## Exit codes

| code | meaning |
|---|---|
"""


def render() -> str:
    """The whole page."""
    codes = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())
    with click.Context(stoke, info_name="stoke") as context:
        return HEAD + codes + "".join(_pages(stoke, context))


def _pages(group: click.Group, context: click.Context) -> Iterator[str]:
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        with click.Context(
            command, info_name=name, parent=context, terminal_width=WIDTH, max_content_width=WIDTH
        ) as inner:
            depth = "##" if context.parent is None else "###"
            text = "\n".join(line.rstrip() for line in command.get_help(inner).splitlines())
            yield f"\n{depth} {inner.command_path}\n\n```\n{text}\n```\n"
            if isinstance(command, click.Group):
                yield from _pages(command, inner)


if __name__ == "__main__":
    PAGE.write_text(render())
