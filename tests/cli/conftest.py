"""`stoke` as its user calls it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from stokehold.cli.main import stoke as group
from tests.system.cluster import Stokehold

Stoke = Callable[..., Result]


@pytest.fixture
def variables(stokehold: Stokehold, tmp_path: Path) -> dict[str, str]:
    """The environment of a user of that server, who has no other configuration."""
    server = {"QARNOT_CLUSTER_URL": stokehold.api, "QARNOT_CLIENT_TOKEN": stokehold.token}
    nothing = {"HOME": str(tmp_path), "STOKE_SERVER_DATA": str(tmp_path / "none")}
    return {**server, **nothing, "STOKE_CLIENT_CONFIG": str(tmp_path / "client.toml")}


@pytest.fixture
def stoke(variables: dict[str, str]) -> Stoke:
    """`stoke("task", "list")`: its output, errors and exit code; `expect` is the code it must have."""

    def call(*arguments: str | Path, expect: int = 0, **more: str) -> Result:
        done = CliRunner().invoke(group, [str(one) for one in arguments], env={**variables, **more})
        assert done.exit_code == expect, f"{done.exit_code}: {done.output} {done.exception!r}"
        return done

    return call
