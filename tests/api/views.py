"""Tasks and attempts made of values, to be rendered."""

from typing import Any

import msgspec

from stokehold.api.render import View
from stokehold.domain.protocol import Ended, Inventory
from stokehold.domain.states import Phase
from stokehold.domain.task import Spec
from stokehold.store.tasks import Attempt, Task

NOW = 1_767_607_331_000_000  # 2026-01-05T10:02:11Z
CREATED = NOW - 100_000_000
OVEN = Inventory("oven", cores=8, memory_mb=32768, slots=2, cpu_model="CPU X", max_ghz=3.5)
STOVE = Inventory("stove", cores=4, memory_mb=8192, slots=1, cpu_model="CPU Y", max_ghz=2.0)

_EMPTY: dict[str, Any] = dict.fromkeys(Task.__struct_fields__, 0) | {
    name: "" for name in Task.__struct_fields__ if name.endswith("_range")
}


def row(spec: Spec, **columns: Any) -> Task:
    total = len(spec.ids())
    return Task(
        **_EMPTY
        | {
            "id": 1, "uuid": "3f0c7c1e-5a0f-4d0e-9b7a-2f1f3b9f8a01", "name": spec.name, "profile": spec.profile,
            "shortname": "s", "spec": msgspec.json.encode(spec).decode(), "state": "Submitted",
            "previous_state": None, "previous_state_at": None, "ended_at": None, "created_at": CREATED,
            "state_at": CREATED, "modified_at": CREATED, "cancel_asked": False, "delete_asked": False,
            "total": total, "ready": total,
        }
        | columns
    )  # fmt: skip


def view(
    spec: Spec | None = None, *, active: Any = (), ended: Any = (), failures: Any = (), **columns: Any
) -> View:
    spec = spec or Spec(name="n", profile="docker-batch", instance_count=4)
    return View(row(spec, **columns), spec, NOW, "http://storage.example.org", active, ended, failures)


def attempt(instance_id: int, phase: Phase, node: Inventory = OVEN, **fields: Any) -> Attempt:
    begun: dict[str, Any] = {
        "leased_at": CREATED,
        "started_at": None,
        "ended_at": None,
        "report": None,
        "losses": 0,
    }
    return Attempt(
        **{"instance_id": instance_id, "number": 1, "phase": phase, "node": node, **begun, **fields}
    )


def done(instance_id: int, phase: Phase = Phase.SUCCEEDED, node: Inventory = OVEN, **report: Any) -> Attempt:
    told = Ended("t", NOW, **{"exit_code": 0, **report})
    return attempt(instance_id, phase, node, ended_at=CREATED + 60_500_000, report=told)
