"""What one account may have running at once, of each scheduling type. What is beyond it waits."""

from msgspec import Struct

from stokehold.domain.lane import Rank


class Quota(Struct, frozen=True):
    """0: not limited."""

    instances: int = 0
    cores: int = 0

    def room(self, instances: int, cores: int, cores_each: int) -> int | None:
        """How many more instances of `cores_each` fit, when so many run; None: it is not limited."""
        rooms = [self.instances - instances] if self.instances else []
        if self.cores:
            rooms.append((self.cores - cores) // max(1, cores_each))
        return max(0, min(rooms)) if rooms else None


class Quotas(Struct, frozen=True):
    """The quotas of an account."""

    flex: Quota = Quota()
    on_demand: Quota = Quota()
    reserved: Quota = Quota()

    def of(self, rank: Rank) -> Quota:
        return {Rank.FLEX: self.flex, Rank.ON_DEMAND: self.on_demand, Rank.RESERVED: self.reserved}[rank]

    @property
    def limited(self) -> bool:
        return self != UNLIMITED


UNLIMITED = Quotas()
