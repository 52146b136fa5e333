"""What a node is made of."""

import os
from pathlib import Path

from stokehold.runner.inventory import Claims, _gpus, _on_ssd, inventory, told


def test_the_inventory_is_of_this_machine(tmp_path: Path) -> None:
    found = inventory("boiler-1", 3, "podman", tmp_path)
    assert (found.name, found.slots, found.runtime) == ("boiler-1", 3, "podman")
    assert found.cores == len(os.sched_getaffinity(0))
    total_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
    assert 0 < found.memory_mb <= total_mb
    assert found.disk_mb > 0
    assert 0 <= found.max_ghz < 10
    assert found.cpu_model == " ".join(found.cpu_model.split())


def test_what_the_owner_says_of_a_machine_wins(tmp_path: Path) -> None:
    found = inventory("boiler-1", 3, "process", tmp_path)
    assert told(found, Claims()) == found
    said = told(found, Claims(64, 9, "CPU X", 2, "GPU Y", not found.ssd, "64c-x", "lab"))
    assert (said.cores, said.memory_mb, said.cpu_model, said.gpus, said.gpu_model) == (
        64,
        9,
        "CPU X",
        2,
        "GPU Y",
    )
    assert (said.ssd, said.specification, said.reservation) == (not found.ssd, "64c-x", "lab")
    assert told(said, Claims(gpus=0)).gpu_model == ""


def test_gpus_are_found_where_their_drivers_tell_them(tmp_path: Path) -> None:
    assert _gpus(tmp_path) == []
    nvidia = tmp_path / "proc/driver/nvidia/gpus/0000:01:00.0"
    nvidia.mkdir(parents=True)
    (nvidia / "information").write_text("Model: \t\t NVIDIA A100\nIRQ: 1\n")
    for number, gpu_id in enumerate(("0", "4711")):
        node = tmp_path / f"sys/class/kfd/kfd/topology/nodes/{number}"
        node.mkdir(parents=True)
        (node / "gpu_id").write_text(f"{gpu_id}\n")
        (node / "name").write_text("gfx90a\n")
    assert _gpus(tmp_path) == ["NVIDIA A100", "gfx90a"]


def test_a_folder_is_on_an_ssd_when_its_disk_does_not_turn(tmp_path: Path) -> None:
    assert not _on_ssd(tmp_path, tmp_path / "sys"), "nothing is known"
    for name, rotational in (("sda", "0"), ("sdb", "0"), ("loop0", "1")):
        queue = tmp_path / "sys/block" / name / "queue"
        queue.mkdir(parents=True)
        (queue / "rotational").write_text(rotational)
        if name != "loop0":
            (queue.parent / "device").mkdir()
    assert _on_ssd(tmp_path, tmp_path / "sys")
    device = tmp_path.stat().st_dev
    disk = tmp_path / f"sys/dev/block/{os.major(device)}:{os.minor(device)}/queue"
    disk.mkdir(parents=True)
    (disk / "rotational").write_text("1\n")
    assert not _on_ssd(tmp_path, tmp_path / "sys"), "the folder's own disk counts"
