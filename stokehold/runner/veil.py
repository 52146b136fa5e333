"""What of an instance nobody but its program may see: its secret constants, and all that is made of them."""

from collections.abc import Mapping

from stokehold.domain.command import environment
from stokehold.domain.constants import substitute
from stokehold.domain.errors import Failure, Invalid
from stokehold.domain.protocol import Lease, Work
from stokehold.domain.secret import TOKENS, hiding, is_secret, redact
from stokehold.domain.task import SECRET_SHOWN
from stokehold.runner.runtime.launch import Paths


class Veil:
    """The constants of one instance, its credentials among them, and which of them are secret."""

    def __init__(self, lease: Lease, work: Work) -> None:
        self.constants = {**lease.exports, **work.constants} if lease.exports else work.constants
        self._secrets = {k: v for k, v in self.constants.items() if is_secret(k) or k in TOKENS}
        self._seen = {**self.constants, **dict.fromkeys(self._secrets, SECRET_SHOWN)}
        self._number, self._count = lease.instance_id, work.instance_count

    def resolved(self, paths: Paths) -> tuple[dict[str, str], frozenset[str]]:
        """(every constant with its references replaced, the names of those that hold a secret). Raises BadCommand."""
        clear = self._resolved(self.constants, paths)
        if not self._secrets:
            return clear, frozenset()
        veiled = self._resolved(self._seen, paths)
        return clear, frozenset(name for name, value in clear.items() if veiled[name] != value)

    def redacted(self, failure: Failure) -> Failure:
        """A failure that may leave the node."""
        return redact(failure, self._values()) if self._secrets else failure

    def hidden(self, sentence: str) -> str:
        """A sentence that may leave the node."""
        return hiding(self._values())(sentence) if self._secrets else sentence

    def _values(self) -> set[str]:
        values = set(self._secrets.values())
        return values | {_expanded(value, self.constants) for value in values}

    def _resolved(self, constants: Mapping[str, str], paths: Paths) -> dict[str, str]:
        return environment(constants, self._number, self._count, job=paths.job, tmp=paths.tmp, ram=paths.ram)


def _expanded(value: str, constants: Mapping[str, str]) -> str:
    try:
        return substitute(value, constants)
    except Invalid:
        return value
