"""Who is at the other end of a line, and how much of something each network has at once or asks for in a while.

Kept in this process' memory: the budgets of tries, which all processes share, are `clinic/people/rates`.
"""

from collections import Counter, OrderedDict
from collections.abc import Iterable

from uvicorn.middleware.proxy_headers import _TrustedHosts

from app.buckets import Bucket
from app.budgets import Budget, shares

_MAX_NETWORKS = 20_000


class Proxies:
    """The reverse proxies whose X-Forwarded-For header is trusted."""

    def __init__(self, trusted: str) -> None:
        self._trusted = _TrustedHosts(trusted)

    def speaks(self, peer: str) -> bool:
        """Whether `peer` is one of the proxies."""
        return peer in self._trusted

    def behind(self, peer: str, forwarded: Iterable[str]) -> str:
        """Return the client's address, given its peer and X-Forwarded-For headers.

        Empty when a proxy does not name its client: then clients can't be told apart.
        """
        if not self.speaks(peer):
            return peer
        said = ", ".join(forwarded)
        return self._trusted.get_trusted_client_address(said)[0] if said else ""


class Crowd:
    """How many of something there are at once, in all and of each network; an empty address counts in all only."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._of: Counter[str] = Counter()
        self._all = 0

    def __len__(self) -> int:
        return self._all

    def enter(self, address: str) -> bool:
        """Count one more; False when its network, or all together, have as many as they get."""
        limits = shares(self._budget, address) if address else []
        most = self._budget.installation
        if (most is not None and self._all >= most) or any(self._of[name] >= limit for name, limit in limits):
            self._tidy(name for name, _limit in limits)
            return False
        self._all += 1
        self._of.update(name for name, _limit in limits)
        return True

    def leave(self, address: str) -> None:
        """Count one less."""
        names = [name for name, _limit in shares(self._budget, address)] if address else []
        self._all -= 1
        self._of.subtract(names)
        self._tidy(names)

    def _tidy(self, names: Iterable[str]) -> None:
        for name in names:
            if not self._of[name]:
                del self._of[name]


class Pace:
    """How often each network, or each person, does something; those longest unseen are forgotten first."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def may_address(self, address: str, now: float) -> bool:
        """Take one of this address's; False when its network has used up its own."""
        return all(self._take(network, limit, now) for network, limit in shares(self._budget, address))

    def may_person(self, person: str, now: float) -> bool:
        """Take one of this person's."""
        return self._budget.person is None or self._take(person, self._budget.person, now)

    def _take(self, key: str, limit: int, now: float) -> bool:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = Bucket(limit / self._budget.within_s, limit)
            if len(self._buckets) > _MAX_NETWORKS:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.take(now)
