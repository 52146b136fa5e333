"""Draw docs/states.md from the tables of stokehold/domain/states.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from msgspec.structs import asdict, replace

from stokehold.domain import snapshot
from stokehold.domain.states import COUNTER, ENDS, FINAL, NEXT, Counts, Phase, TaskState, fold

PAGE = Path(__file__).parent.parent / "docs" / "states.md"

INSTANCES = 3  # with three, every mixture of phases that `fold` tells apart occurs

HEAD = """# States

*This page is written by `make docs` from `stokehold/domain/states.py`.*

## An instance

Each arrow is a move that the table `NEXT` allows. A runner reports the furthest phase that it has reached, so
phases between may be skipped; none is ever visited again within one attempt. The way back to `ready` is a new
attempt: its lease was lost or given back, or its failure is tried again.

"""

TASK = """
## A task

The public state of a task is a function (`fold`) of how many of its instances are in each phase, and of
what its owner has asked. The arrows are those that appear when the instances of a task of three move one
at a time; a task whose instances move together may skip states. Deleting is possible in every state and
leads to `PendingDelete`.

"""

SNAPSHOT = """
## A snapshot

It has a part for each instance that runs when it is asked for; its state is a function (`fold` in
`stokehold/domain/snapshot.py`) of theirs.

"""


@dataclass(frozen=True)
class Task:
    """A small task, as `fold` sees it."""

    counts: Counts
    cancel_asked: bool = False

    @property
    def state(self) -> TaskState:
        return fold(self.counts, cancel_asked=self.cancel_asked)

    @property
    def _impossible(self) -> set[Phase]:
        return {Phase.READY, Phase.LEASED} if self.cancel_asked else {Phase.CANCELLED}

    def moves(self) -> "Iterator[Task]":
        """Every task that one move of one instance, or an abort, makes of this one."""
        counts = asdict(self.counts)
        for phase, after in NEXT.items():
            if not counts[COUNTER[phase]]:
                continue
            for to in after - self._impossible:
                changed = {**counts, COUNTER[phase]: counts[COUNTER[phase]] - 1}
                changed[COUNTER[to]] += 1
                yield Task(Counts(**changed), self.cancel_asked)
        if self.state not in FINAL and not self.cancel_asked:
            waiting = self.counts.ready
            yield Task(replace(self.counts, ready=0, cancelled=self.counts.cancelled + waiting), True)


def render() -> str:
    """The whole page."""
    return (
        HEAD + _mermaid(_instance_arrows()) + "\n" + _phases() + TASK + _mermaid(_task_arrows()) + _snapshot()
    )


def _snapshot() -> str:
    starts = [("[*]", snapshot.SnapshotState.TRIGGERED.value)]
    arrows = [(a.value, b.value) for a, b in product(snapshot.NEXT, snapshot.NEXT) if b in snapshot.NEXT[a]]
    ends = [(state.value, "[*]") for state, after in snapshot.NEXT.items() if not after]
    return SNAPSHOT + _mermaid(starts + arrows + ends)


def _phases() -> str:
    rows = "\n".join(
        f"| `{phase}` | `{COUNTER[phase]}` | {'yes' if phase in ENDS else 'no'} |" for phase in Phase
    )
    return f"| phase | counted as | end |\n|---|---|---|\n{rows}\n"


def _instance_arrows() -> list[tuple[str, str]]:
    starts = [("[*]", Phase.READY.value)]
    ends = [(phase.value, "[*]") for phase in Phase if phase in ENDS]
    return starts + [(a.value, b.value) for a, b in product(Phase, Phase) if b in NEXT[a]] + ends


def _task_arrows() -> list[tuple[str, str]]:
    first = Task(Counts(ready=INSTANCES))
    seen, waiting, arrows = {first}, [first], set()
    while waiting:
        task = waiting.pop()
        for after in task.moves():
            if after.state is not task.state:
                arrows.add((task.state, after.state))
            if after not in seen:
                seen.add(after)
                waiting.append(after)
    ordered = [(a.value, b.value) for a, b in product(TaskState, TaskState) if (a, b) in arrows]
    ends = [(state.value, "[*]") for state in TaskState if state in FINAL]
    return [("[*]", first.state.value), *ordered, *ends]


def _mermaid(arrows: list[tuple[str, str]]) -> str:
    lines = "\n".join(f"    {a} --> {b}" for a, b in arrows)
    return f"```mermaid\nstateDiagram-v2\n{lines}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(render())
