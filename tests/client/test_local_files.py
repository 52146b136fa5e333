import hashlib
from pathlib import Path

import pytest

from stokehold.client import local_files
from stokehold.client.errors import BadInput


def test_a_folder_is_walked_in_order_and_a_file_is_itself(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    for name in ("z", "d/a"):
        (tmp_path / name).write_text("x")
    assert [f.key for f in local_files.walk(tmp_path, "p/")] == ["p/d/a", "p/z"]
    assert [f.key for f in local_files.walk(tmp_path / "z")] == ["z"]
    with pytest.raises(BadInput, match="no file or folder"):
        list(local_files.walk(tmp_path / "no"))


def test_an_etag_is_the_md5_or_that_of_the_md5s_of_the_parts(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"abcde")
    assert local_files.etag(path) == hashlib.md5(b"abcde").hexdigest()
    parts = b"".join(hashlib.md5(part).digest() for part in (b"abc", b"de"))
    assert local_files.etag(path, 3) == f"{hashlib.md5(parts).hexdigest()}-2"


def test_an_empty_file_has_one_part(tmp_path: Path) -> None:
    (tmp_path / "f").touch()
    assert local_files.parts(tmp_path / "f", 0) == [(0, 0)]
    assert local_files.etag(tmp_path / "f") == hashlib.md5(b"").hexdigest()


def test_the_name_of_a_tree_depends_on_keys_and_contents_alone() -> None:
    one = local_files.tree_digest([("a", "1"), ("b", "2")])
    assert one == local_files.tree_digest([("b", "2"), ("a", "1")])
    assert one != local_files.tree_digest([("a", "2"), ("b", "1")])


@pytest.mark.parametrize("key", ["../x", "a/../../x", "/etc/x"])
def test_no_key_leads_out_of_its_folder(tmp_path: Path, key: str) -> None:
    with pytest.raises(BadInput):
        local_files.target(tmp_path / "in", key)
