"""The secret constants of a submission: taken out of it, sealed, and put together again when it changes."""

from collections.abc import Mapping
from types import MappingProxyType

from stokehold.domain import profile
from stokehold.domain.constants import refuse_cycles
from stokehold.domain.errors import Forbidden, Invalid
from stokehold.domain.secret import FORCED, conceal, conceal_all
from stokehold.domain.task import ForcedAccess, KeyValue, Spec
from stokehold.store import secrets, tasks
from stokehold.store.accounts import Account
from stokehold.store.database import Connection
from stokehold.store.secrets import Sealed
from stokehold.store.vault import Vault

NOTHING: Mapping[str, str] = MappingProxyType({})


def seal(vault: Vault, spec: Spec, uuid: str, kept: Mapping[str, str] = NOTHING) -> Sealed:
    """Take the secrets out of `spec`, which shows `[SECRET]` in their places, and seal them for the task `uuid`.

    `kept` are the secrets of the task that this one is derived from: `[SECRET]` stands for them. Raises Invalid.
    """
    values = conceal_all(spec, kept)
    check_references(spec, values)
    return secrets.seal(vault, uuid, values)


def check_references(spec: Spec, values: Mapping[str, str]) -> None:
    """Raise Invalid when a constant refers to itself. `values` are those of the secret ones."""
    known = profile.PROFILES.get(spec.profile or "")
    if known is not None:
        refuse_cycles(known.merged(spec, values))


def check_permission(spec: Spec, account: Account) -> None:
    """Raise Forbidden, naming the field, when a submission asks for what the account may not have."""
    if spec.forced_constants and not account.operator:
        raise Forbidden("forcedConstants: only the account that runs this server may force constants")


def change(conn: Connection, vault: Vault, task: tasks.Task, spec: Spec, constants: list[KeyValue]) -> None:
    """Give `spec`, the submission of `task`, other constants, and the task their secrets. Raises Invalid."""
    known = secrets.read(conn, vault, task.id, task.uuid)
    _check_access(spec, constants)
    spec.constants, values = conceal(constants, known)
    forced = {key: value for key, value in known.items() if key.startswith(FORCED)}
    check_references(spec, values | forced)
    own = {key: value for key, value in known.items() if key not in forced}
    if values != own:
        secrets.replace(conn, task.id, secrets.seal(vault, task.uuid, values))


def same(conn: Connection, vault: Vault, task: tasks.Task, sealed: Sealed) -> bool:
    """Whether a submission that is sent again has the secrets of the task that it made."""
    return secrets.read(conn, vault, task.id, task.uuid) == secrets.unseal(vault, task.uuid, sealed)


def _check_access(spec: Spec, constants: list[KeyValue]) -> None:
    fixed = {f.constant_name for f in spec.forced_constants if f.access is ForcedAccess.READ_ONLY}
    before = {c.key: c.value for c in spec.constants}
    for index, constant in enumerate(constants):
        if constant.key in fixed and before.get(constant.key) != constant.value:
            raise Invalid(f"constants[{index}]", f"{constant.key[:80]} is forced to be read-only")
