"""What an operator counts: numbers for Prometheus. Only a server holds them: its runner does without their 4 MB."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

#: The numbers of this process. Names end in _total, _sum and so on when they are rendered.
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

TASKS = Counter("stoke_tasks_submitted", "Tasks accepted.", registry=REGISTRY)
INSTANCES = Counter("stoke_instances_submitted", "Instances of accepted tasks.", registry=REGISTRY)
LEASES = Counter("stoke_leases_granted", "Leases given to runners.", registry=REGISTRY)
REPORTS = Counter("stoke_reports", "Reports taken from runners.", registry=REGISTRY)
ATTEMPTS = Counter("stoke_attempts_ended", "Attempts that ended, by their end.", ["end"], registry=REGISTRY)
REQUESTS = Counter(
    "stoke_http_requests", "Requests answered.", ["surface", "route", "status"], registry=REGISTRY
)
PHASES = Gauge("stoke_instances", "Instances of unfinished tasks, by phase.", ["phase"], registry=REGISTRY)
NODES = Gauge("stoke_nodes", "Nodes that are heard of.", registry=REGISTRY)
COMMIT_WRITES = Histogram(
    "stoke_commit_writes",
    "Writes that shared one commit.",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=REGISTRY,
)
COMMIT_SECONDS = Histogram(
    "stoke_commit_seconds",
    "Time of one commit, its writes included.",
    buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5),
    registry=REGISTRY,
)


def answered(surface: str, route: str, status: int) -> None:
    """Count a request. `route` is the pattern, never the path: there is no end of paths."""
    REQUESTS.labels(surface, route, str(status)).inc()


def committed(writes: int, seconds: float) -> None:
    """Count a commit of `writes` writes that took `seconds`."""
    COMMIT_WRITES.observe(writes)
    COMMIT_SECONDS.observe(seconds)


def render() -> bytes:
    """Every number, in Prometheus's text format."""
    return generate_latest(REGISTRY)
