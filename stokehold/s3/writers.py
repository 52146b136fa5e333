"""Who wrote an object: a presigned URL names the instance, and a result that replaces another instance's is reported.

The look at what was there before is part of every write anyway: distinct names cost nothing (docs/adr/0012).
"""

from stokehold.s3.call import Call
from stokehold.store import conflicts
from stokehold.store.objects import Check, Object


class Watch:
    """A check that remembers who wrote what was there."""

    def __init__(self, check: Check | None) -> None:
        self._check = check
        self._before = ""

    def __call__(self, there: Object | None) -> None:
        if self._check:
            self._check(there)
        self._before = there.attributes.writer if there else ""

    async def report(self, call: Call, writer: str) -> None:
        """Tell when `writer` has replaced a result of another instance of its task."""
        if not writer or not self._before or writer == self._before:
            return
        task, _, kept = writer.partition(".")
        earlier, _, replaced = self._before.partition(".")
        if task == earlier:
            key = call.request.key.decode()
            await call.database.write(
                conflicts.note, call.account_id, int(task), key, int(replaced), int(kept)
            )
