"""The Python SDK: `Client`, and `AsyncClient` for those who have an event loop. A client of the public interfaces only.

Names are loaded when they are first used: `import stokehold.client` alone is quick.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stokehold.client.asynchronous.bucket import AsyncBucket
    from stokehold.client.asynchronous.client import AsyncClient
    from stokehold.client.asynchronous.job import AsyncJob
    from stokehold.client.asynchronous.sweep import AsyncSweep
    from stokehold.client.asynchronous.task import AsyncTask
    from stokehold.client.errors import Refused, StokeError, TaskFailed, Unreachable, WaitedTooLong
    from stokehold.client.facts import Account, Instance, Node, Profile, Stored
    from stokehold.client.submission import Mount
    from stokehold.client.sweeps import Outcome
    from stokehold.client.synchronous.bucket import Bucket
    from stokehold.client.synchronous.client import Client
    from stokehold.client.synchronous.job import Job
    from stokehold.client.synchronous.sweep import Sweep
    from stokehold.client.synchronous.task import Task

_HOMES = {
    "synchronous.client": ["Client"],
    "synchronous.task": ["Task"],
    "synchronous.job": ["Job"],
    "synchronous.bucket": ["Bucket"],
    "synchronous.sweep": ["Sweep"],
    "asynchronous.client": ["AsyncClient"],
    "asynchronous.task": ["AsyncTask"],
    "asynchronous.job": ["AsyncJob"],
    "asynchronous.bucket": ["AsyncBucket"],
    "asynchronous.sweep": ["AsyncSweep"],
    "errors": ["Refused", "StokeError", "TaskFailed", "Unreachable", "WaitedTooLong"],
    "facts": ["Account", "Instance", "Node", "Profile", "Stored"],
    "submission": ["Mount"],
    "sweeps": ["Outcome"],
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Account", "AsyncBucket", "AsyncClient", "AsyncJob", "AsyncSweep", "AsyncTask", "Bucket", "Client",
    "Instance", "Job", "Mount", "Node", "Outcome", "Profile", "Refused", "StokeError", "Stored", "Sweep",
    "Task", "TaskFailed", "Unreachable", "WaitedTooLong",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
