"""Tasks made from tasks: which instances run again, and what an owner may change on the way (api.md 2.3.11)."""

from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Struct, structs

from stokehold.domain.errors import Forbidden, Invalid
from stokehold.domain.ranges import Ranges
from stokehold.domain.task import Part, RetrySettings, Scheduling, Spec


class Derivation(StrEnum):
    """How a task is made from another one."""

    CLONE = "clone"  #: all instances
    RETRY = "retry"  #: those that failed
    RECOVER = "recover"  #: those that failed or were cancelled
    RESUME = "resume"  #: those that were cancelled
    RESTART = "restart"  #: all instances, once the task has ended


class Origin(Struct, frozen=True):
    """What is known of the task that another is made from."""

    spec: Spec
    state: str
    over: bool  # whether it has ended
    total: int
    failed: Ranges
    cancelled: Ranges


def _optional(name: str, *left_out: str) -> Any:
    """A type like Spec, of which nothing is required; what is None was not given."""
    kept = [field for field in structs.fields(Spec) if field.name not in left_out]
    return msgspec.defstruct(
        name,
        [(field.name, field.type | None, None) for field in kept],
        bases=(Part,),
        rename={field.name: field.encode_name for field in kept},
        kw_only=True,
        namespace={"__doc__": "What a derived task has in another way than its origin."},
    )


#: What may be given for a derived task. The place of its instances, and for some their ids, are not for choosing.
Changed = _optional("CloneChanges", "pool_uuid")
Narrowed = _optional("RetryChanges", "pool_uuid", "instance_count", "advanced_ranges", "told_instance_count")

_NOTHING = {
    Derivation.RETRY: "no instance of it failed",
    Derivation.RECOVER: "no instance of it failed or was cancelled",
    Derivation.RESUME: "no instance of it was cancelled",
}


def instances(how: Derivation, origin: Origin) -> Ranges | None:
    """The ids that run again; None: all of them. Raises Forbidden when there are none, or not yet."""
    if how is Derivation.CLONE:
        return None
    if not origin.over:
        raise Forbidden(f"Can't {how} a task that has not ended: it is {origin.state}.")
    if how is Derivation.RESTART:
        return None
    chosen = Ranges()
    if how is not Derivation.RESUME:
        chosen = chosen | origin.failed
    if how is not Derivation.RETRY:
        chosen = chosen | origin.cancelled
    if not chosen:
        raise Forbidden(f"Can't {how} the task: {_NOTHING[how]}.")
    return chosen


def derive(how: Derivation, origin: Origin, given: Any) -> Spec:
    """The submission of the new task. `given` is a Changed or a Narrowed. Raises Forbidden."""
    ids = instances(how, origin)
    changes = {name: value for name, value in structs.asdict(given).items() if value is not None}
    if changes.get("instance_count") == 0:  # what .NET clients say for: not given
        del changes["instance_count"]
    spec = structs.replace(origin.spec, shortname=None)
    if how is not Derivation.CLONE:  # what it waited for has ended, and may be why it did
        spec.dependencies = None
    _drop_rivals(spec, changes)
    spec = structs.replace(spec, **changes)
    _settle_rivals(spec)
    if ids is not None:  # they know as many others as when they ran first
        told = origin.spec.told_instance_count or origin.total
        spec = structs.replace(spec, advanced_ranges=str(ids), instance_count=None, told_instance_count=told)
    return spec


#: Fields that say the same thing in other ways: one that is given replaces all of them.
_RIVALS = (
    {"instance_count", "advanced_ranges", "told_instance_count"},
    {"resource_buckets", "advanced_resource_buckets"},
    {"result_bucket", "results_bucket"},
)


def _drop_rivals(spec: Spec, changes: dict[str, Any]) -> None:
    defaults = {field.name: field for field in structs.fields(Spec)}
    for rivals in _RIVALS:
        if rivals & changes.keys():
            for name in rivals:
                setattr(spec, name, _unset(defaults[name]))
    if changes.get("max_retries_per_instance") and spec.retry_settings:
        spec.retry_settings = RetrySettings(spec.retry_settings.max_total_retries)
    if changes.get("scheduling_type") not in {None, Scheduling.RESERVED}:
        spec.targeted_reserved_machine_key = spec.targeted_reservation_name = None
    if "job_uuid" in changes:  # what it waited for belongs to the job that it leaves
        spec.dependencies = None


def _unset(field: structs.FieldInfo) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


def _settle_rivals(spec: Spec) -> None:
    """The more precise of two words wins (api.md 2.3.11)."""
    if spec.advanced_ranges:
        spec.instance_count = None
    if spec.advanced_resource_buckets:
        spec.resource_buckets = []
    if spec.retry_settings and spec.retry_settings.max_per_instance_retries:
        spec.max_retries_per_instance = None


def refuse_unchoosable(body: Any, how: Derivation) -> None:
    """Raise Invalid when the body of a request asks for what a derived task cannot be given."""
    if not isinstance(body, dict):
        return
    asked = {name.lower() for name, value in body.items() if isinstance(name, str) and _set(value)}
    if "pooluuid" in asked:
        raise Invalid("poolUuid", "cannot be given to a task that is made from another one")
    if how is Derivation.CLONE:
        return
    for name in ("instanceCount", "advancedRanges"):
        if name.lower() in asked:
            raise Invalid(name, f"a {how} runs the instances that it is for: clone the task to choose others")


def _set(value: Any) -> bool:
    return bool(value) and value != "00000000-0000-0000-0000-000000000000"
