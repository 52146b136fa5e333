"""The runtimes, real: bubblewrap and podman as they are on this machine, with an image made on the spot."""

import asyncio
import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stokehold.runner.runtime.container import Container, Engine
from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.launch import Runtime
from stokehold.runner.runtime.probe import probe
from stokehold.runner.runtime.process import Process
from stokehold.runner.runtime.sandbox import Sandbox
from tests import tools
from tests.runner.runtime.stage import Stage

IMAGE = "docker.io/library/stoke-system:latest"
SPEAKING_IMAGE = "docker.io/library/stoke-speaking:latest"  # has an ENTRYPOINT and a CMD


@pytest.fixture(scope="session")
def engine() -> Engine:
    """podman, seen to work here, and the images of these tests."""
    cli = str(tools.require("podman"))
    found = asyncio.run(probe("podman"))
    if isinstance(found, str):
        tools.missing(f"podman does not work here: {found}")
    system = _system(tools.require("busybox"))
    _import(cli, system, IMAGE)
    _import(cli, system, SPEAKING_IMAGE, '--change=ENTRYPOINT ["echo","Hello"]', '--change=CMD ["nobody"]')
    _name(cli, "docker.io/library/ubuntu:latest")
    return found


def _import(cli: str, system: bytes, image: str, *changes: str) -> None:
    if not _there(cli, image):
        subprocess.run(
            [cli, "import", *changes, "-", image], input=system, stdout=subprocess.DEVNULL, check=True
        )


def _name(cli: str, name: str) -> None:
    if not _there(cli, name):
        subprocess.run([cli, "tag", IMAGE, name], check=True)


def _there(cli: str, image: str) -> bool:
    return subprocess.run([cli, "image", "exists", image], check=False).returncode == 0


def _system(busybox: Path) -> bytes:
    """A root file system of one program under many names, as a tar file."""
    names = subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in ("bin", "etc", "tmp", "home", "root", "var"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            tar.addfile(entry)
        tar.add(busybox.resolve(), "bin/busybox")
        for name in set(names) - {"busybox"}:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return buffer.getvalue()


def _sandbox(folder: Path) -> Sandbox:
    return Sandbox(str(tools.require("bwrap")), [str(folder)])


@pytest.fixture
def sandbox(tmp_path: Path) -> Stage:
    return Stage(_sandbox(tmp_path), tmp_path)


@pytest.fixture
def process(tmp_path: Path) -> Stage:
    return Stage(Process(), tmp_path)


@pytest.fixture
def podman(tmp_path: Path, engine: Engine) -> Stage:
    return Stage(Container(engine, tmp_path / "private"), tmp_path)


@pytest.fixture
def again(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Stage], Runtime]:
    """The same runtime as another process would make it."""

    def make(stage: Stage) -> Runtime:
        match stage.runtime:
            case Container():
                return Container(request.getfixturevalue("engine"), tmp_path / "private")
            case Sandbox():
                return _sandbox(tmp_path)
            case Dummy():
                return Dummy()
        return Process()

    return make
