import msgspec
import pytest

from stokehold.api.answers import Created, Item, Page, Task, TaskSummary
from stokehold.api.render import render
from tests.api.views import view

#: The names of api.md 3.3a, but for those of pools.
SUMMARY = [
    "uuid", "name", "shortname", "profile", "jobUuid", "progress", "runningInstanceCount", "runningCoreCount",
    "clusterInfo", "executionTime", "wallTime", "state", "previousState", "totalInstanceCount",
    "instanceCount", "maxRetriesPerInstance", "advancedRanges", "stateTransitionTime",
    "previousStateTransitionTime", "lastModified", "creationDate", "endDate",
    "waitForPoolResourcesSynchronization",
]  # fmt: skip


def test_a_summary_has_the_names_that_clients_read() -> None:
    assert set(TaskSummary.__struct_encode_fields__) == set(SUMMARY)


@pytest.mark.parametrize(
    "name",
    ["ResultsCacheTTLSec", "resultsCacheTTLSec", "defaultResourcesCacheTTLSec", "retrySettings", "status"],
)
def test_a_task_has_the_names_that_clients_read(name: str) -> None:
    assert name in Task.__struct_encode_fields__


def test_a_creation_answers_its_uuid() -> None:
    assert msgspec.json.encode(Created(uuid="u")) == b'{"uuid":"u"}'


def test_an_item_of_several_has_all_its_keys() -> None:
    assert (
        msgspec.json.encode(Item(status_code=200, uuid="u"))
        == b'{"statusCode":200,"uuid":"u","message":null}'
    )


def test_the_last_page_has_no_next_token() -> None:
    page = Page[Task](data=[], count=0, total=0, is_truncated=False)
    assert msgspec.json.encode(page) == b'{"data":[],"count":0,"total":0,"isTruncated":false}'


def test_empty_lists_are_there() -> None:
    task = msgspec.to_builtins(render(view()))
    for name in ("errors", "completedInstances", "forcedConstants", "hardwareConstraints", "tags"):
        assert list(task[name]) == []
