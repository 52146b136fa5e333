"""The checksums a client may choose, computed as bytes pass, and combined for multipart objects."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import Any, Protocol

from stokehold.s3.errors import S3Error

SIZES = {"crc32": 4, "crc32c": 4, "crc64nvme": 8, "sha1": 20, "sha256": 32}
PREFIX = "x-amz-checksum-"


class Hash(Protocol):
    """What hashlib's objects are."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...


class _Crc:
    def __init__(self, step: Callable[[bytes, int], int], size: int) -> None:
        self._step, self._size, self._value = step, size, 0

    def update(self, data: bytes, /) -> None:
        self._value = self._step(data, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


def new(algorithm: str) -> Hash:
    """A running checksum."""
    match algorithm:
        case "crc32":
            return _Crc(zlib.crc32, 4)
        case "crc32c":
            return _Crc(_crt().crc32c, 4)
        case "crc64nvme":
            return _Crc(_crt().crc64nvme, 8)
        case "sha1":
            return hashlib.sha1(usedforsecurity=False)
        case "sha256":
            return hashlib.sha256()
        case _:
            raise ValueError(algorithm)


def algorithm_named(text: str) -> str:
    """`CRC32`, as clients write it, to our name. Raises S3Error."""
    name = text.lower()
    if name not in SIZES:
        raise S3Error("InvalidRequest", f"Checksum algorithm provided is unsupported: {text}")
    return name


def announced(name: str) -> str:
    """The algorithm of a header or trailer such as `x-amz-checksum-crc32`. Raises S3Error."""
    algorithm = name.strip().lower().removeprefix(PREFIX)
    if not name.strip().lower().startswith(PREFIX) or algorithm not in SIZES:
        raise S3Error(
            "InvalidRequest", f"The value specified in the x-amz-trailer header is not supported: {name}"
        )
    return algorithm


def valid(algorithm: str, value: str) -> str:
    """`value`, if it is the base64 of a digest of that size. Raises S3Error."""
    try:
        size = len(base64.b64decode(value, validate=True))
    except binascii.Error:
        size = -1
    if size != SIZES[algorithm]:
        raise S3Error("InvalidRequest", f"Value for {PREFIX}{algorithm} header is invalid.")
    return value


def encoded(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def composite(algorithm: str, parts: Sequence[str]) -> str:
    """The checksum of the parts' checksums, with their number."""
    total = new(algorithm)
    for part in parts:
        total.update(base64.b64decode(part))
    return f"{encoded(total.digest())}-{len(parts)}"


def combined(algorithm: str, parts: Sequence[tuple[str, int]]) -> str:
    """The checksum of the whole from (checksum, size) of each part, without reading a byte."""
    combine = getattr(_crt(), f"combine_{algorithm}")
    total = 0
    for value, size in parts:
        total = combine(total, int.from_bytes(base64.b64decode(value), "big"), size)
    return encoded(total.to_bytes(SIZES[algorithm], "big"))


@cache
def _crt() -> Any:
    """The library of the rarer checksums: 5 MB that a server whose clients ask for none of them need not hold."""
    return import_module("awscrt.checksums")


def can_combine(algorithm: str) -> bool:
    return algorithm.startswith("crc")
