"""Which runtime this node uses: what the configuration asks for, if it works here."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from stokehold.domain.errors import StokeholdError
from stokehold.runner.runtime.container import Container, Engine
from stokehold.runner.runtime.dummy import Dummy
from stokehold.runner.runtime.launch import Launch, Runtime
from stokehold.runner.runtime.probe import probe_within
from stokehold.runner.runtime.process import Process
from stokehold.runner.runtime.program import run, said
from stokehold.runner.runtime.sandbox import Sandbox

_PROBE_S = 5.0


class Unusable(StokeholdError):
    """The runtime that the configuration asks for does not work on this host."""


class Choice(Struct, frozen=True):
    """A runtime, and what its user should know about it: one plain sentence each."""

    runtime: Runtime
    reasons: list[str]


async def choose(
    runtime: str, sandbox: str, data_dir: str | Path, *, hidden: Iterable[str | Path] = ()
) -> Choice:
    """The runtime for `runtime` (auto, process, podman, docker, dummy) and `sandbox` (auto, bwrap, none).

    `data_dir` is the runner's own folder; it and `hidden` (a server's folder, for one) cannot be read from the sandbox.
    Containers are really started: up to 5 s. Raises Unusable when what was asked for by name does not work.
    """
    folder = Path(data_dir)
    match runtime:
        case "dummy":
            return Choice(
                Dummy(), ["No commands are run: the dummy runtime obeys the STOKE_DUMMY_ constants."]
            )
        case "process":
            return await _process(sandbox, folder, hidden, [])
        case "podman" | "docker":
            engine, refused = await probe_within((runtime,), _PROBE_S)
            if engine is None:
                raise Unusable(f"The runtime {runtime} cannot be used: {refused[runtime]}.")
            return _container(engine, folder)
        case "auto":
            engine, refused = await probe_within(("podman", "docker"), _PROBE_S)
            if engine is not None:
                return _container(engine, folder)
            why = [f"Containers by {name} are not available: {reason}." for name, reason in refused.items()]
            return await _process(sandbox, folder, hidden, why)
    raise Unusable(f"The runtime {runtime!r} is not one of auto, process, podman, docker, dummy.")


def _container(engine: Engine, folder: Path) -> Choice:
    how = f" (with {' '.join(engine.options)})" if engine.options else ""
    reasons = [f"Commands run in containers by {engine.name}{how}."]
    if not engine.limits:
        reasons.append(
            "Limits of memory and cores are not kept: the host's control groups do not allow them."
        )
    return Choice(Container(engine, folder / "containers"), reasons)


async def _process(sandbox: str, folder: Path, hidden: Iterable[str | Path], why: list[str]) -> Choice:
    if sandbox not in {"auto", "bwrap", "none"}:
        raise Unusable(f"The sandbox {sandbox!r} is not one of auto, bwrap, none.")
    ignored = "DOCKER_REPO and the other constants that name an image are ignored"
    refusal = "the configuration says so"
    if sandbox != "none":
        found = await _sandbox(folder, hidden)
        if isinstance(found, Sandbox):
            return Choice(
                found, [*why, f"Commands run on this host's own system in a bubblewrap sandbox; {ignored}."]
            )
        if sandbox == "bwrap":
            raise Unusable(f"The bubblewrap sandbox cannot be used: {found}.")
        refusal = found
    bare = f"Commands run on this host's own system with no sandbox, because {refusal}; {ignored}."
    return Choice(
        Process(), [*why, bare, "They can read whatever the runner's user can, and use the network."]
    )


async def _sandbox(folder: Path, hidden: Iterable[str | Path]) -> Sandbox | str:
    """A sandbox that was seen to work, or why there is none."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return "bubblewrap is not installed"
    made = Sandbox(bwrap, [os.fspath(path) for path in (folder, *hidden)])
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix="probe-") as job,
        tempfile.TemporaryDirectory() as tmp,
    ):
        order = await made.prepare(Launch("probe", "", ["true"], {}, {}, job, tmp))
        code, _, stderr = await run(order.argv, order.env, _PROBE_S)
    return made if code == 0 else f"bubblewrap does not work here ({said(stderr)})"
