"""Server-sent events, read line by line."""

from msgspec import Struct


class Event(Struct, frozen=True):
    """One event. `name` is empty for most; `data` is JSON text; `id` lets a stream go on where it broke off."""

    name: str
    data: str
    id: str = ""


class Reader:
    """Gathers lines into events."""

    def __init__(self) -> None:
        self._name, self._data, self._id = "", "", ""

    def feed(self, line: str) -> Event | None:
        """Take a line without its end; an event when it was the last one of it."""
        if not line:
            event = Event(self._name, self._data, self._id) if self._data else None
            self._name, self._data = "", ""
            return event
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if key == "data":
            self._data = f"{self._data}\n{value}" if self._data else value
        elif key == "event":
            self._name = value
        elif key == "id":
            self._id = value
        return None
