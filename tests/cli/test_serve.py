"""`stoke serve`: a sentence when it cannot start. tests/test_server.py has the rest."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from stokehold.cli.serve import command
from stokehold.store.folder import Folder
from tests.cli.terminal import Terminal


def refused(tmp_path: Path, *words: str, **variables: str) -> str:
    """What is said instead of starting; nothing may be made in the folder."""
    data = tmp_path / "data"
    shown = CliRunner().invoke(
        command, ["--data", str(data), "--port", "0", "--s3-port", "0", *words], env=variables
    )
    assert shown.exit_code in {1, 2}, shown.output
    assert isinstance(shown.exception, SystemExit)
    assert "Traceback" not in shown.output
    return shown.output


@pytest.mark.parametrize(
    ("words", "variables", "said"),
    [
        (["--database", "mysql://x/y"], {}, "server.database"),
        (["--port", "70000"], {}, "server.port"),
        (["--port", "http"], {}, "--port"),
        (["--config", "/no/such/file.toml"], {}, "--config"),
        ([], {"STOKE_RUNNER_RUNTIME": "magic"}, "runner.runtime"),
        ([], {"STOKE_RUNNER_RUNTIM": "process"}, "STOKE_RUNNER_RUNTIME"),
        (["--host", "300.1.1.1"], {}, "server.port"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    tmp_path: Path, words: list[str], variables: dict[str, str], said: str
) -> None:
    assert said in refused(tmp_path, *words, **variables)


def test_a_wrong_key_in_the_file_is_named_with_the_nearest_one(tmp_path: Path) -> None:
    file = tmp_path / "stoke.toml"
    file.write_text("[server]\nprot = 80\n")
    assert "server.port" in refused(tmp_path, "--config", str(file))


def test_a_database_that_cannot_be_reached_is_a_sentence_without_its_password(tmp_path: Path) -> None:
    said = refused(tmp_path, "--database", f"postgresql://me:hunter2@/x?host={tmp_path}/none")
    assert "database" in said
    assert "hunter2" not in said


def test_a_database_url_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    assert "database" in refused(tmp_path, "--database", "postgresql://x:y:z@@:q/")


def test_a_folder_that_another_server_has_is_refused(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    folder.lock()
    assert "Another server uses" in refused(tmp_path)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert "data" in refused(tmp_path)


def test_on_a_terminal_it_says_where_the_ui_is_and_signs_in(tmp_path: Path) -> None:
    data = tmp_path / "data"
    flags = ("--data", data, "--port", "0", "--s3-port", "0", "--no-runner")
    terminal = Terminal("serve", *flags, env={"STOKE_LOG_FORMAT": "json"})
    terminal.until("Web UI: http://127.0.0.1:")
    terminal.until(f"/#token={(data / 'admin.token').read_text().strip()}")
    terminal.type("\x03")
    assert terminal.end() == 0
