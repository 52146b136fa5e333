"""What an operator sees of a process: logs and numbers."""

import sys

# structlog imports rich, if it is there, for tracebacks that nobody here prints: 4 MB of each server and runner.
_rich = sys.modules.pop("rich", None)
sys.modules["rich"] = None  # type: ignore[assignment]
import structlog  # noqa: E402, F401

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich
