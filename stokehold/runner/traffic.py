"""What goes over the network of one instance: the counters of its own network namespace."""

import os
from collections.abc import Iterable
from typing import NamedTuple


class Counters(NamedTuple):
    """Bytes since the namespace was made, but for those that stay within it."""

    received: int = 0
    sent: int = 0


def namespace(pid: int | str) -> str | None:
    """The name of a process's network namespace; None when the process is gone or belongs to somebody else."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return None


def apart(pids: Iterable[int]) -> int | None:
    """One of these processes that has a network of its own, not the runner's; None when they have none."""
    ours = namespace("self")
    return next((pid for pid in sorted(pids) if namespace(pid) not in (None, ours)), None)


def counters(pid: int) -> Counters | None:
    """The counters of the network that a process is in; None when it is gone."""
    try:
        with open(f"/proc/{pid}/net/dev") as file:
            return parsed(file.read())
    except OSError:
        return None


def parsed(table: str) -> Counters:
    """The sum over the interfaces of a `/proc/net/dev`, without the loopback."""
    received = sent = 0
    for line in table.splitlines()[2:]:
        name, _, numbers = line.partition(":")
        words = numbers.split()
        if name.strip() != "lo" and len(words) >= 9:
            received += int(words[0])
            sent += int(words[8])
    return Counters(received, sent)
