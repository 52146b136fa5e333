"""The MD5 of an object that is on its way, whole or of its parts, as its ETag asks for it."""

import hashlib

from stokehold.domain.protocol import Input
from stokehold.domain.storage import PART_SIZE
from stokehold.runner.transfer import TransferError


class Checksum:
    """ETags that are neither an MD5 nor that of parts of PART_SIZE cannot be checked, and are not."""

    def __init__(self, item: Input) -> None:
        digest, dash, count = item.etag.lower().partition("-")
        usable = len(digest) == 32 and set(digest) <= set("0123456789abcdef")
        in_parts = dash and count == str(max(1, -(-item.size // PART_SIZE)))
        self._expected = digest if usable and (in_parts or not dash) else ""
        self._part_size = PART_SIZE if dash else 0
        self._seen = ""
        self.begin()

    def begin(self) -> None:
        """Forget what came."""
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._parts: list[bytes] = []
        self._room = self._part_size

    def update(self, data: bytes) -> None:
        """Take the next piece."""
        if not self._expected:
            return
        view = memoryview(data)
        while self._part_size and len(view) >= self._room:
            self._md5.update(view[: self._room])
            view = view[self._room :]
            self._end_part()
        self._md5.update(view)
        self._room -= len(view)

    def finish(self) -> None:
        """Raise TransferError when what came is not what the ETag says."""
        if self._expected and self._result() != self._expected:
            self._doubt()

    def _doubt(self) -> None:
        """Parts of another size may be as many: when the same bytes come twice, these are they."""
        came = self._result()
        if self._part_size and came == self._seen:
            return
        self._seen = came
        raise TransferError("its bytes do not agree with its ETag", permanent=False)

    def _end_part(self) -> None:
        self._parts.append(self._md5.digest())
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._room = self._part_size

    def _result(self) -> str:
        if not self._part_size:
            return self._md5.hexdigest()
        if self._room != self._part_size or not self._parts:
            self._end_part()
        return hashlib.md5(b"".join(self._parts), usedforsecurity=False).hexdigest()
