"""The files of attempts: made empty, removed whole."""

import os
from pathlib import Path

from stokehold.runner.places import Grounds


def test_places_are_made_empty_even_where_something_was(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = grounds.places("7.secret")
    grounds.make(places)
    (places.job / "old").write_text("x")
    grounds.make(places)
    assert list(places.job.iterdir()) == []
    assert "secret" not in str(places.job)


def test_what_is_empty_goes_at_once(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = grounds.places("7.x")
    grounds.make(places)
    places.stdout.write_text("out")
    assert grounds.clear(places)
    assert not any(p.exists() for p in (places.job, places.tmp, places.stdout))


def test_what_is_full_goes_slowly_whatever_its_modes(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    places = grounds.places("7.x")
    grounds.make(places)
    (places.job / "deep").mkdir()
    (places.job / "deep" / "file").write_text("x")
    os.chmod(places.job / "deep", 0o500)
    assert not grounds.clear(places)
    grounds.clear_slowly(places)
    assert not places.job.exists()


def test_a_sweep_keeps_what_is_known(tmp_path: Path) -> None:
    grounds = Grounds(tmp_path)
    for token in ("1.a", "2.b"):
        grounds.make(grounds.places(token))
    grounds.sweep({"2.b"})
    assert not grounds.places("1.a").job.exists()
    assert grounds.places("2.b").job.exists()
