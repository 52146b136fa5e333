"""Write docs/reference/configuration.md from the structs of stokehold/config.py."""

from pathlib import Path

from msgspec.structs import fields

from stokehold.config import Config, Setting, settings

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "configuration.md"

HEAD = """# Configuration

*This page is written by `make docs` from `stokehold/config.py`.*

`stoke serve` and `stoke runner` read their settings from three places. The later ones win:

1. a TOML file, given with `--config FILE`;
2. environment variables named `STOKE_SECTION_KEY`;
3. options of the command line.

A setting that does not exist is refused with the name of the nearest one that does, and a value that breaks
the rule of its setting is refused with that rule. Nothing starts with half a configuration.

"""

EXAMPLE = """## Example

```toml
[server]
port = 9000
database = "postgresql://stokehold@db.example.org/stokehold"

[runner]
runtime = "podman"
slots = 8

[log]
format = "json"
```
"""


def render() -> str:
    """The whole page."""
    return (
        HEAD + "\n".join(_section(section.name, section.type) for section in fields(Config)) + "\n" + EXAMPLE
    )


def _section(name: str, struct: type) -> str:
    rows = "\n".join(_row(setting) for setting in settings() if setting.section == name)
    return f"""## [{name}]

{struct.__doc__}

| key | variable | default | must be | what it is |
|---|---|---|---|---|
{rows}
"""


def _row(setting: Setting) -> str:
    default = _toml(setting.default)
    return (
        f"| `{setting.name}` | `{setting.variable}` | `{default}` | {setting.rule} | {setting.description} |"
    )


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'"{value}"'
        case tuple():
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        case _:
            return str(value)


if __name__ == "__main__":
    PAGE.write_text(render())
