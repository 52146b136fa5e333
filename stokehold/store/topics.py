"""What one can wait for: the names of what commits tell of. `store.bell` and `Database.watch` listen to them."""

CLOSING = "closing"  # the server is about to end


def task_topic(account_id: int, task_id: int) -> str:
    """Something of a task has changed: its state, its counters, what its instances use."""
    return f"task-{account_id}-{task_id}"


def printed_topic(task_id: int) -> str:
    """Instances of a task have printed something."""
    return f"printed-{task_id}"


def gone_topic(account_id: int, uuid: str) -> str:
    """A task was forgotten."""
    return f"gone-{account_id}-{uuid}"
