import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stokehold.runner.traffic import Counters, apart, counters, parsed
from tests.waiting import wait_until

TABLE = """Inter-| Receive | Transmit
 face |bytes packets errs drop fifo frame compressed multicast|bytes packets errs drop fifo colls carrier compressed
    lo:  99999 1 0 0 0 0 0 0 99999 1 0 0 0 0 0 0
  eth0:1000 2 0 0 0 0 0 0 2000 2 0 0 0 0 0 0
  eth1: 10 2 0 0 0 0 0 0 20 2 0 0 0 0 0 0
"""


def test_the_loopback_does_not_count() -> None:
    assert parsed(TABLE) == Counters(1010, 2020)


def test_a_process_in_our_network_is_not_apart() -> None:
    assert apart([os.getpid()]) is None


def test_a_process_that_is_gone_has_no_counters() -> None:
    assert counters(2**22 + 1) is None


def test_a_network_of_its_own_is_found_and_counted(require: Callable[[str], Path]) -> None:
    """What a program sends out of a tap device that it made in a namespace of its own."""
    unshare = require("unshare")
    program = subprocess.Popen(
        [unshare, "--net", "--map-root-user", "python3", "-c", _TAP],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert program.stdout is not None
    assert program.stdin is not None
    try:
        if program.stdout.readline() != b"ready\n":
            pytest.skip("this kernel makes no network devices in a user namespace")
        assert apart([program.pid, os.getpid()]) == program.pid
        before = counters(program.pid)
        assert before is not None
        program.stdin.write(b"\n")
        program.stdin.flush()
        wait_until(lambda: (counters(program.pid) or before).sent > before.sent, what="bytes that were sent")
    finally:
        program.kill()
        program.wait()


_TAP = """
import fcntl, socket, struct, sys
tun = open("/dev/net/tun", "r+b", buffering=0)
fcntl.ioctl(tun, 0x400454ca, struct.pack("16sH", b"tap0", 0x1002))
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
fcntl.ioctl(sock, 0x8916, struct.pack("16sH2s4s8s", b"tap0", 2, b"", bytes([10, 9, 8, 1]), b""))
fcntl.ioctl(sock, 0x891c, struct.pack("16sH2s4s8s", b"tap0", 2, b"", bytes([255, 255, 255, 0]), b""))
fcntl.ioctl(sock, 0x8914, struct.pack("16sH", b"tap0", 0x43))
print("ready", flush=True)
sys.stdin.readline()
sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
sock.sendto(b"x" * 500, ("10.9.8.255", 9))
tun.read(2000)
sys.stdin.readline()
"""
