"""Where the files of one instance go: asked of the server, which answers with presigned URLs."""

import asyncio
import secrets
from collections.abc import Sequence

from stokehold.domain.protocol import Destination, Produced, Refused, Upload
from stokehold.runner.reporter import Reporter
from stokehold.runner.transfer import TransferError


class Destinations:
    """Questions under way. An answer to one that an earlier runner has asked is passed over."""

    def __init__(self, token: str, reporter: Reporter) -> None:
        self._token, self._reporter = token, reporter
        self._piece = secrets.randbelow(2**31)
        self._open: dict[tuple[int, int], asyncio.Future[list[Destination]]] = {}

    async def of(self, files: Sequence[tuple[str, int]], snapshot: int = 0) -> list[Destination]:
        """One for each of these (path, size). Raises TransferError when the server refuses."""
        self._piece += 1
        question = (snapshot, self._piece)
        self._open[question] = asyncio.get_running_loop().create_future()
        self._reporter.add(Produced(self._token, list(files), *question))
        try:
            return await self._open[question]
        finally:
            del self._open[question]

    def answered(self, answer: Upload | Refused) -> None:
        """The server said where the files go, or why nowhere."""
        waiting = self._open.get((answer.snapshot, answer.piece))
        if waiting is None or waiting.done():
            return
        if isinstance(answer, Upload):
            waiting.set_result(answer.destinations)
        else:
            waiting.set_exception(TransferError(answer.reason, permanent=True))
