"""`stoke completion`: Completion for your shell."""

import os

import click


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), required=False)
def command(shell: str | None) -> None:
    """Print what makes SHELL complete commands, options and tasks.

    \b
    eval "$(stoke completion bash)"             # in ~/.bashrc; or zsh in ~/.zshrc
    stoke completion fish > ~/.config/fish/completions/stoke.fish
    """
    from click.shell_completion import get_completion_class

    name = shell or os.path.basename(os.environ.get("SHELL", "bash"))
    kind = get_completion_class(name)
    if kind is None:
        raise click.UsageError(f"There is no completion for {name}; there is one for bash, zsh and fish.")
    context = click.get_current_context().find_root()
    click.echo(kind(context.command, {}, "stoke", "_STOKE_COMPLETE").source())
