"""Blob files: whole or not at all, kept while they are read."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stokehold.store import blobs as module
from stokehold.store.blobs import Blobs


@pytest.fixture
def blobs(tmp_path: Path) -> Iterator[Blobs]:
    opened = Blobs(tmp_path / "blobs")
    yield opened
    opened.close()


def write(blobs: Blobs, *pieces: bytes) -> str:
    writer = blobs.writer()
    for piece in pieces:
        writer.write(piece)
    return writer.commit()


def files(blobs: Blobs) -> list[Path]:
    return [path for path in blobs.folder.rglob("*") if path.is_file()]


def test_a_blob_lies_two_folders_deep_under_a_random_name(blobs: Blobs) -> None:
    first, second = write(blobs, b"he", b"", b"llo"), write(blobs)
    assert blobs.path(first).read_bytes() == b"hello"
    assert blobs.path(second).read_bytes() == b""
    assert blobs.path(first) == blobs.folder / first[:2] / first[2:4] / first
    assert first != second
    assert stat.S_IMODE(blobs.path(first).stat().st_mode) == 0o600


def test_nothing_is_under_its_name_before_the_commit(blobs: Blobs) -> None:
    writer = blobs.writer()
    writer.write(b"half")
    assert [path.parent for path in files(blobs)] == [blobs.temporary]
    writer.discard()
    writer.discard()
    assert files(blobs) == []


def test_folders_are_filled_before_another_is_chosen(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEAF_FILES", 3)
    names = [write(blobs) for _ in range(9)]
    assert [len({name[:4] for name in names[start : start + 3]}) for start in (0, 3, 6)] == [1, 1, 1]
    assert len({name[:4] for name in names}) > 1


def test_a_removed_blob_can_be_read_by_who_has_it_open(blobs: Blobs) -> None:
    name = write(blobs, b"hello")
    descriptor = blobs.open(name)
    blobs.remove([name, "no such blob"])
    assert os.pread(descriptor, 10, 0) == b"hello"
    os.close(descriptor)
    with pytest.raises(FileNotFoundError):
        blobs.open(name)


def test_a_pinned_blob_goes_with_its_last_pin(blobs: Blobs) -> None:
    kept, free = write(blobs, b"kept"), write(blobs, b"free")
    blobs.pin([kept])
    blobs.pin([kept, free])
    blobs.remove([kept])
    blobs.unpin([kept, free])
    assert blobs.path(kept).exists()
    blobs.unpin([kept])
    assert not blobs.path(kept).exists()
    assert blobs.path(free).exists()


def test_the_sweep_takes_only_what_is_old_and_unknown(blobs: Blobs) -> None:
    known, unknown, fresh = (write(blobs, b"x") for _ in range(3))
    (blobs.temporary / "left").write_bytes(b"half")
    now = time.time()
    for path in (blobs.path(known), blobs.path(unknown), blobs.temporary / "left"):
        os.utime(path, (now - 3601, now - 3601))
    assert blobs.sweep(lambda names: {known} & set(names), now) == 2
    assert {path.name for path in files(blobs)} == {known, fresh}
    assert blobs.sweep(lambda names: {known} & set(names), now) == 0
