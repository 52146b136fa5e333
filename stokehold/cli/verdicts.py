"""Exit codes: what a script learns from how a command ended."""

from enum import IntEnum


class Verdict(IntEnum):
    """How a command ended. The numbers are part of the interface."""

    SUCCESS = 0
    FAILURE = 1
    USAGE = 2
    CANCELLED = 3
    REFUSED = 4
    NOT_FOUND = 5
    NO_ACCESS = 6
    UNREACHABLE = 7
    NOT_BUILT = 8
    WAITED_TOO_LONG = 124
    INTERRUPTED = 130


MEANINGS = {
    Verdict.SUCCESS: "Done. Of `run`, `task wait`: every task ended in success.",
    Verdict.FAILURE: "A task failed; or something unforeseen went wrong.",
    Verdict.USAGE: "The command line makes no sense; nothing was sent.",
    Verdict.CANCELLED: "A task was cancelled or deleted.",
    Verdict.REFUSED: "The server refused: the message says which field and why.",
    Verdict.NOT_FOUND: "There is no such task, job, bucket, …",
    Verdict.NO_ACCESS: "The token is wrong, or the account may not do this.",
    Verdict.UNREACHABLE: "No server is configured, or it does not answer.",
    Verdict.NOT_BUILT: "The server does not have this capability.",
    Verdict.WAITED_TOO_LONG: "The time given with `--timeout` has passed.",
    Verdict.INTERRUPTED: "Interrupted (Ctrl-C); the task goes on unless it was aborted.",
}

#: By the name of the error's class, so that finding a code loads nothing.
OF_ERRORS = {
    "NotConfigured": Verdict.UNREACHABLE,
    "Unreachable": Verdict.UNREACHABLE,
    "BadInput": Verdict.USAGE,
    "WaitedTooLong": Verdict.WAITED_TOO_LONG,
    "TaskFailed": Verdict.FAILURE,
    "Unauthorized": Verdict.NO_ACCESS,
    "Forbidden": Verdict.NO_ACCESS,
    "NotFound": Verdict.NOT_FOUND,
    "NotBuilt": Verdict.NOT_BUILT,
    "ServerFault": Verdict.FAILURE,
    "Refused": Verdict.REFUSED,
    "Conflict": Verdict.REFUSED,
}

OF_STATES = {"Success": Verdict.SUCCESS, "Failure": Verdict.FAILURE}


def of_states(states: list[str]) -> Verdict:
    """The verdict over tasks that have ended: that of the worst."""
    found = [OF_STATES.get(state, Verdict.CANCELLED) for state in states]
    return Verdict.FAILURE if Verdict.FAILURE in found else max(found, default=Verdict.SUCCESS)
