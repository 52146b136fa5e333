"""Every public method and property of the SDK's Task, Job, Connection and Bucket does what it says."""

from pathlib import Path

import pytest
from qarnot.exceptions import QarnotGenericException

from stokehold.api.operations import OPERATIONS
from stokehold.api.unbuilt import CAPABILITIES, FIELDS
from stokehold.domain.task import Spec
from tests.sdk import buckets, connections, jobs, snapshots, submissions, tasks
from tests.sdk.table import LATER, ROWS, Ground, Row, public
from tests.system.servers import Servers

PARTS = (buckets, connections, jobs, snapshots, submissions, tasks)  # importing one enters its rows

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the SDK, about itself


def test_every_member_has_a_row_or_a_reason() -> None:
    driven = {member for row in ROWS for member in row.members}
    assert driven & LATER.keys() == set()
    assert sorted(set(public()) - driven - LATER.keys()) == []
    assert sorted((driven | LATER.keys()) - set(public())) == []


def test_what_no_row_drives_is_not_built() -> None:
    assert set(LATER.values()) <= {capability.name for capability in CAPABILITIES}


def test_rows_need_what_exists() -> None:
    operations = {f"{route.method} {route.path}" for route in OPERATIONS}
    fields = {*Spec.__struct_encode_fields__, *FIELDS}
    needs = {need for row in ROWS for need in row.needs}
    assert {
        need for need in needs if need not in operations and need.partition(".")[0] not in fields
    } == set()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.drive.__name__)
def test_the_sdk(row: Row, servers: Servers, tmp_path: Path) -> None:
    ground = Ground(servers("process"), tmp_path)
    if row.lacks():
        with pytest.raises(QarnotGenericException, match="not built in this version"):
            row.drive(ground)
    else:
        row.drive(ground)
