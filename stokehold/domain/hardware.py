"""Hardware constraints: what a task needs of a machine, and whether a machine has it (api.md 3.12).

Constraints speak of the whole machine, not of an instance's share of it. All of them must be met; of several
specification keys, and of several models of CPU, one is enough.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from stokehold.domain.errors import Invalid, StokeholdError
from stokehold.domain.protocol import Inventory
from stokehold.domain.task import Discriminator, HardwareConstraint

CONSTRAINTS_MAX = 50


class Unavailable(StokeholdError):
    """No machine meets the hardware constraint."""


#: The attribute that holds the value of each kind, its name on the wire, and the unit that messages use.
VALUES: dict[Discriminator, tuple[str, str, str]] = {
    Discriminator.MINIMUM_CORES: ("core_count", "coreCount", "cores"),
    Discriminator.MAXIMUM_CORES: ("core_count", "coreCount", "cores"),
    Discriminator.MINIMUM_RAM: ("minimum_memory_mb", "minimumMemoryMB", "MB"),
    Discriminator.MAXIMUM_RAM: ("maximum_memory_mb", "maximumMemoryMB", "MB"),
    Discriminator.MINIMUM_RAM_CORE_RATIO: (
        "minimum_memory_gb_core_ratio",
        "minimumMemoryGBCoreRatio",
        "GB a core",
    ),
    Discriminator.MAXIMUM_RAM_CORE_RATIO: (
        "maximum_memory_gb_core_ratio",
        "maximumMemoryGBCoreRatio",
        "GB a core",
    ),
    Discriminator.SPECIFIC: ("specification_key", "specificationKey", ""),
    Discriminator.CPU_MODEL: ("cpu_model", "cpuModel", ""),
}
_LEAST = frozenset(
    {Discriminator.MINIMUM_CORES, Discriminator.MINIMUM_RAM, Discriminator.MINIMUM_RAM_CORE_RATIO}
)
_FLAGS: dict[Discriminator, tuple[str, bool]] = {
    Discriminator.GPU: ("gpu", True),
    Discriminator.NO_GPU: ("gpu", False),
    Discriminator.SSD: ("ssd", True),
    Discriminator.NO_SSD: ("ssd", False),
}
_OPPOSITES = ((Discriminator.GPU, Discriminator.NO_GPU), (Discriminator.SSD, Discriminator.NO_SSD))
_ORDERED = (
    (Discriminator.MINIMUM_CORES, Discriminator.MAXIMUM_CORES),
    (Discriminator.MINIMUM_RAM, Discriminator.MAXIMUM_RAM),
    (Discriminator.MINIMUM_RAM_CORE_RATIO, Discriminator.MAXIMUM_RAM_CORE_RATIO),
)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[HardwareConstraint, ...])


def value(constraint: HardwareConstraint) -> float | str | None:
    """What the constraint asks for; None for those that have no value."""
    named = VALUES.get(constraint.discriminator)
    found: float | str | None = getattr(constraint, named[0]) if named else None
    return found


def check(constraints: Sequence[HardwareConstraint]) -> None:
    """Raise Invalid when constraints lack their value, or contradict one another."""
    if len(constraints) > CONSTRAINTS_MAX:
        raise Invalid("hardwareConstraints", f"there may be at most {CONSTRAINTS_MAX}")
    for index, constraint in enumerate(constraints):
        _check_value(constraint, f"hardwareConstraints[{index}]")
    kinds = {constraint.discriminator for constraint in constraints}
    for one, other in _OPPOSITES:
        if {one, other} <= kinds:
            raise Invalid("hardwareConstraints", f"{one} and {other} exclude one another")
    for least, most in _ORDERED:
        low = max(_numbers(constraints, least), default=None)
        high = min(_numbers(constraints, most), default=None)
        if low is not None and high is not None and low > high:
            raise Invalid("hardwareConstraints", f"{least} ({low:g}) is above {most} ({high:g})")


def _check_value(constraint: HardwareConstraint, name: str) -> None:
    kind = constraint.discriminator
    if kind not in VALUES:
        return
    field, asked = f"{name}.{VALUES[kind][1]}", value(constraint)
    if asked is None or asked == "" or (isinstance(asked, str) and not asked.strip()):
        raise Invalid(field, f"is required for {kind}")
    if isinstance(asked, int | float) and not 0 <= asked <= 2**53:
        raise Invalid(field, "must be 0 or more")


def _numbers(constraints: Sequence[HardwareConstraint], kind: Discriminator) -> list[float]:
    return [float(value(c) or 0) for c in constraints if c.discriminator is kind]


def stored(constraints: Sequence[HardwareConstraint]) -> str:
    """The text that tasks keep: the same for constraints that ask the same; empty when there are none."""
    bare = {_encode(_bare(c)).decode() for c in constraints}
    return f"[{','.join(sorted(bare))}]" if bare else ""


def _bare(constraint: HardwareConstraint) -> HardwareConstraint:
    """The constraint without values that do not belong to its kind: clients send more than they mean."""
    named = VALUES.get(constraint.discriminator)
    given = {named[0]: getattr(constraint, named[0])} if named else {}
    return HardwareConstraint(constraint.discriminator, **given)


@lru_cache(maxsize=4096)
def read(text: str) -> tuple[HardwareConstraint, ...]:
    """The constraints that `stored` gave."""
    return _decode.decode(text) if text else ()


def meets(node: Inventory, constraints: Sequence[HardwareConstraint]) -> bool:
    """Whether a machine has all that is asked."""
    return unmet(node, constraints) is None


def unmet(node: Inventory, constraints: Sequence[HardwareConstraint]) -> HardwareConstraint | None:
    """The first constraint that a machine does not meet."""
    for constraint in constraints:
        kind = constraint.discriminator
        if kind in {Discriminator.SPECIFIC, Discriminator.CPU_MODEL}:
            if not any(_met(node, c) for c in constraints if c.discriminator is kind):
                return constraint
        elif not _met(node, constraint):
            return constraint
    return None


def _met(node: Inventory, constraint: HardwareConstraint) -> bool:
    kind = constraint.discriminator
    if kind in _FLAGS:
        name, wanted = _FLAGS[kind]
        return bool(node.gpus if name == "gpu" else node.ssd) is wanted
    if kind is Discriminator.SPECIFIC:
        return (constraint.specification_key or "").strip().lower() in specification(node).lower()
    if kind is Discriminator.CPU_MODEL:
        return relevance(constraint.cpu_model or "", node.cpu_model) > 0
    has, asked = amount(node, kind), float(value(constraint) or 0)
    return has >= asked if kind in _LEAST else has <= asked


def amount(node: Inventory, kind: Discriminator) -> float:
    """What a machine has of what a kind counts."""
    if kind in {Discriminator.MINIMUM_CORES, Discriminator.MAXIMUM_CORES}:
        return node.cores
    if kind in {Discriminator.MINIMUM_RAM, Discriminator.MAXIMUM_RAM}:
        return node.memory_mb
    return round(node.memory_mb / 1024 / max(1, node.cores), 3)


_WORD = re.compile(r"[a-z0-9]+")


def relevance(asked: str, model: str) -> float:
    """How well a model of CPU answers to a name, from 0 (not at all) to 1 (it is that name).

    Every word of the name must be in the model.
    """
    if asked.strip().lower() == model.strip().lower():
        return 1.0 if model.strip() else 0.0
    words = _WORD.findall(asked.lower())
    known = _WORD.findall(model.lower())
    if not words or not all(any(word in one for one in known) for word in words):
        return 0.0
    whole = sum(word in known for word in words)
    return min(0.99, (len(words) + whole) / (2 * len(words) + len(known)))


def specification(node: Inventory) -> str:
    """The kind of machine: `<cores>c-<ram>g-<cpu>[-ssd]`, for instance `28c-128g-intel-xeon-e5-2680-ssd`."""
    return node.specification or _specification(node.cores, node.memory_mb, node.cpu_model, node.ssd)


_NOISE = re.compile(r"\((?:r|tm)\)|\b(?:cpu|processor|\d+-core|[a-z]+-core|with .*)\b|@.*$")


@lru_cache(maxsize=1024)
def _specification(cores: int, memory_mb: int, cpu_model: str, ssd: bool) -> str:
    words = "-".join(_WORD.findall(_NOISE.sub(" ", cpu_model.lower())))
    parts = [f"{cores}c", f"{round(memory_mb / 1024)}g", words, "ssd" if ssd else ""]
    return "-".join(part for part in parts if part)


def describe(constraint: HardwareConstraint) -> str:
    """A constraint in words: `MinimumCore 16 cores`."""
    kind = constraint.discriminator.removesuffix("HardwareConstraint")
    asked = value(constraint)
    if asked is None:
        return kind
    shown = f"{asked:g}" if isinstance(asked, float) else str(asked)
    return f"{kind} {shown} {VALUES[constraint.discriminator][2]}".strip()


def catalogue(machines: Iterable[Inventory]) -> list[HardwareConstraint]:
    """Every constraint that one of the machines meets and whose value is one of theirs, in a stable order."""
    known = list(machines)
    entries: list[HardwareConstraint] = []
    for kind in Discriminator:
        if kind in _FLAGS:
            if any(_met(node, HardwareConstraint(kind)) for node in known):
                entries.append(HardwareConstraint(kind))
        else:
            entries += [made(kind, one) for one in offered(known, kind)]
    return entries


def offered(machines: Iterable[Inventory], kind: Discriminator) -> list[float] | list[str]:
    """The values of a kind that machines have."""
    if kind is Discriminator.SPECIFIC:
        return sorted({specification(node) for node in machines})
    if kind is Discriminator.CPU_MODEL:
        return sorted({node.cpu_model for node in machines if node.cpu_model})
    return sorted({amount(node, kind) for node in machines})


def made(kind: Discriminator, asked: float | str) -> HardwareConstraint:
    """A constraint of a kind with its value."""
    given = int(asked) if kind in {Discriminator.MINIMUM_CORES, Discriminator.MAXIMUM_CORES} else asked
    return msgspec.structs.replace(HardwareConstraint(kind), **{VALUES[kind][0]: given})


def admit(constraints: Sequence[HardwareConstraint], machines: Sequence[Inventory]) -> None:
    """Raise Unavailable, saying what there is, unless a machine of the catalogue meets all constraints."""
    if not constraints or any(meets(node, constraints) for node in machines):
        return
    if not machines:
        raise Unavailable("No machine is known here yet, so no hardware constraint can be met.")
    for constraint in constraints:
        alike = [c for c in constraints if c.discriminator is constraint.discriminator]
        if not any(meets(node, alike) for node in machines):
            raise Unavailable(
                f"No machine meets the hardware constraint {describe(constraint)}. {_allowed(constraint, machines)}"
            )
    words = ", ".join(describe(c) for c in constraints)
    keys = ", ".join(offered(machines, Discriminator.SPECIFIC)[:20])  # type: ignore[arg-type] # keys are texts
    raise Unavailable(
        f"No machine meets every hardware constraint at once ({words}). The machines are: {keys}."
    )


def _allowed(constraint: HardwareConstraint, machines: Sequence[Inventory]) -> str:
    kind = constraint.discriminator
    if kind in _FLAGS:
        has = "have" if not _FLAGS[kind][1] else "lack"
        return f"All machines here {has} {'a GPU' if _FLAGS[kind][0] == 'gpu' else 'an SSD'}."
    values = offered(machines, kind)
    shown = ", ".join(f"{one:g}" if isinstance(one, int | float) else one for one in values[:20])
    rest = f" and {len(values) - 20} others" if len(values) > 20 else ""
    unit = f" {VALUES[kind][2]}" if VALUES[kind][2] else ""
    return f"Allowed are: {shown}{rest}{unit}." if values else "The machines here tell no such value."


def configured(text: str) -> Inventory:
    """A machine that may come: `96c-512g-amd-epyc9654-ssd | AMD EPYC 9654 | gpu`. Raises Invalid.

    The first part is its specification key. `gpu` or `gpu:MODEL` gives it a GPU, `reservation:NAME` makes it a
    reserved one; any other part is its model of CPU.
    """
    key, *parts = (part.strip() for part in text.split("|"))
    found = re.fullmatch(r"(\d{1,6})c-(\d{1,7})g(?:-(.*?))?(-ssd)?", key)
    if not found:
        raise Invalid("hardware.machines", f"{key!r} must be a key such as 96c-512g-amd-epyc9654-ssd")
    cores, ram, cpu, ssd = found.groups()
    node = Inventory(
        key, cores=int(cores), memory_mb=int(ram) * 1024, specification=key, ssd=bool(ssd),
        cpu_model=" ".join((cpu or "").split("-")),
    )  # fmt: skip
    for part in parts:
        name, _, told = part.partition(":")
        if name == "gpu":
            node.gpus, node.gpu_model = 1, told.strip()
        elif name == "reservation":
            node.reservation = told.strip()
        else:
            node.cpu_model = part
    return node
