"""The shape of the tree: names that say what a thing is, modules of one noun, each with its tests."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("stokehold", "tests", "scripts", "examples", "bench")
EMPTY_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "base", "core", "handler"}

MOST_LINES = 400
MOST_FUNCTION_LINES = 50

#: Modules without a test file of their own name, and why.
UNTESTED = {
    "__main__.py": "two lines; every test of a whole process runs them",
    "domain/events.py": "only data; the tests of the journal give meaning to it",
    "domain/protocol.py": "only data; docs/runner-protocol.md is compared with it",
    "domain/storage.py": "only a contract; tests/s3 hold its implementations to it",
    "runner/messages.py": "only data; the tests of the keeper speak it",
    "store/sample_schema.py": "only tables; the tests of the samples use them",
    "store/snapshot_schema.py": "only tables; the tests of snapshots and conflicts use them",
    "store/job_schema.py": "only tables; the tests of every query use them",
    "store/schema.py": "only tables; the tests of every query use them",
    "store/secret_schema.py": "only tables; the tests of every query use them",
    "store/storage_schema.py": "only tables; the tests of every query use them",
}


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def modules() -> list[str]:
    """Every module of the package that holds something, relative to it."""
    package = ROOT / "stokehold"
    return [
        str(path.relative_to(package))
        for path in sources("stokehold")
        if path.name != "__init__.py" and "migrations" not in path.parts
    ]


def has_tests(module: Path) -> bool:
    """Whether the tests of the module's package have a file of its name."""
    folder = ROOT / "tests" / (module.parts[0] if len(module.parts) > 1 else "")
    return any(folder.rglob(f"test_{module.name}"))


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_has_a_name_that_says_nothing(folder: str) -> None:
    empty = [
        relative(p) for p in sources(folder) if EMPTY_NAMES & {*p.stem.split("_"), *p.parent.name.split("_")}
    ]
    assert empty == []


def test_every_module_has_a_test_file_of_its_name() -> None:
    untested = [module for module in modules() if module not in UNTESTED and not has_tests(Path(module))]
    assert not untested, " ".join(untested)


def test_the_list_of_untested_modules_names_modules_that_exist() -> None:
    assert set(UNTESTED) <= set(modules())


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_file_has_grown_to_hold_two_nouns(folder: str) -> None:
    long = {relative(p): n for p in sources(folder) if (n := len(p.read_text().splitlines())) > MOST_LINES}
    assert long == {}


def test_no_function_is_longer_than_a_page() -> None:
    long = []
    for path in sources("stokehold"):
        if "versions" in path.parts:  # a migration is a list
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > MOST_FUNCTION_LINES:
                    long.append(f"{relative(path)}: {node.name} has {lines} lines")
    assert long == []


def test_nothing_of_ours_is_mocked() -> None:
    mocking = []
    for path in sources(*FOLDERS):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            mocking += [relative(path) for name in names if name in {"mock", "unittest.mock"}]
    assert mocking == []


def test_tests_wait_on_conditions_and_not_for_a_guessed_time() -> None:
    allowed = {"tests/waiting.py"}
    sleeping = {
        relative(path)
        for path in sources("tests")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "time.sleep"
    }
    assert sleeping <= allowed
