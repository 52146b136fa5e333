"""Several runners with different machines, and the public SDK: who runs where, who comes first, who makes room."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
import qarnot
from qarnot.exceptions import QarnotGenericException
from qarnot.hardware_constraint import CpuModelHardware, GpuHardware, MinimumCoreHardware, SpecificHardware
from qarnot.scheduling_type import OnDemandScheduling, ReservedScheduling

from stokehold.runner import processes
from stokehold.runner.keeper import prefix
from tests.system.cluster import STOKE, TREE_S, Stokehold, final
from tests.waiting import DEADLINE_S, wait_until


class Site:
    """A server without a runner of its own, and as many runners as a test wants."""

    def __init__(self, folder: Path, stokehold: Stokehold, opened: ExitStack) -> None:
        self.folder, self.stokehold, self._opened = folder, stokehold, opened
        self.sdk: qarnot.Connection = stokehold.connection()

    def machine(self, name: str, **settings: object) -> None:
        """A runner that tells what its settings say of its machine; returns when the server knows it."""
        self._opened.enter_context(self._running(name, {"SLOTS": 1, "GRACE_S": 1, **settings}))
        before = len(self.machines())
        wait_until(lambda: len(self.machines()) > before, what=f"{name} is there")

    def machines(self) -> list[Any]:
        found: list[Any] = self.get("/health")["runners"]
        return found

    @contextmanager
    def _running(self, name: str, settings: dict[str, object]) -> Iterator[None]:
        data = self.folder / name
        data.mkdir()
        (data / "runner.token").write_text((self.stokehold.data / "runner.token").read_text())
        env = self.stokehold.env | {f"STOKE_RUNNER_{key}": str(value) for key, value in settings.items()}
        words = [STOKE, "runner", "--server", self.stokehold.api, "--data", data]
        with (data / "log").open("wb") as log:
            process = subprocess.Popen(words, env=env, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(TREE_S)
            assert not processes.marked(prefix(data / "runner") + "-")

    def task(self, command: str, instances: int = 1, **fields: Any) -> qarnot.task.Task:
        """A submitted task."""
        task = self.sdk.create_task("t", "docker-batch", instances)
        task.constants["DOCKER_CMD"] = command
        for name, value in fields.items():
            setattr(task, name, value)
        task.submit()
        return task

    def until_told(self, instances: int = 1, **fields: Any) -> tuple[qarnot.task.Task, Path]:
        """A task whose instances run until a file is there."""
        word = self.folder / f"go-{len(list(self.folder.iterdir()))}"
        script = f"echo began ${{INSTANCE_ID}}; until test -e {word}; do sleep 0.05; done; echo done"
        return self.task(f'sh -c "{script}"', instances, **fields), word

    def get(self, path: str) -> Any:
        headers = {"authorization": self.stokehold.token}
        url = self.stokehold.api + path
        return httpx2.get(url, headers=headers, timeout=DEADLINE_S, trust_env=False).json()

    def ran_on(self, task: qarnot.task.Task) -> set[str]:
        """The kinds of machines that ran the instances of a task."""
        found = self.get(f"/tasks/{task.uuid}")["completedInstances"]
        return {instance["specificationKey"] for instance in found}

    def executing(self, task: qarnot.task.Task, count: int) -> None:
        wait_until(
            lambda: self.get(f"/tasks/{task.uuid}")["runningInstanceCount"] == count,
            what=f"{count} execute",
        )


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with ExitStack() as opened:
        server = Stokehold(tmp_path / "server", {"STOKE_RUNNER_ENABLED": "false"})
        stokehold = opened.enter_context(server)
        yield Site(tmp_path, stokehold, opened)


def test_an_on_demand_task_takes_a_slot_and_the_flex_instance_runs_again(site: Site) -> None:
    site.machine("one", SLOTS=2)
    flex, word = site.until_told(2)
    site.executing(flex, 2)
    urgent = final(site.task("echo urgent", scheduling_type=OnDemandScheduling()))
    assert (urgent.state, urgent.stdout()) == ("Success", "0> urgent\n")
    site.executing(flex, 2)
    word.touch()
    final(flex)
    assert flex.state == "Success"
    assert sorted(i.execution_attempt_count for i in flex.completed_instances) == [1, 2]
    assert flex.stdout().count("done") == 2
    assert flex.errors == []


def test_an_on_demand_task_makes_all_the_room_that_it_needs_and_no_more(site: Site) -> None:
    site.machine("one", SLOTS=2)
    site.machine("two", SLOTS=1)
    flex, word = site.until_told(5)
    site.executing(flex, 3)
    urgent, told = site.until_told(2, scheduling_type=OnDemandScheduling())
    site.executing(urgent, 2)
    site.executing(flex, 1)
    why = site.get(f"/tasks/{flex.uuid}/explanation")["explanation"]
    assert why.startswith("1 instance of it is at work; 4 wait: all 3 slots of 2 nodes")
    told.touch()
    word.touch()
    assert (final(urgent).state, final(flex).state) == ("Success", "Success")


def test_reserved_work_takes_its_machine_from_flex_work_and_no_other(site: Site) -> None:
    site.machine("free", SPECIFICATION="1c-1g-free")
    site.machine("lab", SPECIFICATION="1c-1g-lab", RESERVATION="lab")
    flex, word = site.until_told(2)
    site.executing(flex, 2)
    reserved = site.task("true", scheduling_type=ReservedScheduling(), targeted_reservation_name="lab")
    assert site.ran_on(final(reserved)) == {"1c-1g-lab"}
    absent = site.task("true", scheduling_type=ReservedScheduling(), targeted_reservation_name="attic")
    told = site.get(f"/tasks/{absent.uuid}")
    assert told["explanation"] == "It waits: no machine of the reservation 'attic' is there."
    assert (told["schedulingType"], told["targetedReservationName"]) == ("reserved", "attic")
    word.touch()
    assert final(flex).state == "Success"
    (quota,) = site.sdk.get_user_computing_quotas().reserved
    assert (quota.reservation_name, quota.machine_key, quota.max_instances) == ("lab", "1c-1g-lab", 1)


def test_constraints_choose_the_machine_and_what_none_meets_is_refused(site: Site) -> None:
    site.machine("plain", CORES=2, CPU_MODEL="Plain 1000", SSD="no", GPUS=0, TOTAL_MEMORY_MB=4096)
    site.machine("large", CORES=64, CPU_MODEL="Large 9000", SSD="yes", GPUS=1, TOTAL_MEMORY_MB=131072)
    large, plain = "64c-128g-large-9000-ssd", "2c-4g-plain-1000"
    choices = {
        large: [[GpuHardware()], [MinimumCoreHardware(3), CpuModelHardware("large")]],
        plain: [[SpecificHardware("2c-4g")], [CpuModelHardware("Plain 1000")]],
    }
    for key, several in choices.items():
        for constraints in several:
            task = final(site.task("true", 2, hardware_constraints=constraints))
            assert site.ran_on(task) == {key}
            assert [type(c) for c in task.hardware_constraints] == [type(c) for c in constraints]
    with pytest.raises(
        QarnotGenericException, match=r"hardware constraint MinimumCore 65 cores\. Allowed are: 2, 64"
    ):
        site.task("true", hardware_constraints=[MinimumCoreHardware(65)])
    kinds = {type(c).__name__ for c in site.sdk.all_hardware_constraints()}
    assert len(kinds) == 12
    assert [c.to_json()["cpuModel"] for c in site.sdk.search_cpu_model_constraints("9000")] == ["Large 9000"]
