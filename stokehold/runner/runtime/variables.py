"""The variables of a container: how they get into it without being seen, and without steering the engine's program."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from stokehold.domain.errors import Failure, Faults
from stokehold.runner.runtime.launch import Unrunnable

#: What steers the engine's program comes from the runner's environment, and never from a task's: the engine
#: runs outside the container.
STEERING = re.compile(
    r"PATH|HOME|USER|LOGNAME|SHELL|ENV|BASH_ENV|IFS|TMPDIR|LANG|LC_.*|TZ|XDG_.*|DBUS_.*|SSH_.*|SSL_.*|_.*"
    r"|DOCKER_(HOST|CONFIG|CONTEXT|CERT_PATH|TLS.*|API_VERSION|CONTENT_TRUST.*|CLI_.*|AUTH_CONFIG|CUSTOM_HEADERS"
    r"|DEFAULT_PLATFORM|TMPDIR|HIDE_.*|BUILDKIT)"
    r"|CONTAINERS?_.*|PODMAN_.*|BUILDAH_.*|REGISTRY_.*|STORAGE_(DRIVER|OPTS)|LIBPOD_.*|CONMON_.*|OCI_.*|CNI_.*|NETAVARK_.*"
    r"|GO[A-Z]*|CGO_.*|LD_.*|MALLOC_.*|GLIBC_.*|GCONV_PATH|LOCPATH|NLSPATH|LISTEN_.*|NOTIFY_SOCKET|.*_PROXY",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[^\s#=*-][^\s=*]*")
_SHELL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LONGEST_LINE = 16_000  # characters: the engines read their variables' file line by line, up to 64 KiB


def own() -> dict[str, str]:
    """What the engine's program needs of the runner's environment."""
    return {name: value for name, value in os.environ.items() if STEERING.fullmatch(name)}


def inherited(env: Mapping[str, str], engine: str) -> dict[str, str]:
    """The variables that the engines' file cannot hold: they travel in the environment of the engine's program."""
    found = {name: value for name, value in env.items() if not _fits_file(name, value)}
    for name in found:
        if STEERING.fullmatch(name) or not _SHELL_NAME.fullmatch(name):
            reason = f"{engine} cannot hand over the constant {name!r}: its name is odd, or its value has several lines"
            raise Unrunnable(Failure.of(Faults.BAD_COMMAND, reason=reason))
    return found


def _fits_file(name: str, value: str) -> bool:
    return (
        len(value) < _LONGEST_LINE
        and "\n" not in value
        and "\r" not in value
        and _FILE_NAME.fullmatch(name) is not None
    )


def write(path: Path, env: Mapping[str, str], outside: Mapping[str, str]) -> None:
    text = "".join(f"{name}={value}\n" for name, value in env.items() if name not in outside)
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n", opener=_owner_only) as file:
        file.write(text)


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
