from pathlib import Path

from stokehold.client import Client


def tree(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() for p in folder.rglob("*") if p.is_file()}


def test_a_bucket_is_made_alike_with_a_folder_and_a_folder_with_a_bucket(
    client: Client, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "d").mkdir(parents=True)
    (here / "a").write_text("1")
    (here / "d" / "b").write_text("2")
    bucket = client.bucket("sync", create=True)
    assert [file.key for file in bucket.sync_from(here, "p/")] == ["p/a", "p/d/b"]
    (here / "a").write_text("3")
    (here / "d" / "b").unlink()
    assert [file.key for file in bucket.sync_from(here, "p/", delete=True)] == ["p/a"]
    there.mkdir()
    (there / "old").write_text("old")
    bucket.sync_to(there, "p/")
    assert tree(there) == {"a": "3", "old": "old"}
    bucket.sync_to(there, "p/", delete=True)
    assert tree(there) == {"a": "3"}


def test_small_things_need_no_files(client: Client) -> None:
    bucket = client.bucket("small", create=True)
    bucket.put("greeting", "grüß dich")
    assert bucket.get("greeting").decode() == "grüß dich"
    bucket.remove("greeting", "nothing")
    assert list(bucket.objects()) == []
    bucket.delete()
    assert "small" not in [one.name for one in client.buckets()]
