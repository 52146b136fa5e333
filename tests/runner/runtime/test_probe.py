"""Probing an engine: by running a container of an image made on the spot."""

import asyncio
import os
import platform
import subprocess
import tarfile
import time
from io import BytesIO
from pathlib import Path

import pytest

from stokehold.runner.runtime.container import Engine
from stokehold.runner.runtime.probe import archive, probe, probe_within
from tests import tools


def test_the_program_of_the_image_ends_well(tmp_path: Path) -> None:
    machine = {"x86_64": 62, "aarch64": 183}.get(platform.machine())
    if machine is None:
        tools.missing(f"there is no probe program for {platform.machine()}")
    with tarfile.open(fileobj=BytesIO(archive(machine))) as tar:
        tar.extractall(tmp_path, filter="data")
    assert subprocess.run([tmp_path / "probe"], check=False).returncode == 0
    assert len(archive(machine)) < 20_000


def test_podman_is_found_working(engine: Engine) -> None:
    assert engine.name == "podman"
    assert any(option.startswith("--ulimit=nofile=") for option in engine.run_options)


def engine_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Put a program named podman, and no other engine, on the PATH."""
    program = tmp_path / "podman"
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    for name in ("sh", "sleep", "cat"):
        os.symlink(f"/bin/{name}", tmp_path / name)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_an_engine_that_is_not_installed_is_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert asyncio.run(probe("podman")) == "it is not installed"


def test_an_engine_that_refuses_is_quoted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine_that(
        tmp_path, monkeypatch, 'case "$*" in *run*) echo "Error: no user namespaces." >&2; exit 125;; esac'
    )
    assert asyncio.run(probe("podman")) == "no user namespaces"


def test_an_engine_without_limits_is_used_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    engine_that(tmp_path, monkeypatch, 'case "$*" in *--memory*) exit 125;; esac')
    found = asyncio.run(probe("podman"))
    assert isinstance(found, Engine)
    assert not found.limits


def test_an_engine_that_needs_another_runtime_gets_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tools.require("runc")
    engine_that(tmp_path, monkeypatch, 'case "$*" in "--runtime runc run "*|image*) ;; *) exit 126;; esac')
    found = asyncio.run(probe("podman"))
    assert isinstance(found, Engine)
    assert found.options == ("--runtime", "runc")


def test_an_engine_that_hangs_does_not_hold_up_the_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    engine_that(tmp_path, monkeypatch, "sleep 60")
    begun = time.monotonic()
    engine, refused = asyncio.run(probe_within(("podman", "docker"), 0.3))
    assert time.monotonic() - begun < 30
    assert engine is None
    assert refused == {"podman": "it had not started a container after 0.3 s"}
