import pytest

from stokehold.domain.explain import explain
from stokehold.domain.quota import UNLIMITED, Quota, Quotas
from stokehold.domain.task import Discriminator, HardwareConstraint, Scheduling
from stokehold.store import situation
from stokehold.store.database import Database
from stokehold.store.tasks import Task
from tests.store.kitchen import Kitchen
from tests.store.statements import statements


@pytest.fixture
def kitchen(database: Database) -> Kitchen:
    return Kitchen(database)


def why(kitchen: Kitchen, task: Task, quotas: Quotas = UNLIMITED) -> str:
    now = kitchen.again(task.uuid)
    return explain(kitchen.database.read_now(situation.look, now, quotas))


def test_a_task_tells_what_it_waits_for(kitchen: Kitchen) -> None:
    first = kitchen.task(instance_count=3)
    assert why(kitchen, first) == "It waits: it is about to be given to a node that has room."
    kitchen.lease(2)
    assert why(kitchen, first).startswith("2 instances of it are at work; 1 waits: all 2 slots")
    for _ in range(3):
        last = kitchen.task()
    assert why(kitchen, last).endswith("are busy, and 2 tasks come before it.")
    assert "quota of Flex instances" in why(kitchen, last, Quotas(flex=Quota(instances=2)))


def test_a_task_that_fits_no_node_says_which_constraint(kitchen: Kitchen) -> None:
    gpu = kitchen.task(hardware_constraints=[HardwareConstraint(Discriminator.GPU)])
    assert why(kitchen, gpu) == "It waits: no node that is there meets the hardware constraint Gpu."
    lab = kitchen.task(scheduling_type=Scheduling.RESERVED, targeted_reservation_name="lab")
    assert why(kitchen, lab) == "It waits: no machine of the reservation 'lab' is there."


def test_a_task_without_anything_that_waits_is_looked_at_shortly(kitchen: Kitchen) -> None:
    task = kitchen.task()
    (lease,) = kitchen.lease(1)
    with statements(kitchen.database) as seen:
        assert why(kitchen, task).startswith("It is about to run")
    assert len(seen) == 2  # one of them finds the task
    kitchen.end(lease.token)
    assert why(kitchen, task) == "It has ended: Success."
