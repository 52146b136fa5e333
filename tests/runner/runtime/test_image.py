"""Images: what the constants name; pulling one once, with credentials that nobody sees."""

import asyncio
import base64
import json
import os
from pathlib import Path

import pytest

from stokehold.runner.runtime.image import Image, Images
from stokehold.runner.runtime.launch import Unrunnable
from stokehold.runner.runtime.unwritten import Unwritten


@pytest.mark.parametrize(
    ("constants", "reference"),
    [
        ({}, "docker.io/library/ubuntu:latest"),
        ({"DOCKER_REPO": "jrottenberg/ffmpeg"}, "docker.io/jrottenberg/ffmpeg:latest"),
        ({"DOCKER_REPO": "library/ubuntu", "DOCKER_TAG": "22.04"}, "docker.io/library/ubuntu:22.04"),
        ({"DOCKER_REPO": "ubuntu"}, "docker.io/library/ubuntu:latest"),
        ({"DOCKER_REPO": "ubuntu:18.04"}, "docker.io/library/ubuntu:18.04"),
        ({"DOCKER_SRV": "https://registry-1.docker.io", "DOCKER_REPO": "a/b"}, "docker.io/a/b:latest"),
        (
            {"DOCKER_SRV": "https://containers.qarnot.com/", "DOCKER_REPO": "a/b"},
            "containers.qarnot.com/a/b:latest",
        ),
        ({"DOCKER_SRV": "localhost:5000", "DOCKER_REPO": "b"}, "localhost:5000/b:latest"),
        ({"DOCKER_REPO": "ghcr.io/a/b/c"}, "ghcr.io/a/b/c:latest"),
        ({"DOCKER_REPO": "localhost/mine"}, "localhost/mine:latest"),
        ({"DOCKER_REPO": "a/b", "DOCKER_TAG": "sha256:" + "0" * 64}, "docker.io/a/b@sha256:" + "0" * 64),
    ],
)
def test_the_constants_name_an_image(constants: dict[str, str], reference: str) -> None:
    assert Image.of(constants).reference == reference


@pytest.mark.parametrize(
    "repo", ["--privileged", "a b", "A/B", "../x", "a//b", "a;b", "-v/:/host", "${UNDEFINED}", "x" * 3 + "\n"]
)
def test_what_is_no_name_is_refused_before_any_program_sees_it(repo: str) -> None:
    with pytest.raises(Unrunnable) as caught:
        Image.of({"DOCKER_REPO": repo})
    assert caught.value.failure.code == "STK3001"


def test_the_password_may_come_as_a_secret() -> None:
    constants = {"DOCKER_REGISTRY_LOGIN": "me", "QARNOT_SECRET__DOCKER_REGISTRY_PASSWORD": "hunter2"}
    image = Image.of(constants)
    assert (image.login, image.password) == ("me", "hunter2")


ENGINE = """#!/bin/sh
# An engine with no image, whose registry is slow and has every image but `absent`.
here=$(dirname "$0")
case "$*" in
    image\\ inspect*) exit 1 ;;
esac
echo "$*" >>"$here/calls"
for word in "$@"; do [ -e "$word" ] && cat "$word" "$word/config.json" 2>/dev/null >>"$here/seen"; done
case "$*" in
    *absent*) echo "Error: reading manifest latest: manifest unknown" >&2; exit 125 ;;
esac
sleep 0.2
"""


@pytest.fixture
def cli(tmp_path: Path) -> Path:
    program = tmp_path / "engine"
    program.write_text(ENGINE)
    program.chmod(0o755)
    return program


def images(cli: Path, engine: str = "podman") -> Images:
    (cli.parent / "private").mkdir()
    return Images(str(cli), engine, {"PATH": os.environ["PATH"]}, Unwritten(cli.parent / "private"))


def calls(cli: Path) -> list[str]:
    return (cli.parent / "calls").read_text().splitlines()


def test_an_image_is_pulled_once_however_many_ask_for_it(cli: Path) -> None:
    async def go() -> None:
        store = images(cli)
        await asyncio.gather(*(store.ensure(Image.of({})) for _ in range(20)))
        await store.ensure(Image.of({}))

    asyncio.run(go())
    assert calls(cli) == ["pull --quiet docker.io/library/ubuntu:latest"]


def test_an_image_that_is_forgotten_is_looked_for_again(cli: Path) -> None:
    async def go() -> None:
        store = images(cli)
        await store.ensure(Image.of({}))
        store.forget("docker.io/library/ubuntu:latest")
        await store.ensure(Image.of({}))

    asyncio.run(go())
    assert len(calls(cli)) == 2


def test_an_image_that_cannot_be_had_says_why_in_the_engines_words(cli: Path) -> None:
    with pytest.raises(Unrunnable) as caught:
        asyncio.run(images(cli).ensure(Image.of({"DOCKER_REPO": "a/absent"})))
    assert caught.value.failure.code == "STK3001"
    assert "docker.io/a/absent:latest" in caught.value.failure.message
    assert "manifest unknown" in caught.value.failure.message


@pytest.mark.parametrize("engine", ["podman", "docker"])
def test_credentials_are_in_a_file_that_is_gone_afterwards(cli: Path, engine: str) -> None:
    constants = {
        "DOCKER_SRV": "https://r.example",
        "DOCKER_REGISTRY_LOGIN": "me",
        "DOCKER_REGISTRY_PASSWORD": "hunter2",
    }
    asyncio.run(images(cli, engine).ensure(Image.of(constants)))
    secret = base64.b64encode(b"me:hunter2").decode()
    assert json.loads((cli.parent / "seen").read_text())["auths"]["r.example"] == {"auth": secret}
    assert secret not in calls(cli)[0]
    assert "hunter2" not in calls(cli)[0]
    assert ("--authfile" in calls(cli)[0], "--config" in calls(cli)[0]) == (
        engine == "podman",
        engine == "docker",
    )
    assert list((cli.parent / "private").iterdir()) == []
