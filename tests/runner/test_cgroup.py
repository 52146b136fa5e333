"""Control groups, as files of both versions: what a kernel with them shows."""

from pathlib import Path

import pytest

from stokehold.runner.cgroup import Cgroup, Used


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for pid in ("self", "7"):
        (tmp_path / "proc" / pid).mkdir(parents=True)
    return tmp_path / "proc"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "cgroup").mkdir()
    return tmp_path / "cgroup"


def write(folder: Path, **files: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def second_version(folder: Path) -> None:
    write(
        folder,
        cpu__stat="usage_usec 1500\nuser_usec 1000\n",
        memory__current="3000000\n",
        memory__stat="anon 1\ninactive_file 1000000\n",
    )


def test_version_2(root: Path, proc: Path) -> None:
    write(proc / "self", cgroup="0::/runner\n")
    write(proc / "7", cgroup="0::/box\n")
    second_version(root / "box")
    group = Cgroup.of(7, root, proc)
    assert group is not None
    assert group.read() == Used(1500, 2.0)


def test_version_1_with_its_controllers_apart_or_together(root: Path, proc: Path) -> None:
    write(proc / "self", cgroup="4:memory:/\n2:cpu,cpuacct:/\n0::/\n")
    write(proc / "7", cgroup="4:memory:/box\n2:cpu,cpuacct:/box\n0::/\n")
    write(root / "cpu,cpuacct/box", cpuacct__usage="2000000\n")
    write(
        root / "memory/box", memory__usage_in_bytes="5000000\n", memory__stat="total_inactive_file 1000000\n"
    )
    group = Cgroup.of(7, root, proc)
    assert group is not None
    assert group.read() == Used(2000, 4.0)


def test_both_versions_at_once(root: Path, proc: Path) -> None:
    write(proc / "self", cgroup="1:name=systemd:/\n0::/\n")
    write(proc / "7", cgroup="1:name=systemd:/box\n0::/box\n")
    second_version(root / "unified/box")
    assert Cgroup.of(7, root, proc) is not None


def test_a_group_that_is_ours_too_tells_nothing_of_one_program(root: Path, proc: Path) -> None:
    for pid in ("self", "7"):
        write(proc / pid, cgroup="0::/runner\n")
    second_version(root / "runner")
    assert Cgroup.of(7, root, proc) is None


def test_a_group_whose_files_are_not_there_is_none(root: Path, proc: Path) -> None:
    write(proc / "self", cgroup="0::/runner\n")
    write(proc / "7", cgroup="0::/box\n")
    assert Cgroup.of(7, root, proc) is None
    assert Cgroup.of(8, root, proc) is None, "nor is that of a process that is gone"


def test_a_group_that_goes_is_read_as_none(root: Path, proc: Path) -> None:
    write(proc / "self", cgroup="0::/runner\n")
    write(proc / "7", cgroup="0::/box\n")
    second_version(root / "box")
    group = Cgroup.of(7, root, proc)
    assert group is not None
    (root / "box/memory.current").unlink()
    assert group.read() is None
