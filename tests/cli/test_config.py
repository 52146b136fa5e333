from pathlib import Path

from tests.cli.conftest import Stoke


def test_settings_are_written_down_and_used(stoke: Stoke, variables: dict[str, str], tmp_path: Path) -> None:
    none = {"QARNOT_CLUSTER_URL": "", "QARNOT_CLIENT_TOKEN": ""}
    url, token = variables["QARNOT_CLUSTER_URL"], variables["QARNOT_CLIENT_TOKEN"]
    stoke("config", "set", f"url={url}", f"token={token}", **none)
    assert (tmp_path / "client.toml").stat().st_mode & 0o777 == 0o600
    stoke("task", "list", **none)
    told = stoke("config", "show", **none).stdout
    assert "client.toml" in told
    assert token not in told
    assert token in stoke("config", "show", "--secrets", **none).stdout
    stoke("config", "set", "token=", **none)
    stoke("task", "list", expect=7, **none)


def test_a_setting_that_does_not_exist_is_refused(stoke: Stoke) -> None:
    assert "url, token" in stoke("config", "set", "colour=red", expect=2).stderr
