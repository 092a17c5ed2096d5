"""Faults of gateways: what was measured is right; it comes late, twice, in disorder, or with a wrong time."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from simulators.faults.base import Fault
from simulators.samples import Packet


@dataclass(frozen=True, kw_only=True)
class GatewayFault(Fault):
    """Something that a gateway suffers from."""

    def skew(self, second: int) -> int:
        """Return by how many seconds the gateway's clock is ahead of the time."""
        return 0

    def sent(self, packets: Sequence[Packet], buffers: bool, chance: random.Random) -> Iterable[Packet]:
        """Return what is sent instead, and when; in any order."""
        return packets


@dataclass(frozen=True, kw_only=True)
class GatewayOutage(GatewayFault):
    """It cannot send. One that buffers sends all of it when it can again, oldest or `newest_first`; else it is lost."""

    newest_first: bool = False

    def sent(self, packets: Sequence[Packet], buffers: bool, chance: random.Random) -> Iterable[Packet]:
        """Return the packets; what was due meanwhile comes at the end, or never."""
        kept = [packet for packet in packets if not self.in_force(packet.send)]
        late = [packet for packet in packets if self.in_force(packet.send)] if buffers else []
        ordered = reversed(late) if self.newest_first else late
        return [*(packet._replace(send=self.until) for packet in ordered), *kept]


@dataclass(frozen=True, kw_only=True)
class ClockSkew(GatewayFault):
    """Its clock, which stamps what it hears, is `by` seconds ahead (below 0: behind)."""

    by: int

    def skew(self, second: int) -> int:
        """Return how far it is ahead."""
        return self.by if self.in_force(second) else 0


@dataclass(frozen=True, kw_only=True)
class Duplicates(GatewayFault):
    """A share of what it sends comes once more, `after` seconds later."""

    share: float = 0.3
    after: int = 40

    def sent(self, packets: Sequence[Packet], buffers: bool, chance: random.Random) -> Iterable[Packet]:
        """Return the packets and the repeats."""
        again = [p for p in packets if self.in_force(p.send) and chance.random() < self.share]
        return [*packets, *(packet._replace(send=packet.send + self.after) for packet in again)]


@dataclass(frozen=True, kw_only=True)
class Reordering(GatewayFault):
    """What it sends within each `over` seconds comes in any order."""

    over: int = 900

    def sent(self, packets: Sequence[Packet], buffers: bool, chance: random.Random) -> Iterable[Packet]:
        """Return the packets, mixed, at the times at which some were sent before; none before it was measured."""
        found = [packet for packet in packets if not self.in_force(packet.send)]
        for _, group in groupby(filter(lambda p: self.in_force(p.send), packets), lambda p: p.send // self.over):
            mixed = list(group)
            last = mixed[-1].send
            chance.shuffle(mixed)
            found += [packet._replace(send=last) for packet in mixed]
        return found
