"""Kill servers, runners and keepers a hundred times while work goes on; every few kills, check that nothing was lost.

The seed, which is printed, decides who is killed and after how much work.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.system.cluster import Stokehold
from tests.system.storm import Storm

GENTLE = ("server", "runner", "server+runner")  # the keeper lives: not even an attempt is lost
CRUEL = (*GENTLE, "keeper", "runner+keeper", "server+keeper", "server+runner+keeper")
STORM = 10  # kills on one data folder


def main(words: list[str]) -> int:
    """0 when everything held."""
    options = _options(words)
    print(
        f"seed {options.seed}: `python -m scripts.chaos --rounds {options.rounds} --seed {options.seed}` repeats it"
    )
    chance = random.Random(options.seed)
    left, slowest = options.rounds, 0.0
    while left:
        kinds = chance.choices(chance.choice((GENTLE, CRUEL)), k=min(STORM, left))
        left -= len(kinds)
        slowest = max(slowest, _storm(kinds, chance.randrange(10**9)))
        print(
            f"{options.rounds - left} of {options.rounds} kills; ready again in {slowest:.2f} s at most\n",
            flush=True,
        )
    return 0


def _storm(kinds: list[str], seed: int) -> float:
    """One storm on a folder of its own; returns the longest restart in seconds. Raises AssertionError."""
    with tempfile.TemporaryDirectory(prefix="stoke-chaos-") as name:
        folder = Path(name)
        with Stokehold(folder / "data") as stokehold:
            storm = Storm(stokehold, folder, seed)
            toll = storm.rage(kinds, lambda line: print(line, flush=True))
            storm.check(kinds)
            print(toll)
            return max(toll.ready_s, default=0.0)


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="kills in all")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    return parser.parse_args(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
