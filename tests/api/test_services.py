from stokehold.api.services import Limits, Services
from tests.api.shelf import Shelf


def test_limits_fit_the_integers_of_clients() -> None:
    limits = Limits()
    assert max(limits.tasks, limits.instances, limits.cores, limits.buckets, limits.running_tasks) < 2**31
    assert limits.storage_bytes < 2**53


def test_what_an_api_can_do_without_has_a_default(services: Services) -> None:
    least = Services(services.database, Shelf(), lambda: 0)
    assert (least.facts(), least.metrics()) == ({}, b"")
    least.answered("/tasks", 200)
