"""Which bytes of an object a request asks for."""

import re

from msgspec import Struct

from stokehold.s3.errors import S3Error

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Range(Struct, frozen=True):
    """`length` bytes from `start` of an object of `size`."""

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def parse(header: str, size: int) -> Range | None:
    """The range, or None for a header that is to be ignored. Raises InvalidRange outside of the object."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match[1], match[2]
    if not first:
        start, end = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    if start >= end:
        raise S3Error(
            "InvalidRange",
            headers=(("content-range", f"bytes */{size}"),),
            RangeRequested=header,
            ActualObjectSize=str(size),
        )
    return Range(start, end - start, size)


def parse_copy(header: str, size: int) -> Range:
    """The range of a part copy: `bytes=first-last` within the source, nothing else. Raises S3Error."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or not match[1] or not match[2] or int(match[2]) < int(match[1]):
        raise S3Error("InvalidArgument", "x-amz-copy-source-range must be bytes=first-last.")
    if int(match[2]) >= size:
        raise S3Error("InvalidRange", "The range lies outside of the source.", ActualObjectSize=str(size))
    return Range(int(match[1]), int(match[2]) - int(match[1]) + 1, size)
