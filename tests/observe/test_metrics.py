"""Numbers that Prometheus can read."""

from prometheus_client.parser import text_string_to_metric_families

from stokehold.observe.metrics import ATTEMPTS, INSTANCES, PHASES, TASKS, answered, committed, render


def samples() -> dict[tuple[str, ...], float]:
    families = text_string_to_metric_families(render().decode())
    return {(s.name, *sorted(s.labels.values())): s.value for family in families for s in family.samples}


def test_numbers_are_rendered_for_prometheus() -> None:
    before = samples()
    TASKS.inc()
    INSTANCES.inc(1_000_000)
    ATTEMPTS.labels("succeeded").inc()
    PHASES.labels("ready").set(7)
    answered("api", "/tasks/{uuid}", 200)
    committed(12, 0.004)
    grown = {name: value - before.get(name, 0) for name, value in samples().items()}
    assert grown["stoke_tasks_submitted_total",] == 1
    assert grown["stoke_instances_submitted_total",] == 1_000_000
    assert grown["stoke_attempts_ended_total", "succeeded"] == 1
    assert grown["stoke_http_requests_total", "/tasks/{uuid}", "200", "api"] == 1
    assert grown["stoke_commit_writes_sum",] == 12
    assert samples()["stoke_instances", "ready"] == 7
    assert samples()["process_resident_memory_bytes",] > 0
