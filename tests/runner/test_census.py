import os
import subprocess

from stokehold.runner.census import Census, Entry
from tests.waiting import wait_until


def test_a_tree_is_what_descends_from_its_root() -> None:
    census = Census({1: Entry(0, 1, 0, 0), 2: Entry(1, 1, 10, 1), 3: Entry(2, 2, 5, 2), 4: Entry(1, 1, 7, 4)})
    assert census.tree([2]) == {2, 3}
    assert (census.cpu_us({2, 3}), census.memory_mb({2, 3})) == (15, 3)


def test_what_left_its_parents_is_known_by_its_session() -> None:
    census = Census({1: Entry(0, 1, 0, 0), 2: Entry(1, 2, 0, 0), 9: Entry(1, 2, 0, 0), 10: Entry(9, 9, 0, 0)})
    assert census.tree([2]) == {2, 9, 10}


def test_a_root_that_is_gone_has_no_tree() -> None:
    assert Census({}).tree([7]) == set()


def test_this_process_is_counted() -> None:
    entry = Census.take().entries[os.getpid()]
    assert entry.parent == os.getppid()
    assert entry.memory_mb > 1
    assert entry.cpu_us > 0


def test_children_and_grandchildren_are_found() -> None:
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & sleep 60"], start_new_session=True)
    try:
        wait_until(lambda: len(Census.take().tree([shell.pid])) == 3, what="three processes")
    finally:
        os.killpg(shell.pid, 9)
        shell.wait()
