"""The files of attempts: found empty, used again when they were left so, removed whole."""

import os
from pathlib import Path

import pytest

from stokehold.runner.places import SPARE, Grounds, Places


def taken(grounds: Grounds) -> Places:
    places = grounds.take()
    grounds.make(places)
    return places


def test_places_are_made_empty_even_where_something_was(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = grounds.take()
    places.job.mkdir()
    (places.job / "old").write_text("x")
    grounds.make(places)
    assert list(places.job.iterdir()) == []


def test_places_that_were_left_empty_are_used_again(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = taken(grounds)
    for output in (places.stdout, places.stderr):
        output.touch(0o600)
        output.write_text("out")
    places.manifest.touch()
    assert grounds.clear(places)
    assert taken(grounds) is places
    assert places.stdout.read_text() == places.stderr.read_text() == ""
    assert not places.manifest.exists()


def full(places: Places) -> None:
    (places.job / "file").touch()


def scratched(places: Places) -> None:
    (places.tmp / ".hidden").mkdir()


def opened(places: Places) -> None:
    places.tmp.chmod(0o1777)


def replaced(places: Places) -> None:
    places.job.rmdir()
    places.job.symlink_to(places.tmp)


def removed(places: Places) -> None:
    places.job.rmdir()


def linked(places: Places) -> None:
    places.stdout.touch(0o600)
    os.link(places.stdout, places.stdout.with_name("kept"))


def shown(places: Places) -> None:
    places.stdout.touch(0o644)


def grown(places: Places) -> None:
    for number in range(2000):
        (places.job / f"a name that is long enough to count {number}").touch()
    for file in places.job.iterdir():
        file.unlink()


@pytest.mark.parametrize("touch", [full, scratched, opened, replaced, removed, linked, shown])
def test_places_that_tell_of_an_attempt_are_not_used_again(tmp_path: Path, touch: object) -> None:
    grounds = Grounds(tmp_path)
    places = taken(grounds)
    touch(places)  # type: ignore[operator]
    assert not grounds.clear(places)
    assert grounds.take() is not places


def test_a_folder_that_has_grown_is_not_used_again(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = taken(grounds)
    before = places.job.stat().st_size
    grown(places)
    if places.job.stat().st_size == before:
        pytest.skip("on this file system directories shrink again")
    assert not grounds.clear(places)


def test_a_folder_with_attributes_is_not_used_again(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = taken(grounds)
    try:
        os.setxattr(places.job, "user.note", b"I was here")
    except OSError:
        pytest.skip("this file system has no attributes")
    assert not grounds.clear(places)


def test_only_so_many_empty_places_are_kept(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    held = [taken(grounds) for _ in range(SPARE + 1)]
    assert [grounds.clear(places) for places in held] == [True] * SPARE + [False]


def test_a_runner_that_ends_leaves_no_empty_places(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = taken(grounds)
    assert grounds.clear(places)
    grounds.close()
    assert not places.job.exists()


def test_what_is_full_goes_slowly_whatever_its_modes(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = taken(grounds)
    (places.job / "deep").mkdir()
    (places.job / "deep" / "file").write_text("x")
    os.chmod(places.job / "deep", 0o500)
    assert not grounds.clear(places)
    grounds.clear_slowly(places)
    assert not places.job.exists()


def test_a_sweep_keeps_what_is_known(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    gone, kept = taken(grounds), taken(grounds)
    grounds.sweep({kept.name})
    assert not gone.job.exists()
    assert kept.job.exists()


def test_another_runner_of_the_folder_takes_no_places_that_are_in_use(tmp_path: Path) -> None:
    earlier = taken(Grounds(tmp_path))
    grounds = Grounds(tmp_path)
    again = grounds.again(earlier.name)
    assert (again.job, again.stdout) == (earlier.job, earlier.stdout)
    assert grounds.take().name != earlier.name
