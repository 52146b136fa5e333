import json
import platform

from stokehold import __version__
from tests.cli.conftest import Stoke


def test_the_version_and_what_it_runs_on_are_told_without_a_server(stoke: Stoke) -> None:
    told = json.loads(stoke("version", "--format", "json", QARNOT_CLUSTER_URL="http://127.0.0.1:9").stdout)
    assert (told["version"], told["name"]) == (__version__, "stokehold")
    assert platform.python_version() in stoke("version").stdout
