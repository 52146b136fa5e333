"""Programs that some tests need: without one they skip at home and fail where CI=true."""

import os
import shutil
from pathlib import Path
from typing import NoReturn

import pytest

#: What to install for a program, as a person on Debian would.
PACKAGE = {
    "bwrap": "bubblewrap",
    "podman": "podman",
    "postgres": "postgresql",
    "sbatch": "slurm-client",
    "node": "nodejs",
    "chromium": "chromium",
}


def require(name: str) -> Path:
    """The path of program `name`, or the end of this test."""
    found = find(name)
    if found is None:
        missing(f"`{name}` is not installed (Debian package {PACKAGE.get(name, name)})")
    return found


def missing(reason: str) -> NoReturn:
    """End this test because something it needs is not here: a skip at home, a failure where CI=true."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true allows no skip", pytrace=False)
    pytest.skip(reason)


def find(name: str) -> Path | None:
    """The path of program `name`. Debian keeps PostgreSQL's server programs off the PATH."""
    if path := shutil.which(name):
        return Path(path)
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    return versions[-1] if versions else None


def _version(program: Path) -> float:
    return float(program.parts[4])
