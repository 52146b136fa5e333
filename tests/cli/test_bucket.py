from pathlib import Path

from tests.cli.conftest import Stoke


def test_files_go_to_a_bucket_and_come_back(stoke: Stoke, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    (here / "a").write_text("content of a")
    (here / "b").write_text("b")
    stoke("bucket", "create", "cli-bucket")
    assert stoke("bucket", "put", "cli-bucket", here, "--prefix", "p/").stdout == "p/a\np/b\n"
    assert stoke("bucket", "put", "cli-bucket", here, "--prefix", "p/").stdout == ""
    assert "p/a" in stoke("bucket", "show", "cli-bucket").stdout
    assert stoke("bucket", "cat", "cli-bucket", "p/a").stdout == "content of a"
    stoke("bucket", "get", "cli-bucket", tmp_path / "got")
    assert (tmp_path / "got" / "p" / "b").read_text() == "b"
    (here / "b").unlink()
    stoke("bucket", "sync-from", "cli-bucket", here, "--prefix", "p/")
    assert "p/b" not in stoke("bucket", "show", "cli-bucket").stdout
    stoke("bucket", "sync-to", "cli-bucket", tmp_path / "there", "--prefix", "p/")
    assert (tmp_path / "there" / "a").exists()
    stoke("bucket", "delete", "cli-bucket", "p/a")
    assert "cli-bucket" in stoke("bucket", "list", "--sizes").stdout
    stoke("bucket", "delete", "cli-bucket", "--yes")
    assert "cli-bucket" not in stoke("bucket", "list").stdout
    assert "stoke bucket list" in stoke("bucket", "delete", "cli-bucket", expect=5).stderr
