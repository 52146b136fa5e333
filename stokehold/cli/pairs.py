"""KEY=VALUE, as options and the vendor's files have it."""

from collections.abc import Iterable, Mapping

from stokehold.client.errors import BadInput


def pairs(option: str, texts: Iterable[str]) -> dict[str, str]:
    """KEY=VALUE, several times. Raises BadInput."""
    found = [text.partition("=") for text in texts]
    wrong = next((key for key, separator, _ in found if not separator or not key), None)
    if wrong is not None:
        raise BadInput(f"{option} takes KEY=VALUE, not {wrong!r}.")
    return {key: value for key, _, value in found}


def listed(values: Mapping[str, str], key: str = "key", value: str = "value") -> list[dict[str, str]]:
    """The same as the interface has it: a list of objects."""
    return [{key: name, value: text} for name, text in values.items()]
