"""Write docs/reference/openapi.json: the interface as a server tells it at /openapi.json."""

import json
from pathlib import Path

from stokehold.api.openapi import describe
from stokehold.api.operations import OPERATIONS

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "openapi.json"


def render() -> str:
    """The whole document, one field on a line, so that a change of the interface reads well in a diff."""
    return json.dumps(describe(OPERATIONS), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render())
