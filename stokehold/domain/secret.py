"""Secret constants: what makes a constant one, and how its value is kept out of what is stored, shown and told."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from stokehold.domain.errors import Failure, Faults, Invalid
from stokehold.domain.task import SECRET_PREFIX, SECRET_SHOWN, KeyValue, Spec

FORCED = "forced/"  # before the name of a forced constant, beside the same one of the task: no constant's key has a /
TOKENS = frozenset(
    {"QARNOT_CLIENT_TOKEN", "AWS_SECRET_ACCESS_KEY"}
)  # secret among what the privilege exports

_SHORT = 4  # characters: a shorter secret hides as a whole word only, or every letter of a sentence might go
_BLANKS = re.compile(r"[\s'\"]+")
#: Sentences that hold nothing but numbers of ours.
_PLAIN = frozenset({Faults.EXIT_CODE.code, Faults.KILLED.code, Faults.OUT_OF_MEMORY.code})


def is_secret(key: str) -> bool:
    """Whether a constant of this name is never shown again."""
    return key.startswith(SECRET_PREFIX)


def plain_name(key: str) -> str:
    """The constant that a secret one stands for: with one or two underscores between prefix and name."""
    return key[len(SECRET_PREFIX) :].removeprefix("_")


def conceal(constants: Sequence[KeyValue], kept: Mapping[str, str]) -> tuple[list[KeyValue], dict[str, str]]:
    """(the constants as they may be stored and shown, the values of the secret ones by their names).

    `[SECRET]` is what clients were shown and send back: it stands for the value in `kept`. Raises Invalid.
    """
    values: dict[str, str] = {}
    for index, constant in enumerate(constants):
        if is_secret(constant.key):
            values[constant.key] = _meant(constant.value, constant.key, kept, f"constants[{index}].value")
    return [KeyValue(c.key, SECRET_SHOWN) if c.key in values else c for c in constants], values


def conceal_all(spec: Spec, kept: Mapping[str, str]) -> dict[str, str]:
    """Take the secret values out of a submission, which keeps `[SECRET]` in their places. Raises Invalid."""
    spec.constants, values = conceal(spec.constants, kept)
    for index, forced in enumerate(spec.forced_constants):
        if is_secret(forced.constant_name) and forced.forced_value is not None:
            key, field = FORCED + forced.constant_name, f"forcedConstants[{index}].forcedValue"
            values[key] = _meant(forced.forced_value, key, kept, field)
            spec.forced_constants[index] = replace(forced, forced_value=SECRET_SHOWN)
    return values


def _meant(value: str, key: str, kept: Mapping[str, str], field: str) -> str:
    if value != SECRET_SHOWN:
        return value
    if key not in kept:
        raise Invalid(field, f"{SECRET_SHOWN} stands for a value that is kept, and none is: give the secret")
    return kept[key]


def redact(failure: Failure, secrets: Iterable[str]) -> Failure:
    """`failure` without any of `secrets`, whole or in the pieces into which a command line or a quotation cuts them."""
    if failure.code in _PLAIN:
        return failure
    hide = hiding(secrets)
    return replace(failure, message=hide(failure.message), debug=hide(failure.debug))


def hiding(secrets: Iterable[str]) -> Callable[[str], str]:
    """What takes `secrets` out of a sentence."""
    pattern = _pattern(secrets)
    return str if pattern is None else partial(pattern.sub, SECRET_SHOWN)


def _pattern(secrets: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for secret in secrets for form in _forms(secret) if form}
    if not forms:
        return None
    ordered = sorted(forms, key=len, reverse=True)  # a piece must not break the whole that holds it
    return re.compile("|".join(map(_form, ordered)))


def _forms(secret: str) -> set[str]:
    """A secret, its words, and each of them as Python quotes it, alone and beside quotation marks."""
    words = {secret, secret.strip(), *_BLANKS.split(secret)}
    return words | {quoted for word in words for quoted in (repr(word)[1:-1], repr(word + '"')[1:-2])}


def _form(form: str) -> str:
    escaped = re.escape(form)
    return escaped if len(form) >= _SHORT else rf"(?<!\w){escaped}(?!\w)"
