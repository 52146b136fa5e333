"""The secret constants of a submission: taken out of it, sealed, and put together again when it changes."""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from stokehold.api.call import Call
from stokehold.api.drafts import Draft
from stokehold.domain import profile
from stokehold.domain.constants import refuse_cycles
from stokehold.domain.errors import Forbidden, Invalid, StokeholdError
from stokehold.domain.secret import FORCED, conceal, conceal_all
from stokehold.domain.task import ForcedAccess, KeyValue, Spec
from stokehold.store import secrets, tasks
from stokehold.store.accounts import Account
from stokehold.store.database import Connection
from stokehold.store.vault import Vault


async def hide(call: Call, drafts: Sequence[Draft]) -> None:
    """Take the secrets out of submissions, which show `[SECRET]` in their places, and seal them for their tasks."""
    for draft in drafts:
        try:
            _check_permission(draft.spec, call.account)
            values = conceal_all(draft.spec, {})
            _check_references(draft.spec, values)
        except StokeholdError as error:
            draft.refusal = error
        else:
            draft.secrets = secrets.seal(call.services.vault, draft.uuid, values)


def revealed(spec: Spec, values: Mapping[str, str]) -> Spec:
    """A stored submission with its secrets in their places, as it was sent: what another may be made from."""
    return replace(
        spec,
        constants=[KeyValue(c.key, values.get(c.key, c.value)) for c in spec.constants],
        forced_constants=[
            replace(f, forced_value=values.get(FORCED + f.constant_name, f.forced_value))
            for f in spec.forced_constants
        ],
    )


def meant(constants: Sequence[KeyValue], values: Mapping[str, str]) -> list[KeyValue]:
    """The constants that a client sends back, `[SECRET]` standing for the one of `values`. Raises Invalid."""
    shown, hidden = conceal(constants, values)
    return [KeyValue(c.key, hidden.get(c.key, c.value)) for c in shown]


def change(conn: Connection, vault: Vault, task: tasks.Task, spec: Spec, constants: list[KeyValue]) -> None:
    """Give `spec`, the submission of `task`, other constants, and the task their secrets. Raises Invalid."""
    known = secrets.read(conn, vault, task.id, task.uuid)
    _check_access(spec, constants)
    spec.constants, values = conceal(constants, known)
    forced = {key: value for key, value in known.items() if key.startswith(FORCED)}
    _check_references(spec, values | forced)
    own = {key: value for key, value in known.items() if key not in forced}
    if values != own:
        secrets.replace(conn, task.id, secrets.seal(vault, task.uuid, values))


def _check_permission(spec: Spec, account: Account) -> None:
    if spec.forced_constants and not account.operator:
        raise Forbidden("forcedConstants: only the account that runs this server may force constants")


def _check_references(spec: Spec, values: Mapping[str, str]) -> None:
    """Raise Invalid when a constant refers to itself. `values` are those of the secret ones."""
    known = profile.PROFILES.get(spec.profile or "")
    if known is not None:
        refuse_cycles(known.merged(spec, values))


def _check_access(spec: Spec, constants: list[KeyValue]) -> None:
    fixed = {f.constant_name for f in spec.forced_constants if f.access is ForcedAccess.READ_ONLY}
    before = {c.key: c.value for c in spec.constants}
    for index, constant in enumerate(constants):
        if constant.key in fixed and before.get(constant.key) != constant.value:
            raise Invalid(f"constants[{index}]", f"{constant.key[:80]} is forced to be read-only")
