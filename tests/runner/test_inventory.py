"""What a node is made of."""

import os
from pathlib import Path

from stokehold.runner.inventory import inventory


def test_the_inventory_is_of_this_machine(tmp_path: Path) -> None:
    found = inventory("boiler-1", 3, "podman", tmp_path)
    assert (found.name, found.slots, found.runtime) == ("boiler-1", 3, "podman")
    assert found.cores == len(os.sched_getaffinity(0))
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    assert 0 < found.memory_mb <= total_mb
    assert found.disk_mb > 0
    assert 0 <= found.max_ghz < 10
    assert found.cpu_model == " ".join(found.cpu_model.split())
