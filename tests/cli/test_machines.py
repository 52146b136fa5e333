import pytest

from stokehold.client import Client
from stokehold.client.errors import BadInput
from tests.cli.conftest import Stoke
from tests.cli.test_creation import description
from tests.waiting import wait_until

ALL = (
    "--min-core-count", "1", "--max-cores", "4", "--min-ram", "1", "--max-ram", "1e9", "--min-ram-core-ratio", "0.5",
    "--max-ram-core-ratio", "8", "--gpu-hardware", "--no-ssd-hardware", "--cpu-model", "m", "--machine", "a",
    "--specific-hardware-constraints", "b",
)  # fmt: skip


def test_every_constraint_has_its_option() -> None:
    told = description(*ALL)["hardwareConstraints"]
    assert {one.pop("discriminator").replace("HardwareConstraint", ""): one for one in told[:7]} == {
        "MinimumCore": {"coreCount": 1}, "MaximumCore": {"coreCount": 4},
        "MinimumRam": {"minimumMemoryMB": 1}, "MaximumRam": {"maximumMemoryMB": 1e9},
        "MinimumRamCoreRatio": {"minimumMemoryGBCoreRatio": 0.5},
        "MaximumRamCoreRatio": {"maximumMemoryGBCoreRatio": 8}, "CpuModel": {"cpuModel": "m"},
    }  # fmt: skip
    assert [one.get("specificationKey", one["discriminator"]) for one in told[7:]] == [
        "a", "b", "GpuHardwareConstraint", "NoSSDHardwareConstraint",
    ]  # fmt: skip


def test_a_kind_of_machine_is_asked_for_as_the_nodes_tell_it(stoke: Stoke, client: Client) -> None:
    wait_until(lambda: client.nodes() != [])
    key = client.nodes()[0].specification_key
    words = ["--machine", key, "--max-cores", "4096", "--min-ram", "1"]
    uuid = stoke("task", "create", *words, "--", "true").stdout.strip()
    assert client.task(uuid).wait().succeeded
    stoke("task", "create", "--machine", "no-such", "--", "true", expect=4)


def test_what_no_machine_can_be_is_not_sent() -> None:
    with pytest.raises(BadInput, match="--max-cores 2"):
        description("--min-cores", "4", "--max-cores", "2")
