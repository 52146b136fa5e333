"""Pages and searches of an account that has 100,000 tasks, over HTTP.

python -m bench.listing [--quick] [--databases sqlite,postgresql] [--tasks 100000]
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from statistics import median, quantiles
from typing import Any, NamedTuple

from bench import databases, floor, stock
from bench.stack import Stack, stack

ROUNDS, QUICK_ROUNDS = 100, 10
LISTS, QUICK_LISTS = 20, 3
TARGET_MS = 50
QUICK_TASKS = 5_000
TOKEN = "b3nch"


class Look(NamedTuple):
    """One call: milliseconds until its first byte and its last, and the answer."""

    first_ms: float
    ms: float
    answer: Any


class Reader:
    """A client with one connection."""

    def __init__(self, running: Stack) -> None:
        told = json.loads((running.folder / "endpoints.json").read_text())
        self._http = HTTPConnection(told["api"].removeprefix("http://"), timeout=120)
        self._headers = {"authorization": TOKEN}

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Look:
        """Raises RuntimeError on what is not a success."""
        begin = time.perf_counter()
        self._http.request(method, path, json.dumps(body) if body else None, self._headers)
        response = self._http.getresponse()
        data = response.read(1)
        first_ms = (time.perf_counter() - begin) * 1e3
        data += response.read()
        ms = (time.perf_counter() - begin) * 1e3
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {data[:300]!r}")
        return Look(first_ms, ms, json.loads(data))

    def page(self, **body: Any) -> Look:
        return self.call("POST", "/tasks/paginate", body)

    def deep(self, share: float, **body: Any) -> str:
        """The token of a page so far down a list."""
        page = self.page(**body, maximumResults=100).answer
        for _ in range(int(page["total"] * share / 100)):
            page = self.page(token=page["nextToken"], maximumResults=100).answer
        return str(page["nextToken"])


def leaf(field: str, operator: str, value: Any) -> dict[str, Any]:
    return {"field": field, "operator": operator, "value": value}


def every(*filters: dict[str, Any]) -> dict[str, Any]:
    return {"operator": "And", "filters": list(filters)}


def _days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def searches() -> Iterator[tuple[str, dict[str, Any]]]:
    """What is looked for, from the usual to the awkward; each answers a page of 50 with its total."""
    success, nightly = leaf("State", "Equal", "Success"), leaf("Tags", "Equal", "nightly")
    campaign = leaf("Tags", "Equal", "campaign-042")
    yield "all", {}
    yield "state, of many", {"filter": success}
    yield "state, of none", {"filter": leaf("State", "Equal", "UploadingResults")}
    yield (
        "one of three states",
        {"filter": {"field": "State", "operator": "In", "values": ["Failure", "Cancelled", "Submitted"]}},
    )
    yield "not this state", {"filter": leaf("State", "NotEqual", "Success")}
    yield "tag, of 500 tasks", {"filter": campaign}
    yield "tag, of 30,000", {"filter": nightly}
    yield "tag, of all", {"filter": leaf("Tags", "Equal", "all")}
    yield "name", {"filter": leaf("Name", "Equal", "render-041-frame-000379")}
    yield "names that begin so", {"filter": leaf("Name", "Like", "/^render-042/")}
    yield "names that hold this", {"filter": leaf("Name", "Like", "frame-0421")}
    yield "names by an expression", {"filter": leaf("Name", "Like", r"render-0[0-4]\d-frame-.*77$")}
    yield (
        "made in one week",
        {
            "filter": every(
                leaf("CreationDate", "GreaterThan", _days_ago(14)),
                leaf("CreationDate", "LessThan", _days_ago(7)),
            )
        },
    )
    yield "ended since yesterday", {"filter": leaf("EndDate", "GreaterThan", _days_ago(6))}
    yield "ran for an hour", {"filter": leaf("ExecutionTime", "GreaterThan", "00:59:00")}
    yield "tag and state", {"filter": every(nightly, success)}
    yield (
        "tag, state, week, name",
        {
            "filter": every(
                nightly,
                success,
                leaf("CreationDate", "GreaterThan", _days_ago(20)),
                leaf("Name", "Like", "^render-1"),
            )
        },
    )
    yield (
        "this tag or that state",
        {"filter": {"operator": "Or", "filters": [campaign, leaf("State", "Equal", "Failure")]}},
    )
    yield "by name", {"orderBy": "name", "orderType": "ASC"}
    yield "by state", {"orderBy": "state"}
    yield "by execution time", {"orderBy": "executionTime"}
    yield "failures by name", {"filter": leaf("State", "Equal", "Failure"), "orderBy": "name"}  # fmt: skip


def pages(reader: Reader, rounds: int) -> None:
    for name, body in searches():
        looks = [reader.page(**body) for _ in range(rounds)]
        _tell(f"page: {name}", [look.ms for look in looks], f"of {looks[0].answer['total']:,}")
    for name, body in (
        ("", {}),
        (" by name", {"orderBy": "name"}),
        (" by execution time", {"orderBy": "executionTime"}),
    ):
        token = reader.deep(0.6, **body)
        _tell(f"page: 60,000 down{name}", [reader.page(token=token).ms for _ in range(rounds)])
    success = {"filter": leaf("State", "Equal", "Success")}
    token = reader.deep(0.6, **success)
    _tell("page: 40,000 successes down", [reader.page(token=token, **success).ms for _ in range(rounds)])
    looks = [reader.call("POST", "/tasks/summaries/paginate", {"maximumResults": 100}) for _ in range(rounds)]
    _tell("page of 100 in short", [look.ms for look in looks])
    label = {"filter": leaf("Labels.team", "Equal", "red"), "maximumResults": 50}
    _tell("page: a label", [reader.page(**label).ms for _ in range(max(3, rounds // 10))])


def whole(reader: Reader, lists: int) -> None:
    """The answers without pages."""
    found = {"maximumResults": 50, "filter": leaf("Tags", "Equal", "nightly"), "select": ["name", "state"]}
    _tell("search: 50 by tag", [reader.call("POST", "/tasks/search", found).ms for _ in range(lists * 5)])
    _tell(
        "GET /tasks/summaries?tag=, 500",
        [reader.call("GET", "/tasks/summaries?tag=campaign-042").ms for _ in range(lists)],
    )
    looks = [reader.call("GET", "/tasks/summaries") for _ in range(max(3, lists // 5))]
    _tell("GET /tasks/summaries, first byte", [look.first_ms for look in looks])
    _tell(
        "GET /tasks/summaries, all of it",
        [look.ms for look in looks],
        f"{len(looks[0].answer):,} tasks; no target",
    )


def _tell(what: str, found: list[float], more: str = "") -> None:
    p99 = quantiles(found, n=100)[98] if len(found) > 20 else max(found)
    mark = "" if p99 <= TARGET_MS else "  above"
    print(f"  {what:36} ms: p50 {median(found):7.1f}   p99 {p99:7.1f}   {more}{mark}", flush=True)


def ours(database: str, count: int, *, quick: bool) -> None:
    with databases.url(database) as url:
        begin = time.perf_counter()
        stock.fill(url, TOKEN, count)
        seconds = time.perf_counter() - begin
        print(f"{database}: {count:,} tasks, and those of {stock.OTHERS} others, stored in {seconds:.0f} s")
        with stack(runner=False, database=url) as running:
            floor.show()
            print(f"  the target is p99 <= {TARGET_MS} ms for each page and search")
            pages(Reader(running), QUICK_ROUNDS if quick else ROUNDS)
            whole(Reader(running), QUICK_LISTS if quick else LISTS)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="few of each, to see that it works")
    parser.add_argument("--databases", default=",".join(databases.NAMES))
    parser.add_argument("--tasks", type=int, default=0)
    options = parser.parse_args()
    floor.pin()
    count = options.tasks or (QUICK_TASKS if options.quick else stock.TASKS)
    for database in databases.there(options.databases.split(",")):
        ours(database, count, quick=options.quick)


if __name__ == "__main__":
    main()
