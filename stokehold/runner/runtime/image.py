"""Container images: what a task's constants name, and having it on this node."""

import asyncio
import base64
import json
import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from stokehold.domain.errors import Failure, Faults
from stokehold.runner.runtime.launch import Unrunnable
from stokehold.runner.runtime.program import run, said
from stokehold.runner.runtime.unwritten import Unwritten

_DOCKER_HUB = "registry-1.docker.io"
_REFERENCE = re.compile(
    r"(?:(?P<registry>[a-zA-Z0-9][a-zA-Z0-9.-]*(?::[0-9]{1,5})?)/)?"
    r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)
_KNOWN_FOR_S = 60.0  # how long an image is believed to be still there: asking costs 40 ms of CPU
_LONGEST_PULL_S = 3600.0


class Image(Struct, frozen=True):
    """A full reference, as `docker.io/library/ubuntu:latest`, and who asks for it."""

    reference: str
    registry: str
    login: str = ""
    password: str = ""

    @classmethod
    def of(cls, constants: Mapping[str, str]) -> "Image":
        """The image of a task. DOCKER_REPO may hold a tag, a digest or a registry itself. Raises Unrunnable."""
        registry = _registry(constants.get("DOCKER_SRV", ""))
        reference = _tagged(constants.get("DOCKER_REPO") or "library/ubuntu", constants.get("DOCKER_TAG", ""))
        first = reference.split("/", 1)[0]
        if "/" in reference and (first == "localhost" or "." in first or ":" in first):
            registry = first
        else:
            prefix = f"{registry}/library" if registry == "docker.io" and "/" not in reference else registry
            reference = f"{prefix}/{reference}"
        if _REFERENCE.fullmatch(reference) is None:
            raise unavailable(reference, "this is not the name of an image")
        return cls(reference, registry, constants.get("DOCKER_REGISTRY_LOGIN", ""), _password(constants))


def _registry(server: str) -> str:
    host = server.strip().partition("://")[2] or server.strip()
    host = host.split("/", 1)[0]
    return "docker.io" if host in {"", _DOCKER_HUB, "index.docker.io", "docker.io"} else host


def _tagged(repo: str, tag: str) -> str:
    if "@" in repo or ":" in repo.rsplit("/", 1)[-1]:
        return repo
    return f"{repo}@{tag}" if tag.startswith("sha256:") else f"{repo}:{tag or 'latest'}"


def _password(constants: Mapping[str, str]) -> str:
    plain = constants.get("DOCKER_REGISTRY_PASSWORD", "")
    return plain or constants.get("QARNOT_SECRET__DOCKER_REGISTRY_PASSWORD", "")


def unavailable(image: str, reason: str, debug: str = "") -> Unrunnable:
    return Unrunnable(Failure.of(Faults.IMAGE_UNAVAILABLE, image=image, reason=reason, debug=debug))


class Images:
    """The images of one engine. An image is pulled once, however many instances ask for it at the same moment."""

    def __init__(self, cli: str, engine: str, env: Mapping[str, str], unwritten: Unwritten) -> None:
        self._cli, self._engine, self._env = cli, engine, dict(env)
        self._unwritten = unwritten
        self._known: dict[str, float] = {}
        self._doors: dict[str, asyncio.Lock] = {}
        self._logins = 0

    async def ensure(self, image: Image) -> None:
        """Bring the image to this node unless it is here. Raises Unrunnable."""
        if self._fresh(image.reference):
            return
        async with self._doors.setdefault(image.reference, asyncio.Lock()):
            if self._fresh(image.reference):
                return
            if not await self._here(image.reference):
                await self._pull(image)
            self._known[image.reference] = time.monotonic()

    def forget(self, reference: str) -> None:
        """The image was not there when it was needed: look again next time."""
        self._known.pop(reference, None)

    def _fresh(self, reference: str) -> bool:
        return time.monotonic() - self._known.get(reference, -_KNOWN_FOR_S) < _KNOWN_FOR_S

    async def _here(self, reference: str) -> bool:
        code, _, _ = await run(
            [self._cli, "image", "inspect", "--format", "{{.Id}}", reference], self._env, 60
        )
        return code == 0

    async def _pull(self, image: Image) -> None:
        login = self._login(image) if image.login or image.password else None
        try:
            code, _, stderr = await run(self._pulling(image, login), self._env, _LONGEST_PULL_S)
        finally:
            if login is not None:
                self._unwritten.remove(login.name)
        if code != 0:
            raise unavailable(image.reference, said(stderr), debug=stderr[-2000:].decode(errors="replace"))

    def _pulling(self, image: Image, login: Path | None) -> list[str]:
        before: list[str] = []
        after: list[str] = []
        if login is not None and self._engine == "docker":
            before = ["--config", str(login)]
        elif login is not None:
            after = ["--authfile", str(login / "config.json")]
        return [self._cli, *before, "pull", "--quiet", *after, image.reference]

    def _login(self, image: Image) -> Path:
        """A folder with the credentials in a file that both engines read: all users can see an argument."""
        self._logins += 1
        folder = self._unwritten.open() / f"login-{os.getpid()}-{self._logins}"
        folder.mkdir(mode=0o700)
        registry = "https://index.docker.io/v1/" if image.registry == "docker.io" else image.registry
        secret = base64.b64encode(f"{image.login}:{image.password}".encode()).decode()
        auths = {name: {"auth": secret} for name in {registry, image.registry}}
        with open(folder / "config.json", "x", opener=_owner_only) as file:
            json.dump({"auths": auths}, file)
        return folder


def _owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
