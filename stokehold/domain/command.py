"""What an instance runs, and what it sees: `DOCKER_CMD` as an argument list, the constants as environment variables."""

import re
from collections.abc import Mapping

from stokehold.domain.constants import resolve, substitute
from stokehold.domain.errors import Failure, Faults, Invalid, StokeholdError
from stokehold.domain.progress import FILE, VARIABLE

_PLAIN = re.compile(r"[^ \t\r\n]+")
#: Pieces of a word: bare text · '…' · "…" · an escaped character; then what ends a word; then what is wrong.
_PIECE = re.compile(
    r"""([^\s'"\\]+|[^\S \t\r\n]+)|'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([ \t\r\n]+)|(.)""",
    re.DOTALL,
)
_ESCAPED = re.compile(r'\\(["\\])')


class BadCommand(StokeholdError):
    """The command line or the constants of a task cannot be understood."""

    def __init__(self, reason: str) -> None:
        self.failure = Failure.of(Faults.BAD_COMMAND, reason=reason)
        super().__init__(self.failure.message)


def command(constants: Mapping[str, str]) -> list[str]:
    """The words of DOCKER_CMD: references are replaced first, then POSIX quotes split it. No shell is involved.

    An empty list means the image's own command. Raises BadCommand.
    """
    try:
        return split(substitute(constants.get("DOCKER_CMD", ""), constants))
    except Invalid as error:
        raise BadCommand(error.message) from None


def split(text: str) -> list[str]:
    """Split as a POSIX shell does: quotes group, a backslash escapes. Raises BadCommand."""
    if "'" not in text and '"' not in text and "\\" not in text:
        return _PLAIN.findall(text)
    return _quoted(text)


def _quoted(text: str) -> list[str]:
    words: list[str] = []
    word: list[str] | None = None  # None between words: '' is a word, nothing is not
    for bare, single, double, escaped, blank, wrong in _pieces(text):
        if blank:
            if word is not None:
                words.append("".join(word))
            word = None
        elif wrong:
            raise BadCommand(_WRONG[wrong])
        else:
            word = [] if word is None else word
            word.append(bare or single or _ESCAPED.sub(r"\1", double) or escaped)
    if word is not None:
        words.append("".join(word))
    return words


def _pieces(text: str) -> list[tuple[str, ...]]:
    return _PIECE.findall(text)


_WRONG = {
    "'": "a single quote is opened and never closed",
    '"': "a double quote is opened and never closed",
    "\\": "it ends with a backslash that escapes nothing",
}


def environment(
    constants: Mapping[str, str], instance_id: int, instance_count: int, *, job: str, tmp: str, ram: str
) -> dict[str, str]:
    """Everything an instance sees: every constant, and the platform's own variables, which win.

    `job`, `tmp` and `ram` are the paths of the job directory, of the scratch on disk and of the scratch in memory,
    as the command sees them. All references are replaced. Raises BadCommand.
    """
    number, count = str(instance_id), str(instance_count)
    try:
        resolved = resolve(
            {
                **constants,
                "INSTANCE_ID": number,
                "INSTANCE_COUNT": count,
                "FRAME_ID": number,  # older names of the same two, still in users' scripts
                "QRANK": number,
                "QSIZE": count,
                "TASK_PATH": job,
                "QARNOT_RESOURCES_DIRECTORY": job,
                "QARNOT_RESULTS_DIRECTORY": job,
                "TMP_PATH": tmp,
                VARIABLE: f"{tmp}/{FILE}",
                "TMP_RAMFS_PATH": ram,
            }
        )
    except Invalid as error:
        raise BadCommand(error.message) from None
    _check(resolved)
    return resolved


def _check(variables: dict[str, str]) -> None:
    """Refuse what no kernel takes as an environment; one pass over the joined text is the cheap way to know."""
    if "\0" in "".join(variables.values()):
        guilty = next(name for name, value in variables.items() if "\0" in value)
        raise BadCommand(f"the constant {guilty} holds a NUL character")
    names = "".join(variables)
    if "=" in names or "\0" in names or "" in variables:
        guilty = next(name for name in variables if not name or "=" in name or "\0" in name)
        raise BadCommand(f"{guilty!r} cannot be the name of an environment variable")
