"""Files of this machine, and the ETags that the storage will give them."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from stokehold.client.errors import BadInput

PART_BYTES = 16 * 1024 * 1024  # one request carries at most so much; larger files go up in parts
_CHUNK = 1024 * 1024


class LocalFile(Struct, frozen=True):
    """A file and the key it is to have."""

    path: Path
    key: str
    size: int


def walk(root: Path, prefix: str = "") -> Iterator[LocalFile]:
    """Every file under a folder, sorted, links followed; or the one file. Raises BadInput."""
    if root.is_file():
        yield LocalFile(root, prefix + root.name, root.stat().st_size)
        return
    if not root.is_dir():
        raise BadInput(f"There is no file or folder {root}.")
    for path in sorted(root.rglob("*")):
        if path.is_file():
            yield LocalFile(path, prefix + path.relative_to(root).as_posix(), path.stat().st_size)


def parts(path: Path, size: int, part_bytes: int = PART_BYTES) -> list[tuple[int, int]]:
    """Offset and length of each part of a file; one part when it is small."""
    return [(at, min(part_bytes, size - at)) for at in range(0, size, part_bytes)] or [(0, 0)]


def read(path: Path, offset: int, length: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def etag(path: Path, part_bytes: int = PART_BYTES) -> str:
    """The ETag of a file that is sent in parts of that size: one MD5, or that of the MD5s of the parts."""
    size = path.stat().st_size
    digests = []
    with path.open("rb") as file:
        for _, length in parts(path, size, part_bytes):
            digests.append(_md5(file.read(min(_CHUNK, n)) for n in _steps(length)))
    if len(digests) == 1:
        return digests[0].hex()
    return f"{hashlib.md5(b''.join(digests), usedforsecurity=False).hexdigest()}-{len(digests)}"


def same(path: Path, size: int, remote: str) -> bool:
    """Whether a file has the content of an object, as far as ETags can tell."""
    return path.is_file() and path.stat().st_size == size and etag(path) == remote


def tree_digest(etags: Iterable[tuple[str, str]]) -> str:
    """A name for a set of files: of their keys and contents, and of nothing else."""
    text = "\n".join(f"{tag} {key}" for key, tag in sorted(etags))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:24]


def target(folder: Path, key: str) -> Path:
    """Where an object goes in a folder. Raises BadInput for a key that leads out of it."""
    path = (folder / key).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise BadInput(f"The key {key!r} leads out of {folder}.")
    return path


def _md5(pieces: Iterable[bytes]) -> bytes:
    digest = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
    return digest.digest()


def _steps(length: int) -> Iterator[int]:
    while length > 0:
        yield min(_CHUNK, length)
        length -= _CHUNK
