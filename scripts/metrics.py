"""Write docs/reference/metrics.md from the numbers of stokehold/observe/metrics.py."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric

from stokehold.observe import metrics

PAGE = Path(__file__).parent.parent / "docs" / "reference" / "metrics.md"

HEAD = """# Metrics

*This page is written by `make docs` from `stokehold/observe/metrics.py`.*

`GET /metrics` answers these numbers in the text format of Prometheus. It needs no token and tells nothing of who owns
what: it only counts. Where strangers can reach the server, let the proxy before it refuse the path
([how](../how-to/tls.md)).

```yaml
scrape_configs:
  - job_name: stokehold
    static_configs:
      - targets: ["127.0.0.1:8080"]
```

Counters begin at 0 when the server starts. Numbers about one task, its curves and its times, are in its own answers:
[watching tasks](../watching.md).

## The platform

| name | kind | labels | meaning |
|---|---|---|---|
"""

MIDDLE = """
A histogram named `x` is told as `x_bucket`, `x_sum` and `x_count`.

| label | values |
|---|---|
| `end` | `success`, `stopped`, or [whose failure it was](errors.md): `program`, `resource`, `infrastructure` |
| `phase` | what the phases of [states.md](../states.md) are counted as |
| `surface` | `api`, the REST interface, or `s3`, the storage |
| `route` | the pattern of the path, as `/tasks/{id}`; of `s3` the method |
| `status` | the status of the answer |

## The process

| name | kind | meaning |
|---|---|---|
"""

TAIL = """
## Questions that they answer

| question | expression |
|---|---|
| instances that end a second | `sum(rate(stoke_attempts_ended_total[5m]))` |
| what waits | `stoke_instances{phase="ready"}` |
| failures of the platform, not of programs | `rate(stoke_attempts_ended_total{end="infrastructure"}[5m])` |
| requests that failed on our side | `sum(rate(stoke_http_requests_total{status=~"50[07]"}[5m]))` |
| is the disk slow? | `histogram_quantile(0.99, rate(stoke_commit_seconds_bucket[5m]))` |
| are nodes missing? | `stoke_nodes < 3`, when there should be three |
"""


def render() -> str:
    """The whole page."""
    return HEAD + "".join(_ours()) + MIDDLE + "".join(_of_the_process()) + TAIL


def _ours() -> Iterator[str]:
    for number in vars(metrics).values():
        if isinstance(number, MetricWrapperBase):
            family = next(iter(number.describe()))
            # The library tells the names of labels nowhere else.
            labels = ", ".join(f"`{name}`" for name in number._labelnames)
            yield f"| `{_name(family)}` | {family.type} | {labels} | {family.documentation} |\n"


def _of_the_process() -> Iterator[str]:
    for family in metrics.REGISTRY.collect():
        if family.name.startswith("process_"):
            yield f"| `{_name(family)}` | {family.type} | {family.documentation} |\n"


def _name(family: Metric) -> str:
    return family.name + ("_total" if family.type == "counter" else "")


if __name__ == "__main__":
    PAGE.write_text(render())
