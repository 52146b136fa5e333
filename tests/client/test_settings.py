import json
from pathlib import Path

import pytest

from stokehold.client.errors import BadInput, NotConfigured
from stokehold.client.settings import config_file, find


def env(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(tmp_path), **more}


def local_server(tmp_path: Path) -> None:
    folder = tmp_path / ".local/share/stokehold"
    folder.mkdir(parents=True)
    (folder / "endpoints.json").write_text(
        json.dumps({"api": "http://127.0.0.1:9", "storage": "x", "pid": 1})
    )
    (folder / "admin.token").write_text("admin\n")


def written(tmp_path: Path, text: str) -> None:
    path = config_file(env(tmp_path))
    path.parent.mkdir(parents=True)
    path.write_text(text)


def test_without_anything_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured) as caught:
        find(env=env(tmp_path))
    assert "stoke serve" in caught.value.advice


def test_a_server_of_this_machine_is_found(tmp_path: Path) -> None:
    local_server(tmp_path)
    found = find(env=env(tmp_path))
    assert (found.url, found.token) == ("http://127.0.0.1:9", "admin")
    assert found.sources["token"].endswith("admin.token")


def test_the_token_of_this_machine_goes_to_no_other_server(tmp_path: Path) -> None:
    local_server(tmp_path)
    with pytest.raises(NotConfigured):
        find({"url": "http://elsewhere"}, env(tmp_path))


def test_arguments_win_over_variables_and_variables_over_the_file(tmp_path: Path) -> None:
    written(tmp_path, 'url = "http://file/"\ntoken = "file"\nstorage = "http://s3/"\n')
    variables = env(tmp_path, QARNOT_CLUSTER_URL="http://env", QARNOT_CLIENT_TOKEN="env")
    found = find({"url": "http://given", "token": None}, variables)
    assert (found.url, found.token, found.storage) == ("http://given", "env", "http://s3")
    assert found.sources["url"] == "argument"


def test_the_vendors_switches_are_understood(tmp_path: Path) -> None:
    for name in ("QARNOT_CLUSTER_UNSAFE", "QARNOT_USE_UNSAFE_SSL"):
        variables = env(tmp_path, QARNOT_CLUSTER_URL="https://x", QARNOT_CLIENT_TOKEN="t", **{name: "True"})
        assert find(env=variables).unsafe


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="http://"):
        find({"url": "ftp://x", "token": "t"}, env(tmp_path))
    with pytest.raises(BadInput, match="seconds"):
        find({"url": "http://x", "token": "t", "timeout_s": "soon"}, env(tmp_path))
    written(tmp_path, 'colour = "red"\n')
    with pytest.raises(BadInput, match="colour"):
        find(env=env(tmp_path))
