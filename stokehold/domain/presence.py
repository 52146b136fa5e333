"""Which nodes have been heard of, and when. A lease lives as long as its node is heard of (docs/adr)."""

SILENCE_US = 13_000_000  # a node that was silent for longer is lost: with the tick of the watch, within 15 s


class Presence:
    """The last sign of life of each node, in microseconds. Kept in memory: a new server trusts every node afresh."""

    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def seen(self, node_id: int, at: int) -> None:
        self._seen[node_id] = at

    def heard(self, node_id: int) -> int:
        """When the node was last heard of; 0 when it never was."""
        return self._seen.get(node_id, 0)

    @property
    def several(self) -> bool:
        """Whether more than one node has been heard of."""
        return len(self._seen) > 1

    def silent(self, node_ids: list[int], at: int) -> list[int]:
        """Those of `node_ids` that were silent too long. One never heard of counts from now."""
        return [n for n in node_ids if at - self._seen.setdefault(n, at) > SILENCE_US]

    def forget(self, node_id: int) -> None:
        self._seen.pop(node_id, None)
