"""Taking `aws-chunked` bodies apart: chunks with a size line each, sealed by signatures or not, a trailer."""

import hashlib
import hmac
import re
from collections.abc import Callable

from msgspec import Struct

from stokehold.s3.errors import S3Error

MIN_CHUNK = 8192  # but for the last one: smaller ones cost more to check than to carry
MAX_LINE = 512
MAX_TRAILERS = 4

_EMPTY = hashlib.sha256().hexdigest()
_PLAIN = re.compile(rb"([0-9A-Fa-f]{1,8})()")
_SEALED = re.compile(rb"([0-9A-Fa-f]{1,8});chunk-signature=([0-9a-f]{64})")
_TRAILER = re.compile(rb"([A-Za-z0-9-]+):[ \t]*([\x21-\x7e]*)[ \t]*")
_SIGNATURE = "x-amz-trailer-signature"


class Seal(Struct, frozen=True):
    """What chunk signatures are made with, and the signature that the first one follows."""

    key: bytes
    moment: str
    scope: str
    signature: str


class ChunkDecoder:
    """Decodes a body as it comes, in pieces of any size.

    `length` is the announced decoded length; `trailer` the one trailer that was announced; with a `seal`
    every chunk is verified, and so are the trailers when `sealed_trailer` is set.
    """

    def __init__(
        self, length: int, trailer: str = "", seal: Seal | None = None, *, sealed_trailer: bool = False
    ) -> None:
        self.trailers: dict[str, str] = {}
        self._length, self._trailer, self._sealed_trailer = length, trailer, sealed_trailer
        self._seal = seal
        self._previous = seal.signature if seal else ""
        self._claimed = ""
        self._hash = hashlib.sha256()
        self._buffer = bytearray()
        self._left = 0  # bytes of the running chunk that have not come
        self._chunk = MIN_CHUNK
        self._step: Callable[[list[bytes]], bool] = self._size

    def feed(self, raw: bytes) -> list[bytes]:
        """The decoded bytes that `raw` completes. Raises S3Error."""
        self._buffer += raw
        pieces: list[bytes] = []
        while self._step(pieces):
            pass
        return pieces

    def finish(self) -> None:
        """Raises S3Error unless the body is whole."""
        if self._step != self._end or self._length:
            raise S3Error("IncompleteBody")

    def _size(self, _pieces: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        match = (_SEALED if self._seal else _PLAIN).fullmatch(line)
        if match is None:
            raise S3Error("IncompleteBody", "The size of a chunk cannot be read.")
        size = int(match[1], 16)
        if size and self._chunk < MIN_CHUNK:
            raise S3Error("InvalidChunkSizeError")
        if size > self._length:
            raise S3Error("IncompleteBody", "The body is longer than x-amz-decoded-content-length.")
        self._claimed = match[2].decode()
        self._chunk = self._left = size
        self._length -= size
        self._step = self._data if size else self._last
        return True

    def _data(self, pieces: list[bytes]) -> bool:
        if not self._buffer:
            return False
        with memoryview(self._buffer) as view:
            piece = bytes(view[: self._left])
        del self._buffer[: len(piece)]
        if self._seal:
            self._hash.update(piece)
        self._left -= len(piece)
        pieces.append(piece)
        if not self._left:
            self._step = self._data_end
        return True

    def _data_end(self, _pieces: list[bytes]) -> bool:
        if len(self._buffer) < 2:
            return False
        if self._buffer[:2] != b"\r\n":
            raise S3Error("IncompleteBody", "A chunk is longer than its size says.")
        del self._buffer[:2]
        self._verify_chunk()
        self._step = self._size
        return True

    def _last(self, _pieces: list[bytes]) -> bool:
        self._verify_chunk()
        if self._length:
            raise S3Error("IncompleteBody", "The body is shorter than x-amz-decoded-content-length.")
        self._step = self._trailing
        return True

    def _trailing(self, _pieces: list[bytes]) -> bool:
        line = self._line()
        if line is None:
            return False
        if line == b"":
            self._verify_trailers()
            self._step = self._end
            return True
        match = _TRAILER.fullmatch(line)
        name = match[1].decode().lower() if match else ""
        if match is None or name in self.trailers or len(self.trailers) == MAX_TRAILERS:
            raise S3Error("MalformedTrailerError")
        self.trailers[name] = match[2].decode()
        return True

    def _end(self, _pieces: list[bytes]) -> bool:
        if self._buffer:
            raise S3Error("IncompleteBody", "The body goes on after its last chunk.")
        return False

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n", 0, MAX_LINE)
        if end < 0:
            if len(self._buffer) >= MAX_LINE:
                raise S3Error("IncompleteBody", "A line between the chunks is too long.")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _verify_chunk(self) -> None:
        if self._seal:
            digest = self._hash.hexdigest()
            self._advance("AWS4-HMAC-SHA256-PAYLOAD", f"{_EMPTY}\n{digest}", self._claimed)
            self._hash = hashlib.sha256()

    def _verify_trailers(self) -> None:
        claimed = self.trailers.pop(_SIGNATURE, "") if self._sealed_trailer else ""
        if set(self.trailers) != ({self._trailer} if self._trailer else set()):
            raise S3Error("MalformedTrailerError")
        if self._sealed_trailer:
            text = "".join(f"{name}:{value}\n" for name, value in self.trailers.items())
            digest = hashlib.sha256(text.encode()).hexdigest()
            self._advance("AWS4-HMAC-SHA256-TRAILER", digest, claimed)

    def _advance(self, kind: str, digests: str, claimed: str) -> None:
        assert self._seal is not None
        text = f"{kind}\n{self._seal.moment}\n{self._seal.scope}\n{self._previous}\n{digests}"
        expected = hmac.digest(self._seal.key, text.encode(), "sha256").hex()
        if not hmac.compare_digest(expected, claimed):
            raise S3Error("SignatureDoesNotMatch", "The signature of a chunk does not match.")
        self._previous = expected
