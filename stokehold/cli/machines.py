"""The options that say what a machine must be like, as the hardware constraints of the interface."""

from collections.abc import Mapping
from typing import Any

import click

from stokehold.client.errors import BadInput

OPTIONS = (
    click.option("--min-cores", "--min-core-count", type=int, metavar="N", help="Machines with so many cores."),
    click.option("--max-cores", "--max-core-count", type=int, metavar="N", help="Machines with no more cores."),
    click.option("--min-ram", type=float, metavar="MB", help="Machines with so much memory."),
    click.option("--max-ram", type=float, metavar="MB", help="Machines with no more memory."),
    click.option("--min-ram-core-ratio", type=float, metavar="GB", help="Machines with so much memory for each core."),
    click.option("--max-ram-core-ratio", type=float, metavar="GB", help="Machines with no more for each core."),
    click.option("--cpu-model", help="Machines with this CPU."),
    click.option("--machine", "--specific-hardware-constraints", "machines", multiple=True, metavar="KEY",
                 help="Machines of this kind, as `stoke node list --select specificationKey` names them."),
    click.option("--gpu/--no-gpu", "--gpu-hardware", default=None, help="Machines with a GPU, or without."),
    click.option("--ssd/--no-ssd", "--ssd-hardware/--no-ssd-hardware", default=None,
                 help="Machines with an SSD, or without."),
)  # fmt: skip

#: By the name of an option: the kind of constraint, and the field that holds the value.
_VALUED = {
    "min_cores": ("MinimumCoreHardwareConstraint", "coreCount"),
    "max_cores": ("MaximumCoreHardwareConstraint", "coreCount"),
    "min_ram": ("MinimumRamHardwareConstraint", "minimumMemoryMB"),
    "max_ram": ("MaximumRamHardwareConstraint", "maximumMemoryMB"),
    "min_ram_core_ratio": ("MinimumRamCoreRatioHardwareConstraint", "minimumMemoryGBCoreRatio"),
    "max_ram_core_ratio": ("MaximumRamCoreRatioHardwareConstraint", "maximumMemoryGBCoreRatio"),
    "cpu_model": ("CpuModelHardwareConstraint", "cpuModel"),
}
_BARE = {
    "gpu": {True: "GpuHardwareConstraint", False: "NoGpuHardwareConstraint"},
    "ssd": {True: "SSDHardwareConstraint", False: "NoSSDHardwareConstraint"},
}


def constraints(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the machine must be like. Raises BadInput when no machine could be so."""
    for kind in ("cores", "ram", "ram_core_ratio"):
        least, most = given[f"min_{kind}"], given[f"max_{kind}"]
        if least is not None and most is not None and least > most:
            option = kind.replace("_", "-")
            raise BadInput(f"--min-{option} {least:g} is more than --max-{option} {most:g}.")
    valued = [
        {"discriminator": kind, field: given[name]}
        for name, (kind, field) in _VALUED.items()
        if given[name] is not None
    ]
    specific = [
        {"discriminator": "SpecificHardwareConstraint", "specificationKey": key} for key in given["machines"]
    ]
    bare = [{"discriminator": kinds[given[name]]} for name, kinds in _BARE.items() if given[name] is not None]
    return valued + specific + bare
