from pathlib import Path

import pytest

from stokehold.client import Client
from stokehold.client.errors import BadInput


def test_nothing_goes_up_twice_and_no_tree_ever_changes(client: Client, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_text("tree: a")
    (tmp_path / "sub" / "b").write_text("tree: b")
    first = client.bring(tmp_path)
    assert (first.files, first.sent) == (2, 2)
    assert client.bring(tmp_path).sent == 0
    (tmp_path / "a").write_text("tree: changed")
    second = client.bring(tmp_path)
    assert (second.sent, second.sent_bytes) == (1, 13)
    assert second.mount != first.mount
    bucket = client.bucket(first.mount.bucket)
    assert bucket.get(first.mount.prefix + "a") == b"tree: a"
    assert bucket.get(second.mount.prefix + "sub/b") == b"tree: b"


def test_a_folder_without_files_is_refused(client: Client, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no files"):
        client.bring(tmp_path)
