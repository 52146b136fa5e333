"""The meaning of an exit code, of a signal, and of a program that cannot be started."""

import errno
import os
from pathlib import Path

import pytest

from stokehold.runner.runtime.launch import Exit, Launch, ending, not_spawned, signal_of
from tests.runner.runtime.stage import Stage

LAUNCH = Launch("t", "docker-batch", ["run", "x"], {}, {}, "/nowhere", "/nowhere", memory_mb=64)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (Exit(code=0), ""),
        (Exit(code=1), "STK1001"),
        (Exit(code=255), "STK1001"),
        (Exit(code=137), "STK1002"),
        (Exit(code=143), "STK1002"),
        (Exit(code=128), "STK1001"),
        (Exit(code=150), "STK1001"),  # 128 + 22: no program is ended by that signal
        (Exit(signal=11), "STK1002"),
        (Exit(signal=64), "STK1002"),
        (Exit(signal=99), "STK1002"),
        (Exit(signal=9, memory_killed=True), "STK2001"),
        (Exit(code=137, memory_killed=True), "STK2001"),
        (Exit(code=0, stopped=True), "GHX0782I"),
        (Exit(), "STK4004"),
    ],
)
def test_every_ending_has_one_meaning(end: Exit, code: str) -> None:
    failure = ending(LAUNCH, end)
    assert (failure.code if failure else "") == code


def test_a_signal_told_by_a_shell_is_the_same_signal() -> None:
    assert signal_of(Exit(code=139)) == signal_of(Exit(signal=11)) == 11
    assert signal_of(Exit(code=3)) is None


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOENT, "STK1003"),
        (errno.EACCES, "STK1003"),
        (errno.ENOEXEC, "STK1003"),
        (errno.E2BIG, "STK1004"),
        (errno.EAGAIN, "STK4004"),
        (errno.ENOMEM, "STK4004"),
    ],
)
def test_a_program_that_cannot_be_started_is_whose_fault_it_is(number: int, code: str) -> None:
    assert not_spawned(LAUNCH, OSError(number, os.strerror(number))).code == code


def test_a_script_whose_interpreter_is_missing_is_a_command_that_cannot_be_executed(process: Stage) -> None:
    launch = process.launch("./script")
    script = Path(launch.job_dir, "script")
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    with pytest.raises(OSError, match=r"No such file") as caught:
        process.carry_out(launch)
    assert not_spawned(launch, caught.value).code == "STK1003"
