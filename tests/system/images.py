"""Images for podman, made on the spot: busybox under the names that user scripts use, and stand-ins for programs."""

import asyncio
import subprocess
from pathlib import Path

from stokehold.runner.runtime.probe import probe
from tests import tools

MAKE = Path(__file__).parent.parent.parent / "scripts" / "test_image.sh"
SYSTEM = "docker.io/library/ubuntu:latest"
NAMES = (
    "debian:latest",
    "alpine:latest",
    "busybox:latest",
    "python:3.11-slim",
    "perl:5",
)  # the same system again
CONVERTER = "docker.io/library/stoke-converter:1"

#: Stands for a converter: `ffmpeg -i IN … OUT` writes IN, in capitals, to OUT.
CONVERT = 'for last; do :; done; echo "converting $2 to $last" >&2; tr a-z A-Z <"$2" >"$last"'


def ready() -> None:
    """Make what is missing; without a podman that works here the test ends."""
    podman = tools.require("podman")
    refused = asyncio.run(probe("podman"))
    if isinstance(refused, str):
        tools.missing(f"podman does not work here: {refused}")
    if not _there(podman, SYSTEM):
        tools.require("busybox")
        subprocess.run(["/bin/sh", MAKE, podman], check=True, stdout=subprocess.DEVNULL)
    for name in NAMES:
        if not _there(podman, f"docker.io/library/{name}"):
            _podman(podman, "tag", SYSTEM, f"docker.io/library/{name}")
    if not _there(podman, CONVERTER):
        _entrance(podman, CONVERTER, CONVERT)


def _there(podman: Path, image: str) -> bool:
    return subprocess.run([podman, "image", "exists", image], check=False).returncode == 0


def _entrance(podman: Path, image: str, script: str) -> None:
    """The system with an ENTRYPOINT that runs `script`."""
    words = script.replace("\\", "\\\\").replace('"', '\\"')
    entrypoint = f'ENTRYPOINT ["sh", "-c", "{words}", "entrypoint"]'
    made = _podman(podman, "create", SYSTEM, "true")
    _podman(podman, "commit", "--quiet", "--change", entrypoint, made, image)
    _podman(podman, "rm", made)


def _podman(podman: Path, *words: str) -> str:
    return subprocess.run([podman, *words], check=True, capture_output=True, text=True).stdout.strip()
