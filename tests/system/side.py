"""A file outside the platform in which programs say that they begin and end: what really happened."""

import threading
from collections import Counter
from pathlib import Path

Instance = tuple[str, int]  # task name, instance id


class Side:
    """Lines `S task id pid` and `E task id pid`, read as they come; a line that a kill cut short does not count."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        self._read = 0
        self._seen: dict[str, Counter[Instance]] = {"S": Counter(), "E": Counter()}
        self._lock = threading.Lock()

    @property
    def begun(self) -> Counter[Instance]:
        """How often each instance has begun."""
        return self._look("S")

    @property
    def ended(self) -> Counter[Instance]:
        """How often each instance has come to its last line."""
        return self._look("E")

    def _look(self, sign: str) -> Counter[Instance]:
        with self._lock:
            with self.path.open("rb") as file:
                file.seek(self._read)
                data = file.read()
            whole = data[: data.rfind(b"\n") + 1]
            self._read += len(whole)
            for line in whole.decode().splitlines():
                words = line.split(" ")
                self._seen[words[0]][words[1], int(words[2])] += 1
            return self._seen[sign].copy()
