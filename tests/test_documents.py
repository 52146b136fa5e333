"""What the documents say about the code is compared with the code."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from scripts import (
    api_types,
    capabilities,
    checklist,
    commands,
    diagrams,
    messages,
    metrics,
    openapi,
    operations,
    twin,
)
from stokehold.api.operations import OPERATIONS
from stokehold.domain.task import Spec

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def rows(page: str, head: str) -> list[list[str]]:
    """The cells of the table whose first heading is `head`."""
    lines = (ROOT / page).read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"| {head} "))
    cells: list[list[str]] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells.append([cell.strip() for cell in line.strip("|").split("|")])
    return cells


def contracts() -> list[dict[str, list[str]]]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: list[dict[str, list[str]]] = document["tool"]["importlinter"]["contracts"]
    return found


def may_import() -> dict[str, set[str]]:
    """What each package of ours may import of ours, as the machine enforces it."""
    layers = [set(re.findall(r"stokehold\.(\w+)", layer)) for layer in contracts()[0]["layers"]]
    allowed = {
        package: set(chain(*layers[height + 1 :])) for height, layer in enumerate(layers) for package in layer
    }
    for contract in contracts()[1:]:
        for source in contract["source_modules"]:
            if source.count(".") > 1:  # a part of a package
                continue
            allowed[source.removeprefix("stokehold.")] -= {
                name.removeprefix("stokehold.") for name in contract["forbidden_modules"]
            }
    return allowed


def test_the_table_of_packages_is_the_import_contract() -> None:
    table = {
        row[0].strip("`"): set(re.findall(r"`(\w+)`", row[2]))
        for row in rows("docs/architecture.md", "package")
    }
    assert table == may_import()


@pytest.mark.parametrize(
    "script", [api_types, capabilities, commands, diagrams, messages, metrics, openapi, operations]
)
def test_generated_pages_are_current(script: ModuleType) -> None:
    assert script.PAGE.read_text() == script.render(), "run `make docs`"


def test_the_synchronous_client_is_the_asynchronous_one() -> None:
    assert {path.name for path, text in twin.pages().items() if path.read_text() != text} == set(), (
        "run `make docs`"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_tests_that_prove_a_capability_exist() -> None:
    named = set(re.findall(r"`(tests/[\w/.]+)`", (ROOT / "docs/reference/capabilities.md").read_text()))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_tests_that_prove_the_checklist_exist() -> None:
    named = {test for rows in checklist.CHECKLIST.values() for row in rows for test in row.tests}
    missing = [test for test in sorted(named) if not _defined(*test.partition("::")[::2])]
    assert missing == []
    assert all(row.tests for rows in checklist.CHECKLIST.values() for row in rows)


def _defined(file: str, name: str) -> bool:
    """Whether the file is there, and has a function of that name at its top."""
    path = ROOT / file
    if not path.exists() or not name:
        return path.exists()
    tree = ast.parse(path.read_text())
    return any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)


def test_the_checklist_needs_what_exists() -> None:
    operations = {f"{route.method} {route.path}" for route in OPERATIONS}
    needs = {need for rows in checklist.CHECKLIST.values() for row in rows for need in row.needs}
    known = {*operations, *Spec.__struct_encode_fields__, "status"}
    assert {need for need in needs if need not in known and need.partition(".")[0] not in known} == set()


def test_every_dependency_is_pinned() -> None:
    project = _project()
    wanted = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    names = {_plain(re.split(r"[<>=\[ ]", want)[0]) for want in wanted}
    pinned = {_plain(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert names - pinned == set()


def test_every_package_that_is_imported_is_declared() -> None:
    declared = {_plain(re.split(r"[<>=\[ ]", d)[0]) for d in _project()["dependencies"]}
    distributions = packages_distributions()
    imported = {name for path in (ROOT / "stokehold").rglob("*.py") for name in _imports(path)}
    foreign = {name for name in imported - sys.stdlib_module_names if name in distributions} - {"stokehold"}
    assert {name for name in foreign if not declared & set(map(_plain, distributions[name]))} == set()


def test_every_decision_says_when_a_change_violates_it() -> None:
    decisions = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert decisions
    assert [d.name for d in decisions if "A change violates this when" not in d.read_text()] == []


def _project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


def _imports(path: Path) -> Iterator[str]:
    """The top names of what a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")
