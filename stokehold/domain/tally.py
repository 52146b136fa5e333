"""The running account of one task: its counters and ranges, and the public state that follows from them."""

from collections import Counter

from msgspec import Struct

from stokehold.domain.protocol import Ended
from stokehold.domain.ranges import Ranges
from stokehold.domain.react import Attempt, Move
from stokehold.domain.states import COUNTER, Counts, Phase, TaskState, fold

_RANGE = {Phase.SUCCEEDED: "succeeded", Phase.FAILED: "failed", Phase.CANCELLED: "cancelled"}


class Tally(Struct):
    """What many moves, of one batch, do to a task. Its cost grows with the moves, not with the task."""

    counts: Counter[str]
    cancel_asked: bool
    delete_asked: bool
    sums: Counter[str]
    ids: dict[str, list[int]]

    @classmethod
    def of(cls, counts: Counts, *, cancel_asked: bool, delete_asked: bool) -> "Tally":
        fields = {name: getattr(counts, name) for name in counts.__struct_fields__}
        return cls(Counter(fields), cancel_asked, delete_asked, Counter(), {})

    def granted(self, instance_ids: list[int]) -> None:
        self.counts["ready"] -= len(instance_ids)
        self.counts["dispatched"] += len(instance_ids)

    def moved(self, attempt: Attempt, move: Move) -> None:
        """`attempt` leaves its phase for `move.to`."""
        self.counts[COUNTER[attempt.phase]] -= 1
        self.counts[COUNTER[move.to]] += 1
        if move.to is Phase.EXECUTION:
            self._add("started", attempt.instance_id)
        elif move.to is Phase.READY:
            self._add("ready", attempt.instance_id)
            if not move.erased or attempt.number > 1:
                self._add("requeued", attempt.instance_id)
        elif move.to in _RANGE:
            self._add(_RANGE[move.to], attempt.instance_id)
        self.sums["retries_spent"] += move.spends_retry

    def measured(self, attempt: Attempt, ended: Ended) -> None:
        """Add what an attempt took, whatever became of it."""
        if ended.exit_code is not None or ended.execution_us:
            self._add("started", attempt.instance_id)
        sums = self.sums
        sums["download_us"] += ended.download_us
        sums["environment_us"] += ended.environment_us
        sums["execution_us"] += ended.execution_us
        sums["upload_us"] += ended.upload_us
        sums["results_count"] += bool(ended.results)

    def cancelled(self, waiting: Ranges) -> None:
        """Everything that waits is cancelled at once."""
        self.counts["cancelled"] += len(waiting)
        self.counts["ready"] -= len(waiting)

    def doomed(self, waiting: Ranges) -> None:
        """Everything that waits fails at once, with the task."""
        self.counts["failed"] += len(waiting)
        self.counts["ready"] -= len(waiting)

    @property
    def active(self) -> int:
        """How many instances nodes hold."""
        return self.counts["dispatched"] + self.counts["executing"] + self.counts["uploading"]

    @property
    def known(self) -> Counts:
        return Counts(**{name: self.counts[name] for name in Counts.__struct_fields__})

    @property
    def state(self) -> TaskState:
        return fold(self.known, cancel_asked=self.cancel_asked, delete_asked=self.delete_asked)

    def _add(self, name: str, instance_id: int) -> None:
        self.ids.setdefault(name, []).append(instance_id)
