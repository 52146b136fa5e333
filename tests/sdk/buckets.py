"""Rows of `Bucket`."""

from pathlib import Path

import pytest
import qarnot
from qarnot.advanced_bucket import BucketPrefixFiltering, PrefixResourcesTransformation
from qarnot.bucket import Bucket
from qarnot.exceptions import MissingBucketException

from tests.sdk.table import Ground, proves


def keys(bucket: Bucket) -> list[str]:
    return [item.key for item in bucket.list_files()]


def filled(ground: Ground, *names: str) -> Bucket:
    """A bucket in which each object holds its own name."""
    bucket = ground.server.bucket()
    for name in names:
        bucket.add_string(name, name)
    return bucket


def seen_by_instance(ground: Ground, bucket: Bucket) -> list[str]:
    """What an instance finds that has this bucket as its input."""
    task = ground.server.task("find . -type f")
    task.resources = [bucket]
    task.submit()
    lines = ground.server.ended(task).stdout().splitlines()
    return sorted(line.partition("> ")[2].removeprefix("./") for line in lines)


def files(folder: Path) -> dict[str, str]:
    return {str(p.relative_to(folder)): p.read_text() for p in sorted(folder.rglob("*")) if p.is_file()}


@proves("Bucket.add_string", "Bucket.list_files", "Bucket.directory")
def texts_become_objects_that_are_listed(ground: Ground) -> None:
    bucket = filled(ground, "a", "d/b", "d/c")
    assert keys(bucket) == ["a", "d/b", "d/c"]
    assert [item.key for item in bucket.directory("d/")] == ["d/b", "d/c"]
    assert len(list(bucket.directory())) == 3


@proves("Bucket.add_file", "Bucket.get_file")
def files_go_up_and_come_down(ground: Ground) -> None:
    bucket = ground.server.bucket()
    bucket.add_file(str(ground.file("up.txt", "text")))
    bucket.add_file(str(ground.file("up.txt", "text")), "deep/name.txt")
    assert keys(bucket) == ["deep/name.txt", "up.txt"]
    local = bucket.get_file("deep/name.txt", str(ground.folder / "down" / "here.txt"))
    assert Path(local).read_text() == "text"


@proves("Bucket.add_file", "Bucket.get_file")
def large_files_go_up_in_parts(ground: Ground) -> None:
    bucket, path = ground.server.bucket(), ground.folder / "large"
    path.write_bytes(bytes(range(256)) * 4 * 1024 * 17)  # 17 MiB
    bucket.add_file(str(path), "large")
    assert bucket.list_files()[0].e_tag.strip('"').endswith("-3")
    assert Path(bucket.get_file("large", str(ground.folder / "back"))).read_bytes() == path.read_bytes()


@proves("Bucket.add_directory", "Bucket.get_all_files")
def folders_go_up_and_come_down(ground: Ground) -> None:
    bucket = ground.server.bucket()
    ground.file("in/a", "1")
    ground.file("in/d/b", "2")
    bucket.add_directory(str(ground.folder / "in") + "/", "under")
    assert keys(bucket) == ["under/a", "under/d/b"]
    bucket.get_all_files(str(ground.folder / "out"))
    assert files(ground.folder / "out") == {"under/a": "1", "under/d/b": "2"}


@proves("Bucket.sync_directory", "Bucket.sync_files")
def a_bucket_becomes_what_a_folder_is(ground: Ground) -> None:
    bucket = filled(ground, "old")
    ground.file("in/a", "1")
    ground.file("in/same", "1")
    ground.file("in/d/b", "2")
    bucket.sync_directory(str(ground.folder / "in"))
    assert keys(bucket) == ["a", "d/b", "same"]
    bucket.sync_files({"moved": str(ground.folder / "in" / "a")})
    assert keys(bucket) == ["moved"]
    bucket.sync_files({"x": str(ground.folder / "in" / "d" / "b")}, remote="sub")
    assert keys(bucket) == ["moved", "sub/x"]


@proves("Bucket.sync_remote_to_local")
def a_folder_becomes_what_a_bucket_is(ground: Ground) -> None:
    bucket = filled(ground, "a", "d/b", "e/c")
    out = ground.folder / "out"
    bucket.sync_remote_to_local(str(out))
    assert files(out) == {"a": "a", "d/b": "d/b", "e/c": "e/c"}
    bucket.sync_remote_to_local(str(ground.folder / "part"), "d")
    assert files(ground.folder / "part") == {"b": "d/b"}


@proves("Bucket.copy_file", "Bucket.delete_file")
def objects_are_copied_and_deleted(ground: Ground) -> None:
    bucket = filled(ground, "a")
    bucket.copy_file("a", "b")
    assert Path(bucket.get_file("b", str(ground.folder / "b"))).read_text() == "a"
    bucket.delete_file("a")
    assert keys(bucket) == ["b"]


@proves("Bucket.delete")
def a_bucket_is_deleted_with_what_is_in_it(ground: Ground) -> None:
    bucket = filled(ground, *(f"{n}" for n in range(30)))
    bucket.delete()
    assert bucket not in ground.sdk.buckets()
    with pytest.raises(MissingBucketException):
        bucket.list_files()


@proves("Bucket.uuid", "Bucket.description", "Bucket.flush", "Bucket.update")
def a_bucket_is_its_name(ground: Ground) -> None:
    bucket = filled(ground, "a")
    bucket.flush()
    bucket.update()
    assert bucket.uuid == bucket.description == ground.sdk.retrieve_bucket(bucket.uuid).uuid
    assert keys(bucket) == ["a"]


@proves("Bucket.with_filtering")
def an_instance_sees_what_a_prefix_lets_through(ground: Ground) -> None:
    bucket = filled(ground, "in/a", "in/b", "out/c")
    assert seen_by_instance(ground, bucket.with_filtering(BucketPrefixFiltering("in/"))) == ["in/a", "in/b"]


@proves("Bucket.with_resource_transformation")
def an_instance_sees_paths_without_a_prefix(ground: Ground) -> None:
    bucket = filled(ground, "in/a", "out/c")
    stripped = bucket.with_resource_transformation(PrefixResourcesTransformation("in/"))
    assert "a" in seen_by_instance(ground, stripped)
    both = stripped.with_filtering(BucketPrefixFiltering("in/"))
    assert seen_by_instance(ground, both) == ["a"]


@proves("Bucket.with_cache_ttl", "Bucket.to_json", "Bucket.from_json")
def a_task_keeps_how_its_inputs_were_asked_for(ground: Ground) -> None:
    bucket = filled(ground, "in/a").with_filtering(BucketPrefixFiltering("in/")).with_cache_ttl(4000)
    task = ground.server.task("true")
    task.resources = [bucket]
    task.submit()
    (again,) = ground.again(task).resources
    assert again.to_json() == bucket.to_json()
    assert again.to_json()["cacheTTLSec"] == 4000
    assert isinstance(qarnot.bucket.Bucket.from_json(ground.sdk, again.to_json()), Bucket)
