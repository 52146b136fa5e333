"""`stoke runner`: refuses with a sentence what it cannot work with. tests/runner/test_agent.py has its work."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner

from stokehold.cli import runner
from stokehold.cli.runner import command
from stokehold.engines.local import take_lock


def refused(data: Path, *words: str, server: str = "http://127.0.0.1:1", **variables: str) -> str:
    shown = CliRunner().invoke(command, ["--server", server, "--data", str(data), *words], env=variables)
    assert shown.exit_code in {1, 2}, shown.output
    assert isinstance(shown.exception, SystemExit)
    assert "Traceback" not in shown.output
    return shown.output


@pytest.mark.parametrize(
    "url", ["nonsense", "127.0.0.1:8080", "ftp://x", "http://", "http://[x", "http://x:y", ""]
)
def test_a_server_that_is_no_url_is_refused(tmp_path: Path, url: str) -> None:
    assert "--server" in refused(tmp_path, server=url)


@pytest.mark.parametrize("option", ["--server", "--data"])
def test_what_it_needs_it_names(option: str) -> None:
    shown = CliRunner().invoke(command, [])
    assert shown.exit_code == 2
    assert option in CliRunner().invoke(command, ["--help"]).output


def test_a_setting_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    assert "runner.slots" in refused(tmp_path, STOKE_RUNNER_SLOTS="many")


def test_a_runtime_that_does_not_work_here_is_a_sentence(tmp_path: Path) -> None:
    said = refused(tmp_path, STOKE_RUNNER_RUNTIME="docker", PATH=str(tmp_path))
    assert "docker" in said


def test_a_folder_has_one_runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LOCK_PATIENCE_S", 0.05)
    folder = tmp_path / "runner"
    folder.mkdir()
    with asyncio.run(take_lock(folder, 1.0)):
        assert str(folder) in refused(tmp_path, STOKE_RUNNER_RUNTIME="dummy")
