"""Whole processes: `stoke serve` as its user starts it."""

from tests.system.servers import servers

__all__ = ["servers"]
