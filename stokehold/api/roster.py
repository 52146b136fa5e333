"""Every instance of a task, page by page, and one with all its attempts: an extension."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import UNSET, UnsetType, field
from starlette.responses import Response

from stokehold.api.answers import Page
from stokehold.api.call import Call, answer
from stokehold.api.instances import error, execution, folder, reason, running, seconds
from stokehold.api.outputs import instance_id
from stokehold.api.progress import Answer, Error, Text
from stokehold.api.render import read_spec
from stokehold.api.tasks import found
from stokehold.domain.errors import Invalid
from stokehold.domain.moments import date_text
from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import LARGEST_ID, Ranges
from stokehold.domain.states import ENDS, Phase
from stokehold.store import tasks
from stokehold.store.database import Connection

PAGE_SIZE = 100
LARGEST_PAGE = 1000

Number = float | UnsetType


class State(StrEnum):
    """Where an instance is."""

    WAITING = "Waiting"  # for its first attempt, or for another one
    RUNNING = "Running"  # a node has it
    SUCCESS = "Success"
    FAILURE = "Failure"
    CANCELLED = "Cancelled"


class Try(Answer, kw_only=True):
    """One attempt at an instance. Times are seconds; what is not known yet is absent."""

    attempt: int
    state: str
    phase: str
    node: str
    runtime: str
    dispatch_date: str
    start_date: Text = UNSET
    end_date: Text = UNSET
    exit_code: int | UnsetType = UNSET
    error: Error | UnsetType = UNSET
    download_time_sec: Number = UNSET
    environment_time_sec: Number = UNSET
    execution_time_sec: float
    upload_time_sec: Number = UNSET
    cpu_usage: Number = UNSET
    memory_mb: Number = field(name="memoryMB", default=UNSET)
    peak_memory_mb: Number = field(name="peakMemoryMB", default=UNSET)
    progress: Number = UNSET


class Instance(Answer, kw_only=True):
    """An instance, and its last attempt."""

    instance_id: int
    state: str
    execution_attempt_count: int
    results: list[str]
    last: Try | UnsetType = UNSET


class WholeInstance(Instance, kw_only=True):
    """An instance with every attempt, the first one first."""

    attempts: list[Try]


async def page(call: Call) -> Response:
    """A page of a task's instances in the order of their ids, whatever has become of them."""
    return answer(await call.services.database.read(_page, call, call.services.clock()))


async def one(call: Call) -> Response:
    """One instance with all its attempts."""
    return answer(await call.services.database.read(_one, call, call.services.clock()))


def _page(conn: Connection, call: Call, now: int) -> Page[Instance]:
    task = found(conn, call)
    states, limit = _states(call), _number(call, "limit", PAGE_SIZE)
    after = _number(call, "token", -1)
    among = _among(task, states)
    ids, rest = (among - Ranges([(0, after)]) if after >= 0 else among).take(min(max(limit, 1), LARGEST_PAGE))
    tried = tasks.attempts_of(conn, task, ids)
    view = _View(call, task, now)
    return Page(
        data=[view.instance(number, tried.get(number, [])) for number in ids],
        count=len(ids),
        total=len(among),
        is_truncated=bool(rest),
        next_token=str(ids[-1]) if rest else UNSET,
        token=str(after) if after >= 0 else UNSET,
    )


def _one(conn: Connection, call: Call, now: int) -> WholeInstance:
    task = found(conn, call)
    number = instance_id(task, call.params["instanceId"])
    tried = tasks.attempts_of(conn, task, [number]).get(number, [])
    view = _View(call, task, now)
    seen = view.instance(number, tried)
    return WholeInstance(
        instance_id=seen.instance_id,
        state=seen.state,
        execution_attempt_count=seen.execution_attempt_count,
        results=seen.results,
        last=seen.last,
        attempts=[view.attempt(attempt, over=True) for attempt in tried[:-1]]
        + [view.attempt(attempt) for attempt in tried[-1:]],
    )


class _View:
    """One task, as its instances are shown."""

    def __init__(self, call: Call, task: tasks.Task, now: int) -> None:
        self._now = now
        self._folder = folder(read_spec(task), call.services.storage.endpoint)
        self._places = {state: _among(task, [state]) for state in State}

    def instance(self, number: int, tried: list[tasks.Attempt]) -> Instance:
        state = next((state for state, ids in self._places.items() if number in ids), State.RUNNING)
        report = tried[-1].report if tried else None
        return Instance(
            instance_id=number,
            state=state,
            execution_attempt_count=len(tried),
            results=[self._folder + key for key in report.results] if report else [],
            last=self.attempt(tried[-1], over=state is State.WAITING) if tried else UNSET,
        )

    def attempt(self, attempt: tasks.Attempt, *, over: bool = False) -> Try:
        """`over`: another attempt came or will come after it."""
        report, ended = attempt.report, attempt.ended_at is not None
        cancelled = attempt.instance_id in self._places[State.CANCELLED] and not over
        failure = reason(attempt) if ended and not cancelled else None
        return Try(
            attempt=attempt.number,
            state=_state(attempt.phase, cancelled=cancelled),
            phase=str(attempt.phase),
            node=attempt.node.name,
            runtime=attempt.node.runtime,
            dispatch_date=date_text(attempt.leased_at),
            start_date=date_text(attempt.started_at) if attempt.started_at else UNSET,
            end_date=date_text(attempt.ended_at) if ended else UNSET,
            error=error(failure) if failure else UNSET,
            execution_time_sec=seconds(report.execution_us if report else execution(attempt, self._now)),
            **(_reported(report) if report else {} if ended else _measured(attempt, self._now)),
        )


def _reported(report: Ended) -> dict[str, float | UnsetType]:
    return {
        "exit_code": UNSET if report.exit_code is None else report.exit_code,
        "download_time_sec": seconds(report.download_us),
        "environment_time_sec": seconds(report.environment_us),
        "upload_time_sec": seconds(report.upload_us),
        "peak_memory_mb": report.peak_memory_mb,
    }


def _measured(attempt: tasks.Attempt, now: int) -> dict[str, float]:
    shown = running(attempt, now)
    peak = attempt.sample.peak_mb if attempt.sample else 0.0
    measures = {"cpu_usage": shown.cpu_usage, "memory_mb": shown.current_memory_mb}
    return {**measures, "progress": shown.progress, "peak_memory_mb": peak}


def _state(phase: Phase, *, cancelled: bool) -> State:
    if cancelled:
        return State.CANCELLED
    ends = {Phase.SUCCEEDED: State.SUCCESS, Phase.FAILED: State.FAILURE, Phase.CANCELLED: State.CANCELLED}
    return ends[phase] if phase in ENDS else State.RUNNING


def _among(task: tasks.Task, states: Iterable[State]) -> Ranges:
    """The instances that are in any of these states."""
    ids = Ranges()
    for state in states:
        ids = ids | _in_state(task, state)
    return ids


def _in_state(task: tasks.Task, state: State) -> Ranges:
    over = {
        State.WAITING: task.ready_range,
        State.SUCCESS: task.succeeded_range,
        State.FAILURE: task.failed_range,
        State.CANCELLED: task.cancelled_range,
    }
    if state in over:
        return Ranges.stored(over[state])
    rest = read_spec(task).ids()
    for text in over.values():
        rest = rest - Ranges.stored(text)
    return rest


def _states(call: Call) -> list[State]:
    """The states that are asked for, with commas or again and again; none means all. Raises Invalid."""
    known = {state.lower(): state for state in State}
    words = [word.strip().lower() for text in call.query("state") for word in text.split(",") if word.strip()]
    if wrong := [word for word in words if word not in known]:
        raise Invalid("state", f"{wrong[0][:40]!r} is none of {', '.join(State)}")
    return [known[word] for word in words] or list(State)


def _number(call: Call, name: str, default: int) -> int:
    given = call.query(name)
    if not given or not given[-1]:
        return default
    text = given[-1]
    if not (text.isascii() and text.isdigit() and len(text) < 12 and int(text) <= LARGEST_ID):
        raise Invalid(name, f"must be a whole number from 0 to {LARGEST_ID}")
    return int(text)
