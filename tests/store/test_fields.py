import pytest

from stokehold.domain.errors import Invalid
from stokehold.store.fields import FIELDS, Kind, field

#: The fields of tasks that clients search by (api.md 1.10): of objects, their parts.
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
    "Constants",
    "Constraints",
    "RunningCoreCount",
    "RetrySettings.MaxTotalRetries",
    "Privileges.ExportApiAndStorageCredentialsInEnvironment",
    "CompletedInstances",
]


@pytest.mark.parametrize("name", NAMED_BY_CLIENTS)
def test_clients_can_search_by_every_plain_field(name: str) -> None:
    assert field(name, "filter") == FIELDS[name.lower()]


@pytest.mark.parametrize("name", ["Labels.team", "labels.a.b", "Constants.DOCKER_CMD"])
def test_what_users_name_themselves_is_a_text(name: str) -> None:
    assert field(name, "filter").kind is Kind.TEXT


def test_a_secret_is_not_searched_by() -> None:
    with pytest.raises(Invalid, match="secret"):
        field("Constants.QARNOT_SECRET__KEY", "filter")


def test_an_object_is_searched_by_its_parts() -> None:
    with pytest.raises(Invalid, match="name dependencies"):
        field("Dependencies", "filter")


@pytest.mark.parametrize("name", ["", "Colour", "Labels", "Labels.", 'Labels."', "Constants.", "Name.x"])
def test_an_unknown_field_is_named_with_its_place(name: str) -> None:
    with pytest.raises(Invalid, match=r"^filter.filters\[1\].field: "):
        field(name, "filter.filters[1]")
