"""Write stokehold/client/synchronous from stokehold/client/asynchronous: the same client, without a loop."""

import re
import subprocess
import sys
from pathlib import Path

CLIENT = Path(__file__).parent.parent / "stokehold" / "client"
SOURCE, TARGET = CLIENT / "asynchronous", CLIENT / "synchronous"
BY_HAND = {"__init__.py", "transport.py"}

#: What a coroutine says, and what a thread says instead; in this order.
WORDS = [
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\bAwaitable\[(\w+)\]", r"\1"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__a(enter|exit|iter|next)__", r"__\1__"),
    (r"\basynccontextmanager\b", "contextmanager"),
    (r"\baclosing\b", "closing"),
    (r"\banext\b", "next"),
    (r"\baclose\b", "close"),
    (r"\basynchronous\b", "synchronous"),
]


def pages() -> dict[Path, str]:
    """Every generated module and its text."""
    sources = [path for path in sorted(SOURCE.glob("*.py")) if path.name not in BY_HAND]
    return {TARGET / path.name: render(path) for path in sources}


def render(path: Path) -> str:
    """The twin of one module."""
    text = path.read_text()
    for pattern, instead in WORDS:
        text = re.sub(pattern, instead, text)
    note = f"# Written by `make docs` from asynchronous/{path.name}: change that one.\n"
    text = re.sub(r'\A(""".*?"""\n)', lambda found: found[1] + note, text, flags=re.DOTALL)
    ordered = _ruff(
        ["check", "--select", "I,F401,UP,C4", "--fix-only", "--unsafe-fixes", "--quiet"], text, path
    )
    return _ruff(["format", "--quiet"], ordered, path)


def _ruff(command: list[str], text: str, path: Path) -> str:
    ruff = Path(sys.executable).with_name("ruff")
    name = str(TARGET / path.name)
    done = subprocess.run(
        [ruff, *command, "--stdin-filename", name, "-"],
        input=text,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    for page, content in pages().items():
        page.write_text(content)
