"""The bubblewrap sandbox: what a command can see, and what it cannot do."""

import shutil
import subprocess
import time
from pathlib import Path

import pytest
from msgspec.structs import replace

from stokehold.runner.runtime.launch import Order, Unrunnable
from stokehold.runner.runtime.sandbox import Sandbox
from tests import tools
from tests.runner.runtime.stage import Stage, end_of

ROOT = Path(__file__).parents[3]


def said(sandbox: Stage, script: str, **constants: str) -> str:
    seen = sandbox.carry_out(sandbox.launch('sh -c "${SCRIPT}"', SCRIPT=script, **constants))
    return seen.stdout + seen.stderr


@pytest.mark.parametrize("path", ["/x", "/usr/x", "/etc/x", "/home/x", "/root/x", "/run/x", "/sys/x"])
def test_the_system_cannot_be_changed(sandbox: Stage, path: str) -> None:
    seen = sandbox.carry_out(sandbox.launch(f"touch {path}"))
    assert seen.code == "STK1001"
    assert not Path(path).exists()


def test_the_kernels_settings_cannot_be_changed_even_by_root(sandbox: Stage) -> None:
    """Root without capabilities still owns them. The value written is the present one: a hole does no harm."""
    script = (
        "for f in /proc/sys/kernel/core_pattern /proc/sys/vm/swappiness; do"
        " value=`cat $f`; { echo $value > $f; } 2> /dev/null && echo hole in $f; done; echo end"
    )
    assert said(sandbox, script) == "end\n"


def test_a_command_cannot_make_itself_root_and_undo_the_sandbox(sandbox: Stage) -> None:
    script = (
        "cd /tmp; mkdir p; for undo in 'umount /proc/sys' 'mount -o remount,rw /usr' 'mount -t proc proc p'"
        " 'umount /etc' 'mount -o remount,bind,rw /proc/sys'; do"
        " unshare --user --map-root-user --mount --pid --fork $undo 2>/dev/null && echo $undo; done; echo end"
    )
    assert said(sandbox, script) == "end\n"


def test_there_is_nothing_to_read_that_belongs_to_others(sandbox: Stage) -> None:
    empty = ["/home", "/media", "/mnt", "/root", "/run", "/srv"]
    assert said(sandbox, f"find {' '.join(empty)}").split() == empty
    assert said(sandbox, "ls /var").split() in (["tmp"], ["cache", "tmp"], ["cache", "lib", "tmp"])
    assert "root" not in said(sandbox, "cat /etc/shadow 2>/dev/null; ls -A /etc/ssl/private 2>/dev/null")


def test_a_hidden_folder_is_empty_and_stays_so(tmp_path: Path) -> None:
    made = Stage(Sandbox(str(tools.require("bwrap")), [str(ROOT / "tests"), str(tmp_path)]), tmp_path)
    assert "conftest.py" not in said(made, f"ls -A {ROOT}/tests {tmp_path}; touch {ROOT}/tests/x 2>/dev/null")
    assert not (ROOT / "tests" / "x").exists()


def test_a_command_has_no_capabilities_and_can_get_none(sandbox: Stage) -> None:
    lines = said(sandbox, "grep -E '^(Cap(Eff|Prm|Bnd)|NoNewPrivs)' /proc/self/status").split("\n")
    assert [line.split() for line in lines if line] == [
        ["CapPrm:", "0" * 16],
        ["CapEff:", "0" * 16],
        ["CapBnd:", "0" * 16],
        ["NoNewPrivs:", "1"],
    ]


def test_a_command_sees_only_its_own_processes(sandbox: Stage) -> None:
    assert len(said(sandbox, "ls -d /proc/[0-9]*").split()) <= 4


def test_a_program_of_the_job_directory_may_be_named_by_its_full_path(sandbox: Stage) -> None:
    launch = sandbox.launch("/job/bin/program")
    Path(launch.job_dir, "bin").mkdir()
    shutil.copy("/bin/echo", Path(launch.job_dir, "bin", "program"))
    assert sandbox.carry_out(launch).failure is None
    assert sandbox.launch("/job/absent")


def test_a_script_whose_interpreter_is_missing_is_a_command_that_cannot_be_executed(sandbox: Stage) -> None:
    launch = sandbox.launch("./script")
    script = Path(launch.job_dir, "script")
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    assert sandbox.carry_out(launch).code == "STK1003"


def test_a_sandbox_that_cannot_be_made_is_not_the_programs_failure(sandbox: Stage) -> None:
    launch = sandbox.launch("true")
    Path(launch.tmp_dir).rmdir()
    seen = sandbox.carry_out(launch)
    assert seen.code == "STK4004"
    assert launch.tmp_dir in seen.stderr


def test_what_a_program_prints_about_bubblewrap_is_not_taken_for_its_complaint(sandbox: Stage) -> None:
    assert (
        sandbox.carry_out(sandbox.launch("sh -c 'echo first >&2; echo bwrap: no >&2; exit 1'")).code
        == "STK1001"
    )


def test_the_scratch_directories_are_the_instances_own(sandbox: Stage) -> None:
    launch = sandbox.launch("sh -c 'touch /tmp/a /var/tmp/b /dev/shm/c; ls -A $TMP_PATH $TMP_RAMFS_PATH'")
    assert sandbox.carry_out(launch).stdout == "/dev/shm:\nc\n\n/tmp:\na\nb\n"
    assert {p.name for p in Path(launch.tmp_dir).iterdir()} == {"a", "b"}
    assert sandbox.carry_out(sandbox.launch("ls -A /tmp /dev/shm")).stdout == "/dev/shm:\n\n/tmp:\n"


def test_names_can_be_resolved_where_there_is_a_network(sandbox: Stage) -> None:
    launch = sandbox.launch("cat /etc/resolv.conf", network=True)
    assert sandbox.carry_out(launch).stdout == Path("/etc/resolv.conf").read_text()


def test_a_start_takes_milliseconds(sandbox: Stage) -> None:
    order = sandbox.order(sandbox.launch("true"))
    assert isinstance(order, Order)
    assert min(_start(order) for _ in range(10)) < 0.1  # seconds; 0.01 on a quiet machine


def _start(order: Order) -> float:
    begun = time.perf_counter()
    subprocess.run(order.argv, env=order.env, cwd=order.cwd, check=True)
    return time.perf_counter() - begun


def test_the_verdict_needs_no_more_than_the_exit(sandbox: Stage) -> None:
    launch = replace(sandbox.launch("true"), memory_mb=10)
    assert sandbox.runtime.verdict(launch, end_of(0), b"bwrap: never mind\n") is None


def test_a_secret_is_never_an_argument_of_the_sandbox(sandbox: Stage) -> None:
    launch = sandbox.launch("true", QARNOT_SECRET_A="hunter2", LD_LIBRARY_PATH="/opt/hunter2")
    order = sandbox.order(replace(launch, hidden=frozenset({"QARNOT_SECRET_A"})))
    assert isinstance(order, Order)
    assert order.env["QARNOT_SECRET_A"] == "hunter2"
    assert "QARNOT_SECRET_A" not in order.argv
    with pytest.raises(Unrunnable) as caught:
        sandbox.order(replace(launch, hidden=frozenset({"QARNOT_SECRET_A", "LD_LIBRARY_PATH"})))
    assert "LD_LIBRARY_PATH" in caught.value.failure.message
    assert "hunter2" not in caught.value.failure.message
