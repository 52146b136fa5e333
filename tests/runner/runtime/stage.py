"""A place to carry out one launch: does what the keeper does, with the standard library."""

import asyncio
import itertools
import subprocess
import time
from pathlib import Path

from msgspec import Struct

from stokehold.domain.command import command, environment
from stokehold.domain.errors import Failure
from stokehold.runner.runtime.launch import Exit, Launch, Order, Pretend, Runtime

_NUMBERS = itertools.count()


class Seen(Struct):
    """What came of a launch."""

    end: Exit
    stdout: str
    stderr: str
    failure: Failure | None

    @property
    def code(self) -> str:
        """The code of the failure; "" is success."""
        return self.failure.code if self.failure else ""


class Stage:
    """Makes launches below one folder, and carries them out."""

    def __init__(self, runtime: Runtime, folder: Path) -> None:
        self.runtime = runtime
        self.folder = folder

    def launch(
        self,
        docker_cmd: str = "",
        *,
        instance_id: int = 0,
        network: bool = False,
        memory_mb: int = 0,
        **constants: str,
    ) -> Launch:
        token = f"test-{time.time_ns():x}-{next(_NUMBERS)}"
        job, tmp = self.folder / token / "job", self.folder / token / "tmp"
        job.mkdir(parents=True)
        tmp.mkdir()
        places = self.runtime.paths(str(job), str(tmp))
        defaults = {"DOCKER_REPO": "library/stoke-system", "DOCKER_CMD": docker_cmd}
        env = environment(
            {**defaults, **constants}, instance_id, 8, job=places.job, tmp=places.tmp, ram=places.ram
        )
        argv = command(env)
        return Launch(token, "docker-batch", argv, env, env, str(job), str(tmp), network, memory_mb)

    def order(self, launch: Launch) -> Order | Pretend:
        return asyncio.run(self.runtime.prepare(launch))

    def spawn(self, order: Order | Pretend) -> "subprocess.Popen[bytes]":
        assert isinstance(order, Order)
        return subprocess.Popen(
            order.argv,
            env=order.env,
            cwd=order.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def carry_out(self, launch: Launch) -> Seen:
        """prepare, spawn, verdict, clean."""
        try:
            end, stdout, stderr = self.ended(launch)
            failure = self.runtime.verdict(launch, end, stderr[-4096:])
        finally:
            self.clean(launch.token)
        return Seen(end, stdout.decode(), stderr.decode(), failure)

    def ended(self, launch: Launch) -> tuple[Exit, bytes, bytes]:
        order = self.order(launch)
        if isinstance(order, Pretend):
            return Exit(order.exit_code), order.stdout, order.stderr
        with self.spawn(order) as program:
            stdout, stderr = program.communicate(timeout=60)
        return end_of(program.returncode), stdout, stderr

    def stop(self, token: str) -> None:
        asyncio.run(self.runtime.stop(token))

    def clean(self, token: str) -> None:
        asyncio.run(self.runtime.clean(token))


def end_of(returncode: int) -> Exit:
    return Exit(signal=-returncode) if returncode < 0 else Exit(code=returncode)
