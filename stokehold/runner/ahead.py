"""How many leases to hold beyond the slots, so that short work never waits for a round trip."""

HORIZON_S = 0.5  # keep this much work in hand
MOST = 1000
_WEIGHT = 0.1  # of the newest duration in the running mean


class Ahead:
    """Learns from recent instances how short work is."""

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._mean_s: float | None = None

    def learn(self, seconds: float) -> None:
        """An instance held its slot for this long."""
        if self._mean_s is None or seconds > self._mean_s * 8:
            self._mean_s = seconds  # work has just become longer: do not hoard it
        else:
            self._mean_s += _WEIGHT * (seconds - self._mean_s)

    @property
    def target(self) -> int:
        """How many leases to hold in all."""
        if self._mean_s is None or self._mean_s > HORIZON_S:
            return self.slots
        return self.slots + min(MOST, int(self.slots * HORIZON_S / max(self._mean_s, 1e-4)))

    def want(self, held: int) -> int:
        """How many leases to ask for now: none until half the target is used up, then all of it."""
        spare = max(self.target // 2, self.slots)
        return self.target - held if held < spare else 0
