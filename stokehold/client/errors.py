"""What can go wrong between a client and its server, each with what to do next."""

from typing import ClassVar


class StokeError(Exception):
    """Anything that this package raises on purpose. `advice` says what to do next, in a sentence or none."""

    default_advice: ClassVar[str] = ""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice or self.default_advice


class NotConfigured(StokeError):
    """Nobody said where the server is, or who asks."""

    default_advice = (
        "Start a server with `stoke serve`, or set QARNOT_CLUSTER_URL and QARNOT_CLIENT_TOKEN, "
        "or write them down with `stoke config set`."
    )


class BadInput(StokeError):
    """What was asked for makes no sense; nothing was sent."""


class Unreachable(StokeError):
    """No answer from the server or the storage."""

    default_advice = "Is the server running? `stoke config show` tells which address is used, and why."


class WaitedTooLong(StokeError):
    """The time limit of a wait has passed. What was waited for goes on."""


class TaskFailed(StokeError):
    """A task did not end in success, and success was asked for."""


class Refused(StokeError):
    """The server said no. `status` is its HTTP status."""

    status: int = 400

    @staticmethod
    def of(status: int, message: str) -> "Refused":
        """The error of an HTTP status."""
        kind = KINDS.get(status, ServerFault if status >= 500 else Refused)
        error = kind(message or f"The server answered {status} without a word.")
        error.status = status
        return error


class Unauthorized(Refused):
    """The token is not known to the server."""

    default_advice = "Check the token: `stoke config show` tells which one is used, and where it comes from."


class Forbidden(Refused):
    """The account may not do this, or not now."""


class NotFound(Refused):
    """There is nothing of that name, or it belongs to somebody else."""

    default_advice = "`stoke task list` (or bucket, job, …) shows what there is."


class Conflict(Refused):
    """It contradicts what is there already."""


class NotBuilt(Refused):
    """This server does not have the capability."""

    default_advice = "docs/reference/capabilities.md lists what is built; a newer server may have it."


class ServerFault(Refused):
    """The server failed; its log says why."""

    default_advice = "The server's log says more. Trying again later may help."


KINDS: dict[int, type[Refused]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    405: NotBuilt,
    409: Conflict,
    501: NotBuilt,
}
