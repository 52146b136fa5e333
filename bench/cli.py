"""How long the command line takes to say how it is used, beside that of the vendor and of HyperQueue where installed.

python -m bench.cli [--quick]
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import which
from statistics import median

from bench import floor

ROUNDS, QUICK_ROUNDS = 21, 5
TARGET_MS = 150
STOKE = Path(sys.executable).with_name("stoke")


def contenders() -> Iterator[tuple[str, list[str]]]:
    """Ours, a bare interpreter, which is the floor, and the peers that are here."""
    yield "stoke --help", [str(STOKE), "--help"]
    yield "stoke task --help", [str(STOKE), "task", "--help"]
    yield "python -c pass", [sys.executable, "-c", "pass"]
    for peer in ("qarnot", "hq", "sbatch"):
        found = which(peer) or which(peer, path=".venv-bench/bin")
        if found:
            yield f"{peer} --help", [found, "--help"]


def once(command: list[str]) -> float:
    """Milliseconds from its start to its end."""
    begun = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return (time.perf_counter() - begun) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    floor.pin()
    rounds = QUICK_ROUNDS if parser.parse_args().quick else ROUNDS
    commands = dict(contenders())
    for command in commands.values():
        once(command)  # the files are in the cache of the system then
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(once(command))
    print(f"floor: {floor.xargs():.0f} programs a second, load {os.getloadavg()[0]:.2f}")
    for name, found in taken.items():
        print(
            f"{name:20} median {median(found):6.0f} ms  best {min(found):6.0f} ms  worst {max(found):6.0f} ms"
        )
    print(f"target: stoke --help within {TARGET_MS} ms")


if __name__ == "__main__":
    main()
