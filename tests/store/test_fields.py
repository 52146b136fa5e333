import pytest

from stokehold.domain.errors import Invalid
from stokehold.store.fields import FIELDS, Kind, field

#: The fields of tasks that clients search by (api.md 1.10), but for those whose values are objects.
NAMED_BY_CLIENTS = [
    "Uuid",
    "Name",
    "Shortname",
    "Profile",
    "ResultBucket",
    "State",
    "PreviousState",
    "StateTransitionTime",
    "PreviousStateTransitionTime",
    "LastModified",
    "CreationDate",
    "EndDate",
    "ResultsCount",
    "Tags",
    "Dependencies.DependsOn",
    "SnapshotInterval",
    "SnapshotWhitelist",
    "SnapshotBlacklist",
    "SnapshotBucket",
    "SnapshotBucketPrefix",
    "ResultsWhitelist",
    "ResultsBlacklist",
    "ResultsBucketPrefix",
    "PoolUuid",
    "JobUuid",
    "ProjectUuid",
    "InstanceCount",
    "MaxTimeQueueSeconds",
    "RunningInstanceCount",
    "ExecutionTime",
    "WallTime",
    "HardwareConstraints",
    "DefaultResourcesCacheTTLSec",
    "ForcedNetworkRules",
    "ForcedConstants",
]


@pytest.mark.parametrize("name", NAMED_BY_CLIENTS)
def test_clients_can_search_by_every_plain_field(name: str) -> None:
    assert field(name, "filter") == FIELDS[name.lower()]


def test_a_label_is_a_text() -> None:
    assert field("Labels.team", "filter").kind is Kind.TEXT


@pytest.mark.parametrize("name", ["", "Colour", "Labels", "Labels.", 'Labels."', "Labels.a.b", "Name.x"])
def test_an_unknown_field_is_named_with_its_place(name: str) -> None:
    with pytest.raises(Invalid, match=r"^filter.filters\[1\].field: "):
        field(name, "filter.filters[1]")
