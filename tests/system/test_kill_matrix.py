"""`kill -9` of server, runner and keeper while work goes on: nothing is lost, nothing finished runs again."""

import random
from pathlib import Path

import pytest

from tests.system.cluster import Stokehold
from tests.system.storm import Storm

pytestmark = pytest.mark.timeout(300)

MATRIX = {
    "server": ["server"] * 3,
    "runner": ["runner", "server+runner", "runner", "server+runner"],
    "keeper": ["keeper", "runner+keeper", "server+keeper", "server+runner+keeper"],
}


@pytest.mark.parametrize("kinds", MATRIX.values(), ids=MATRIX)
def test_kills_lose_nothing_and_repeat_nothing(kinds: list[str], tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(10**6)
    print(f"seed {seed}")
    with Stokehold(tmp_path / "data") as stokehold:
        storm = Storm(stokehold, tmp_path, seed)
        print(storm.rage(kinds))
        storm.check(kinds)
