"""What published clients send (api.md appendix B)."""

from typing import Any

ZERO_DATE = "0001-01-01T00:00:00"

PYTHON: dict[str, Any] = {
    "name": "n", "profile": "docker-batch", "poolUuid": None, "jobUuid": None,
    "constants": [{"key": "DOCKER_CMD", "value": "echo"}], "constraints": [], "forcedConstants": [],
    "waitForPoolResourcesSynchronization": None, "uploadResultsOnCancellation": None, "labels": {},
    "dependencies": {"dependsOn": []},
    "advancedResourceBuckets": [
        {"bucketName": "in-b", "filtering": {}, "resourcesTransformation": {}, "cacheTTLSec": None}
    ],
    "resultBucket": "out-b", "instanceCount": 1, "tags": [], "autoDeleteOnCompletion": False,
    "completionTimeToLive": "00:00:00", "hardwareConstraints": [], "defaultResourcesCacheTTLSec": None,
    "privileges": {"exportApiAndStorageCredentialsInEnvironment": False},
    "retrySettings": {"maxTotalRetries": None, "maxPerInstanceRetries": None}, "forcedNetworkRules": [],
}  # fmt: skip

PYTHON_RANGES = {key: value for key, value in PYTHON.items() if key != "instanceCount"} | {
    "advancedRanges": "0-2,4-5,17", "shortname": "short", "ResultsCacheTTLSec": 60, "snapshotWhitelist": "a",
    "resultsBlacklist": "_c.h5", "schedulingType": "OnDemand",
    "secretsAccessRights": {"bySecret": [], "byPrefix": []},
}  # fmt: skip

DOTNET: dict[str, Any] = {
    "Name": "n", "Profile": "docker-batch", "PoolUuid": None, "JobUuid": None, "MaxRetriesPerInstance": 0,
    "MaxTimeQueueSeconds": None, "InstanceCount": 0, "RunningInstanceCount": None, "RunningCoreCount": None,
    "ExecutionTime": None, "WallTime": None, "EndDate": ZERO_DATE, "ResourceBuckets": [],
    "AdvancedResourceBuckets": [
        {"BucketName": "in-b", "Filtering": None, "ResourcesTransformation": None, "CacheTTLSec": None}
    ],
    "ResultBucket": "out-b", "ResultsCacheTTLSec": None, "State": None, "PreviousState": None,
    "StateTransitionTime": ZERO_DATE, "PreviousStateTransitionTime": ZERO_DATE, "LastModified": ZERO_DATE,
    "Errors": [], "SnapshotInterval": 0, "ResultsCount": 0, "CreationDate": ZERO_DATE,
    "Constants": [{"Key": "DOCKER_CMD", "Value": "echo"}], "Constraints": [], "Labels": {}, "Tags": [],
    "Uuid": "00000000-0000-0000-0000-000000000000", "Shortname": None, "Status": None, "AdvancedRanges": "1-3",
    "CompletedInstances": [], "SnapshotWhitelist": None, "SnapshotBlacklist": None, "SnapshotBucket": None,
    "SnapshotBucketPrefix": None, "ResultsWhitelist": None, "ResultsBlacklist": None, "ResultsBucketPrefix": None,
    "Dependencies": {"DependsOn": [], "AdvancedDependsOn": None, "State": None}, "AutoDeleteOnCompletion": False,
    "CompletionTimeToLive": "00:00:00", "WaitForPoolResourcesSynchronization": None, "HardwareConstraints": [],
    "DefaultResourcesCacheTTLSec": None, "Privileges": {"ExportApiAndStorageCredentialsInEnvironment": False},
    "RetrySettings": {"MaxTotalRetries": 3, "MaxPerInstanceRetries": 2},
    "SecretsAccessRights": {"BySecret": [], "ByPrefix": []}, "SchedulingType": "Flex",
    "TargetedReservedMachineKey": None, "TargetedReservationName": None, "ForcedNetworkRules": None,
    "ForcedConstants": [], "ProjectUuid": "00000000-0000-0000-0000-000000000000",
}  # fmt: skip

SUBMISSIONS = {"python": PYTHON, "python with ranges": PYTHON_RANGES, ".NET": DOTNET}
