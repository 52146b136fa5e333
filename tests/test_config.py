"""Settings come from a file, the environment and the command line, and nothing unknown gets in."""

from pathlib import Path

import pytest
from msgspec.structs import fields

from scripts.settings import PAGE, render
from stokehold.config import Config, load, settings
from stokehold.domain.errors import Invalid


def written(folder: Path, text: str) -> Path:
    file = folder / "stokehold.toml"
    file.write_text(text)
    return file


def refusal(**kwargs: object) -> str:
    with pytest.raises(Invalid) as caught:
        load(**kwargs)  # type: ignore[arg-type]
    return caught.value.message


def test_without_anything_every_setting_has_its_default() -> None:
    assert load() == Config()
    assert load().server.port == 8080


def test_the_environment_overrides_the_file_and_the_command_line_overrides_both(tmp_path: Path) -> None:
    file = written(tmp_path, "[server]\nport = 1\ns3_port = 1\nhost = 'file'\n")
    config = load(file, {"STOKE_SERVER_PORT": "2", "STOKE_SERVER_S3_PORT": "2"}, {"server.port": 3})
    assert (config.server.host, config.server.s3_port, config.server.port) == ("file", 2, 3)


def test_an_option_that_was_not_given_changes_nothing() -> None:
    assert load(flags={"server.port": None}).server.port == 8080


def test_values_of_variables_are_read_in_the_type_of_their_setting() -> None:
    config = load(
        environ={
            "STOKE_RUNNER_ENABLED": "false",
            "STOKE_RUNNER_SLOTS": "4",
            "STOKE_RUNNER_GRACE_S": "0.5",
            "STOKE_SERVER_BASE_DOMAINS": "s3.example.org, s3.lan",
        }
    )
    assert config.runner.enabled is False
    assert (config.runner.slots, config.runner.grace_s) == (4, 0.5)
    assert config.server.base_domains == ("s3.example.org", "s3.lan")


def test_every_setting_can_be_given_by_its_variable() -> None:
    for setting in settings():
        default = ",".join(setting.default) if isinstance(setting.default, tuple) else str(setting.default)
        assert load(environ={setting.variable: default}) == Config()


def test_an_unknown_key_is_refused_with_the_nearest_known_one(tmp_path: Path) -> None:
    message = refusal(file=written(tmp_path, "[runner]\nslot = 4\n"))
    assert message.startswith("runner.slot: there is no such setting")
    assert message.endswith("runner.slots")
    assert "STOKE_RUNNER_RUNTIME" in refusal(environ={"STOKE_RUNNER_RUNTIMES": "process"})
    assert "server: there is no such setting" in refusal(file=written(tmp_path, "server = 4\n"))
    assert "serve.port" in refusal(flags={"serve.port": 1})


def test_variables_of_other_programs_are_left_alone() -> None:
    assert load(environ={"STOKE_TOKEN": "x", "STOKE_DUMMY_EXIT": "1", "PATH": "/bin"}) == Config()


@pytest.mark.parametrize(
    ("variable", "value", "rule"),
    [
        ("STOKE_SERVER_PORT", "http", "a whole number from 0 to 65535"),
        ("STOKE_SERVER_PORT", "70000", "a whole number from 0 to 65535"),
        ("STOKE_RUNNER_SLOTS", "-1", "a whole number of 0 or more"),
        ("STOKE_RUNNER_GRACE_S", "-1", "a number of 0 or more"),
        ("STOKE_RUNNER_ENABLED", "maybe", "true or false"),
        ("STOKE_RUNNER_RUNTIME", "vm", "one of auto, docker, dummy, podman, process"),
        ("STOKE_SERVER_S3_URL", "ftp://x", "a URL that begins with http:// or https://"),
        ("STOKE_SERVER_DATABASE", "mysql://x", "a URL that begins with postgresql:// or sqlite://"),
        ("STOKE_SERVER_CORS_ORIGINS", "https://ui.example.org/", "a list of origins"),
    ],
)
def test_a_wrong_value_names_its_key_and_rule(variable: str, value: str, rule: str) -> None:
    message = refusal(environ={variable: value})
    assert rule in message
    assert message.startswith(variable.removeprefix("STOKE_").lower().replace("_", ".", 1))


def test_a_file_is_not_read_as_leniently_as_a_variable(tmp_path: Path) -> None:
    assert "server.port: must be a whole number" in refusal(file=written(tmp_path, "[server]\nport = '80'\n"))


def test_a_password_in_a_wrong_url_is_not_repeated() -> None:
    assert "hunter2" not in refusal(environ={"STOKE_SERVER_DATABASE": "mysql://me:hunter2@db/x"})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert "absent.toml" in refusal(file=tmp_path / "absent.toml")
    assert "stokehold.toml: cannot be read" in refusal(file=written(tmp_path, "[server"))


def test_sqlite_lies_in_the_data_folder_unless_a_database_is_named(tmp_path: Path) -> None:
    config = load(flags={"server.data": str(tmp_path)})
    assert config.server.database_url == f"sqlite:///{tmp_path}/stokehold.db"
    named = load(flags={"server.database": "postgresql://db/stokehold"})
    assert named.server.database_url == "postgresql://db/stokehold"


def test_every_setting_is_described() -> None:
    assert all(setting.description.endswith(".") for setting in settings())
    assert {setting.section for setting in settings()} == {section.name for section in fields(Config)}


def test_the_page_of_settings_is_current() -> None:
    assert PAGE.read_text() == render(), "run `make docs`"
