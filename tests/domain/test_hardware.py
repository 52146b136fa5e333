"""The twelve kinds of hardware constraints, each against machines that have and that lack what it asks."""

from typing import Any

import pytest

from stokehold.domain import hardware
from stokehold.domain.errors import Invalid
from stokehold.domain.protocol import Inventory
from stokehold.domain.task import Discriminator, HardwareConstraint

D = Discriminator

SMALL = Inventory("small", cores=4, memory_mb=8192, cpu_model="Intel(R) Core(TM) i5-8250U CPU @ 1.60GHz")
LARGE = Inventory(
    "large", cores=32, memory_mb=131072, cpu_model="AMD Ryzen Threadripper 2990WX 32-Core Processor",
    ssd=True, gpus=2, gpu_model="NVIDIA A100",
)  # fmt: skip
BOTH = [SMALL, LARGE]


def need(kind: Discriminator, **fields: Any) -> HardwareConstraint:
    return HardwareConstraint(kind, **fields)


@pytest.mark.parametrize(
    ("constraint", "fits"),
    [
        (need(D.MINIMUM_CORES, core_count=5), [LARGE]),
        (need(D.MINIMUM_CORES, core_count=4), BOTH),
        (need(D.MAXIMUM_CORES, core_count=4), [SMALL]),
        (need(D.MINIMUM_RAM, minimum_memory_mb=8193), [LARGE]),
        (need(D.MAXIMUM_RAM, maximum_memory_mb=8192.0), [SMALL]),
        (need(D.MINIMUM_RAM_CORE_RATIO, minimum_memory_gb_core_ratio=3), [LARGE]),
        (need(D.MAXIMUM_RAM_CORE_RATIO, maximum_memory_gb_core_ratio=2), [SMALL]),
        (need(D.SPECIFIC, specification_key="32c-128g"), [LARGE]),
        (need(D.SPECIFIC, specification_key="INTEL"), [SMALL]),
        (need(D.CPU_MODEL, cpu_model="Threadripper 2990WX"), [LARGE]),
        (need(D.CPU_MODEL, cpu_model="ryzen i5"), []),
        (need(D.GPU), [LARGE]),
        (need(D.NO_GPU), [SMALL]),
        (need(D.SSD), [LARGE]),
        (need(D.NO_SSD), [SMALL]),
    ],
    ids=lambda found: hardware.describe(found) if isinstance(found, HardwareConstraint) else "",
)
def test_a_constraint_is_met_by_the_machines_that_have_it(
    constraint: HardwareConstraint, fits: list[Inventory]
) -> None:
    assert [node for node in BOTH if hardware.meets(node, [constraint])] == fits


def test_every_kind_is_tested_above() -> None:
    assert {*D} == {D.GPU, D.NO_GPU, D.SSD, D.NO_SSD, *hardware.VALUES}


def test_constraints_must_all_be_met_but_one_of_several_keys_or_models_is_enough() -> None:
    keys = [need(D.SPECIFIC, specification_key=key) for key in ("96c", "4c-8g")]
    assert hardware.meets(SMALL, keys)
    assert not hardware.meets(SMALL, [*keys, need(D.SSD)])
    models = [need(D.CPU_MODEL, cpu_model=model) for model in ("EPYC", "Threadripper")]
    assert hardware.unmet(LARGE, models) is None
    assert hardware.unmet(SMALL, models) is models[0]


@pytest.mark.parametrize(
    ("model", "key"),
    [
        ("Intel(R) Xeon(R) CPU E5-2680 v4 @ 2.40GHz", "8c-32g-intel-xeon-e5-2680-v4"),
        ("AMD Ryzen 7 3700X 8-Core Processor", "8c-32g-amd-ryzen-7-3700x"),
        ("", "8c-32g"),
    ],
)
def test_a_specification_key_is_made_of_cores_memory_and_model(model: str, key: str) -> None:
    node = Inventory("n", cores=8, memory_mb=32000 + 500, cpu_model=model)
    assert hardware.specification(node) == key
    node.ssd = True
    assert hardware.specification(node) == f"{key}-ssd"
    node.specification = "the-one-in-the-cellar"
    assert hardware.specification(node) == "the-one-in-the-cellar"


@pytest.mark.parametrize(
    ("field", "constraints"),
    [
        ("hardwareConstraints[0].coreCount", [need(D.MINIMUM_CORES)]),
        ("hardwareConstraints[1].minimumMemoryMB", [need(D.SSD), need(D.MINIMUM_RAM, minimum_memory_mb=-1)]),
        ("hardwareConstraints[0].specificationKey", [need(D.SPECIFIC, specification_key=" ")]),
        ("hardwareConstraints", [need(D.SSD), need(D.NO_SSD)]),
        ("hardwareConstraints", [need(D.GPU), need(D.NO_GPU)]),
        ("hardwareConstraints", [need(D.MINIMUM_CORES, core_count=9), need(D.MAXIMUM_CORES, core_count=8)]),
        ("hardwareConstraints", [need(D.GPU)] * 51),
    ],
)
def test_constraints_that_say_nothing_or_contradict_one_another_are_refused(
    field: str, constraints: list[HardwareConstraint]
) -> None:
    with pytest.raises(Invalid) as caught:
        hardware.check(constraints)
    assert caught.value.field == field


def test_what_is_stored_is_the_same_for_what_asks_the_same() -> None:
    one, two = need(D.SSD), need(D.MINIMUM_CORES, core_count=8, cpu_model="not meant")
    assert hardware.stored([one, two]) == hardware.stored([two, one, one])
    assert hardware.read(hardware.stored([one, two])) == (need(D.MINIMUM_CORES, core_count=8), one)
    assert hardware.stored([]) == ""
    assert hardware.read("") == ()


def test_every_entry_of_the_catalogue_is_admitted_and_has_its_value() -> None:
    entries = hardware.catalogue(BOTH)
    assert {entry.discriminator for entry in entries} == {*D}
    for entry in entries:
        hardware.check([entry])
        hardware.admit([entry], BOTH)
    assert entries == hardware.catalogue(BOTH[::-1])
    assert hardware.catalogue([]) == []


@pytest.mark.parametrize(
    ("constraints", "told"),
    [
        ([need(D.MINIMUM_CORES, core_count=64)], "MinimumCore 64 cores. Allowed are: 4, 32 cores."),
        (
            [need(D.SPECIFIC, specification_key="96c")],
            "Allowed are: 32c-128g-amd-ryzen-threadripper-2990wx-ssd, 4c",
        ),
        ([need(D.CPU_MODEL, cpu_model="EPYC")], "Allowed are: AMD Ryzen Threadripper"),
        ([need(D.NO_SSD), need(D.GPU)], "at once (NoSSD, Gpu). The machines are: 32c"),
    ],
)
def test_what_no_machine_meets_is_refused_with_what_is_allowed(
    constraints: list[HardwareConstraint], told: str
) -> None:
    with pytest.raises(hardware.Unavailable) as caught:
        hardware.admit(constraints, BOTH)
    assert told in caught.value.message
    assert "hardware constraint" in caught.value.message


def test_a_flag_that_no_machine_has_and_no_machine_at_all_are_refused() -> None:
    with pytest.raises(hardware.Unavailable, match="All machines here lack a GPU"):
        hardware.admit([need(D.GPU)], [SMALL])
    with pytest.raises(hardware.Unavailable, match="All machines here have an SSD"):
        hardware.admit([need(D.NO_SSD)], [LARGE])
    with pytest.raises(hardware.Unavailable, match="No machine is known"):
        hardware.admit([need(D.SSD)], [])
    hardware.admit([], [])


def test_names_of_cpus_are_found_by_their_words_the_nearest_first() -> None:
    models = ["AMD Ryzen 7 1700X Eight-Core Processor", "AMD Ryzen 7 1700", "AMD EPYC 9654"]
    scored = sorted(models, key=lambda model: -hardware.relevance("ryzen 1700", model))
    assert scored[0] == "AMD Ryzen 7 1700"
    assert hardware.relevance("ryzen 1700", models[2]) == 0
    assert hardware.relevance("amd epyc 9654", models[2]) == 1
    assert hardware.relevance(" ", models[2]) == hardware.relevance("", "") == 0


def test_a_machine_that_may_come_is_written_as_its_key_and_what_else_is_known() -> None:
    node = hardware.configured("96c-512g-amd-epyc9654-ssd | AMD EPYC 9654 | gpu:A100 | reservation:lab")
    assert (node.cores, node.memory_mb, node.ssd) == (96, 512 * 1024, True)
    assert (node.cpu_model, node.gpus, node.gpu_model, node.reservation) == (
        "AMD EPYC 9654",
        1,
        "A100",
        "lab",
    )
    assert hardware.specification(node) == "96c-512g-amd-epyc9654-ssd"
    assert hardware.configured("8c-32g").cpu_model == ""
    with pytest.raises(Invalid, match=r"hardware\.machines"):
        hardware.configured("large")
