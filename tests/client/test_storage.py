import hashlib
from pathlib import Path

import pytest

from stokehold.client import Client
from stokehold.client.errors import NotFound
from stokehold.client.local_files import PART_BYTES, etag

KEY = "a b#?+%/é~.txt"


def test_objects_go_in_and_come_out(client: Client, tmp_path: Path) -> None:
    storage = client.storage()
    storage.create_bucket("storage-1")
    storage.put("storage-1", KEY, b"content")
    assert storage.get("storage-1", KEY) == b"content"
    head = storage.head("storage-1", KEY)
    assert head is not None
    assert (head.size, head.etag) == (7, hashlib.md5(b"content").hexdigest())
    assert [one.key for one in storage.objects("storage-1")] == [KEY]
    assert storage.copy("storage-1", KEY, "copy")
    assert not storage.copy("storage-1", "nothing", "copy")
    storage.delete("storage-1", KEY)
    assert storage.head("storage-1", KEY) is None
    with pytest.raises(NotFound, match="NoSuchKey"):
        storage.get("storage-1", KEY)
    storage.delete_bucket("storage-1")
    assert "storage-1" not in storage.bucket_names()


def test_a_large_file_goes_up_in_parts_and_has_the_etag_that_was_foretold(
    client: Client, tmp_path: Path
) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(PART_BYTES + 5))
    storage = client.storage()
    storage.create_bucket("storage-2")
    storage.upload("storage-2", path, "large")
    (one,) = storage.objects("storage-2")
    assert (one.size, one.etag) == (PART_BYTES + 5, etag(path))
    there = storage.download("storage-2", one, tmp_path / "out")
    assert there.read_bytes() == path.read_bytes()


def test_lists_go_on_over_pages(client: Client) -> None:
    storage = client.storage()
    storage.create_bucket("storage-3")
    names = [f"{number:04}" for number in range(1003)]
    storage.each(lambda name: storage.put("storage-3", name, b""), names)
    assert [one.key for one in storage.objects("storage-3")] == names
