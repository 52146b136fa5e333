"""What a server, its runner and its keeper cost when nobody asks anything of them.

python -m bench.idle [--quick] [--seconds 300]
"""

import argparse
import time

from bench import floor
from bench.stack import Stack, Usage, stack

WARM_UP = 200  # instances, so that what is measured has worked before
SETTLE_S = 3.0
MEMORY_MB, CPU_PERCENT = 150, 1.0


def quiet(running: Stack, seconds: float) -> tuple[dict[str, Usage], dict[str, float]]:
    """Memory at the end of so many quiet seconds, and the CPU spent in them as a percentage of one core."""
    before = running.usage()
    begin = time.monotonic()
    time.sleep(seconds)
    after = running.usage()
    lasted = time.monotonic() - begin
    return after, {name: (after[name].cpu_s - before[name].cpu_s) / lasted * 100 for name in after}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="ten seconds")
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    floor.pin()
    floor.show()
    with stack() as running:
        running.finish(running.submit(WARM_UP))
        time.sleep(SETTLE_S)
        show(*quiet(running, 10 if options.quick else options.seconds))


def show(used: dict[str, Usage], percent: dict[str, float]) -> None:
    for name, (_, memory) in used.items():
        print(f"{name:8} {memory:6.1f} MB   {percent[name]:5.2f} % of a core")
    memory = sum(u.rss_mb for u in used.values())
    cpu = sum(percent.values())
    print(
        f"{'together':8} {memory:6.1f} MB   {cpu:5.2f} % of a core   target: {MEMORY_MB} MB, {CPU_PERCENT} %"
    )


if __name__ == "__main__":
    main()
