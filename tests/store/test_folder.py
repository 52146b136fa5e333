import json
import os
import stat
import threading
from pathlib import Path

import pytest

from stokehold.domain.errors import Conflict
from stokehold.store.folder import ALPHABET, TOKEN_LENGTH, Folder


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_folder_and_its_secrets_are_its_owners_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "a" / "data")
    folder.token("admin.token")
    folder.master_key()
    assert mode(folder.path) == 0o700
    assert mode(folder.path / "admin.token") == mode(folder.path / "master.key") == 0o600


def test_two_servers_never_share_a_folder(tmp_path: Path) -> None:
    first = Folder(tmp_path)
    first.lock()
    with pytest.raises(Conflict, match="Another server"):
        Folder(tmp_path).lock()


def test_secrets_stay_the_same_at_every_start(tmp_path: Path) -> None:
    first, second = Folder(tmp_path), Folder(tmp_path)
    assert len(first.master_key()) == 32
    assert first.master_key() == second.master_key()
    assert first.token("t") == second.token("t")
    assert first.token("t") != first.token("u")
    assert len(first.token("t")) == TOKEN_LENGTH
    assert set(first.token("t")) <= set(ALPHABET)


def test_a_secret_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "t").write_text("mine\n")
    assert Folder(tmp_path).secret("t", "fresh") == "mine"


def test_of_many_that_make_a_secret_at_once_all_get_the_same(tmp_path: Path) -> None:
    got: list[str] = []
    threads = [threading.Thread(target=lambda: got.append(Folder(tmp_path).token("t"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1


def test_no_draft_of_a_secret_is_left_behind(tmp_path: Path) -> None:
    Folder(tmp_path).token("t")
    assert os.listdir(tmp_path) == ["t"]


def test_the_endpoints_are_told_in_one_step(tmp_path: Path) -> None:
    Folder(tmp_path).announce("http://a", "http://s")
    told = json.loads((tmp_path / "endpoints.json").read_text())
    assert told == {"api": "http://a", "storage": "http://s", "pid": os.getpid()}
    assert os.listdir(tmp_path) == ["endpoints.json"]
