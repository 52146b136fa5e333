"""The benchmarks can be started; what they measure is not for a test to say."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    "name", ["floor", "idle", "instances", "large_task", "latency", "listing", "submit", "ui"]
)
def test_each_tells_how_it_is_used(name: str) -> None:
    words = [sys.executable, "-m", f"bench.{name}", "--help"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert f"python -m bench.{name}" in done.stdout
