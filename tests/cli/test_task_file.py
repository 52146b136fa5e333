import json
from pathlib import Path
from typing import Any

import pytest

from stokehold.cli.task_file import read, read_one
from stokehold.client.errors import BadInput

VENDORS = {
    "Name": "n", "InstanceCount": 2, "JobUuidOrShortname": "j", "Labels": ["a=b"], "Constants": ["C=1"],
    "Dependents": ["t"], "Result": "r", "MaxTotalRetries": 3, "MaxRetriesPerInstance": 1,
    "SecretsAccessRightsByKey": ["k"], "SnapshotPeriodicSec": 60, "Whitelist": "w", "Tags": None,
    "ExportApiAndStorageCredentialsInEnvironment": True, "DefaultResourcesCacheTTLSec": 5,
}  # fmt: skip


def written(path: Path, told: Any) -> Path:
    path.write_text(json.dumps(told))
    return path


def test_the_vendors_words_become_fields(tmp_path: Path) -> None:
    assert read_one(written(tmp_path / "t.json", VENDORS)) == {
        "name": "n", "instanceCount": 2, "jobUuid": "j", "labels": {"a": "b"},
        "constants": [{"key": "C", "value": "1"}], "dependencies": {"dependsOn": ["t"]}, "resultBucket": "r",
        "snapshotPeriodicSec": 60, "resultsWhitelist": "w",
        "retrySettings": {"maxTotalRetries": 3, "maxPerInstanceRetries": 1}, "defaultResourcesCacheTTLSec": 5,
        "secretsAccessRights": {"bySecret": [{"key": "k"}], "byPrefix": []},
        "privileges": {"exportApiAndStorageCredentialsInEnvironment": True},
    }  # fmt: skip


def test_fields_of_the_interface_stay_as_they_are(tmp_path: Path) -> None:
    told = {"labels": {"a": "b"}, "constants": [{"key": "C", "value": "1"}], "hardwareConstraints": []}
    assert read(written(tmp_path / "t.json", [told, told])) == [told, told]
    assert read_one(None) == {}


@pytest.mark.parametrize("told", [3, [], [3], "x"])
def test_what_describes_no_task_is_refused(tmp_path: Path, told: Any) -> None:
    with pytest.raises(BadInput, match="JSON object"):
        read(written(tmp_path / "t.json", told))


def test_one_is_not_several(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="2 tasks"):
        read_one(written(tmp_path / "t.json", [{}, {}]))
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(BadInput, match="not JSON"):
        read(tmp_path / "broken.json")
