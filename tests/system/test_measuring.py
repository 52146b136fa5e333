"""What running instances use and how far they are, as the public SDK and the API tell it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import qarnot

from tests.system.cluster import Stokehold, final
from tests.waiting import DEADLINE_S, wait_until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stokehold]:
    env = {"STOKE_RUNNER_SLOTS": "2", "STOKE_RUNNER_SAMPLE_S": "0.2"}
    with Stokehold(tmp_path_factory.mktemp("measuring"), env) as running:
        yield running


def started(server: Stokehold, command: str, count: int = 1, **constants: str) -> qarnot.task.Task:
    task = server.connection().create_task("measured", "docker-batch", count)
    task.constants.update({"DOCKER_CMD": command, **constants})
    task.submit()
    return task


def running(task: qarnot.task.Task) -> Any:
    """What is told of its instances that run, once something is."""
    task.update(True)
    return task.status and task.status.running_instances_info


def answer(server: Stokehold, path: str) -> Any:
    response = httpx2.get(
        server.api + path, headers={"authorization": server.token}, timeout=DEADLINE_S, trust_env=False
    )
    assert response.status_code == 200, response.text
    return response.json()


def test_a_running_instance_is_measured(server: Stokehold) -> None:
    """CPU of a program that computes, in percent, and memory of one that holds it; both through the public SDK."""
    burn = started(server, "python3 -c 'x = bytearray(80_000_000)\nwhile True: pass'")

    def seen() -> Any:
        info = running(burn)
        each = info.per_running_instance_info if info else []
        return info if each and each[0].cpu_usage > 5 and each[0].current_memory_mb > 80 else None

    info = wait_until(seen, what="CPU and memory are measured")
    [one] = info.per_running_instance_info
    assert (one.phase, one.instance_id, one.execution_attempt_count) == ("execution", 0, 1)
    assert one.current_memory_mb < 400
    assert one.memory_usage == pytest.approx(one.current_memory_mb / one.max_memory_mb, abs=0.01)
    assert one.execution_time_sec > 0
    assert info.average_cpu_usage == one.cpu_usage
    assert info.total_network_in_kbps == 0, "without a network of its own there is nothing to count"
    burn.abort()
    final(burn)


def test_the_peak_of_memory_is_told_after_the_end(server: Stokehold, tmp_path: Path) -> None:
    """Of a process that is a child of the command, and not the command itself."""
    os.mkfifo(tmp_path / "gate")
    script = f'sh -c \'python3 -c "x = bytearray(90_000_000); open(\\"{tmp_path}/gate\\").read()"; true\''
    task = started(server, script)

    def measured() -> bool:
        info = running(task)
        return any(one.current_memory_mb > 90 for one in (info.per_running_instance_info if info else []))

    wait_until(measured, what="it is measured while it holds its memory")
    (tmp_path / "gate").write_text("go")
    task = final(task)
    assert task.state == "Success"
    assert task.completed_instances[0].peak_memory_mb > 90


def test_a_progress_file_sets_the_progress_of_the_instance_and_of_its_task(server: Stokehold) -> None:
    script = (
        'sh -c \'if [ "$INSTANCE_ID" = 0 ]; then echo 0.5 >"$STOKEHOLD_PROGRESS_FILE"; fi; exec sleep 300\''
    )
    task = started(server, script, 2)

    def told() -> dict[int, float]:
        info = running(task)
        return {i.instance_id: i.progress for i in (info.per_running_instance_info if info else [])}

    wait_until(lambda: told() == {0: 50, 1: 0}, what="one of two is half-way, the other runs")
    assert task.status is not None
    assert task.progress == task.status.execution_progress == 25
    task.abort()
    final(task)


def test_patterns_on_the_output_set_the_progress(server: Stokehold) -> None:
    task = started(
        server,
        "sh -c 'echo frame 3 of 4; exec sleep 300'",
        DOCKER_PROGRESS1="never ([0-9]+)",
        DOCKER_PROGRESS2="frame ([0-9]+) of ([0-9]+)",
    )

    def told() -> bool:
        task.update(True)
        return task.progress == 75

    wait_until(told, what="three of four")
    task.abort()
    final(task)


def test_a_pattern_that_tells_no_progress_is_refused(server: Stokehold) -> None:
    with pytest.raises(qarnot.exceptions.QarnotGenericException, match="one group"):
        started(server, "true", DOCKER_PROGRESS3="[0-9]+%")


def test_curves_are_kept(server: Stokehold) -> None:
    task = started(server, "sleep 300", 2)

    def points() -> Any:
        found = answer(server, f"/tasks/{task.uuid}/metrics")
        return found if len(found["instances"]) == 2 and len(found["instances"][1]["time"]) > 3 else None

    found = wait_until(points, what="points of a curve")
    one = found["instances"][0]
    assert len(one["time"]) == len(one["cpuUsage"]) == len(one["memoryMB"]) == len(one["progress"])
    assert max(found["total"]["instanceCount"]) == 2
    task.abort()
    final(task)
    later = answer(
        server, f"/tasks/{task.uuid}/metrics?instanceId=1&since={found['instances'][1]['time'][1]}"
    )
    assert [i["instanceId"] for i in later["instances"]] == [1]
    assert later["instances"][0]["time"][0] == found["instances"][1]["time"][2]
