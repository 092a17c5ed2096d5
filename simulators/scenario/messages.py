"""From samples to what is published, in the order in which it is sent: gateways, their clocks and their faults."""

import random
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple
from zoneinfo import ZoneInfo

from simulators.faults.chambers import PowerCut
from simulators.faults.gateways import GatewayFault
from simulators.formats import FORMATS, TIMELESS, Spoken, Style
from simulators.samples import Packet, Sample
from simulators.scenario.given import GatewayGiven, Scenario
from simulators.times import SECOND


class Statement(NamedTuple):
    """What a message says of one quantity; `at` None: it does not say when. Value as text, None: a fault."""

    device: str
    probe: str
    quantity: str
    at: int | None
    value: str | None


class Sent(NamedTuple):
    """A message, when it is sent (seconds after the start), and what it says."""

    second: int
    topic: str
    payload: bytes
    says: tuple[Statement, ...]


def messages(scenario: Scenario, samples: Iterable[Sample], start: int) -> list[Sent]:
    """Return what all gateways send of these samples, measured since the instant `start`."""
    heard = list(samples)
    found = [sent for gateway in scenario.gateways for sent in Gateway(scenario, gateway, start).send(heard)]
    return sorted(found, key=attrgetter("second"))  # stable: each gateway keeps its own order


class Gateway:
    """One gateway with its faults."""

    def __init__(self, scenario: Scenario, given: GatewayGiven, start: int) -> None:
        self._given = given
        self._start = start
        self._style = Style(given.id, given.topic, given.fault, ZoneInfo(given.timezone))
        self._chance = random.Random(f"{scenario.seed} {given.id}")
        troubles = scenario.troubles
        self._faults = [fault for fault in troubles if isinstance(fault, GatewayFault) and fault.at == given.id]
        self._cuts = [fault for fault in troubles if isinstance(fault, PowerCut) and fault.gateway == given.id]

    def send(self, samples: Iterable[Sample]) -> Iterator[Sent]:
        """Yield its messages in the order in which it sends them."""
        packets: Sequence[Packet] = list(self._packets(samples))
        for fault in self._faults:
            packets = sorted(fault.sent(packets, self._given.buffers, self._chance), key=attrgetter("send"))
        for packet in packets:
            yield from self.encode(packet)

    def encode(self, packet: Packet) -> Iterator[Sent]:
        """Yield the messages of a packet."""
        spoken = [Spoken(sample, self._stamp(sample.second)) for sample in packet.samples]
        for topic, payload, says in FORMATS[self._given.says](self._style, spoken):
            yield Sent(packet.send, topic, payload, tuple(said for each in says for said in self._says(each)))

    def _packets(self, samples: Iterable[Sample]) -> Iterator[Packet]:
        own = (s for s in samples if s.device in self._given.hears and not self._is_cut(s.second))
        every = self._given.every
        for send, group in groupby(own, key=lambda sample: _next(sample.second, every)):
            yield Packet(send, tuple(group))

    def _is_cut(self, second: int) -> bool:
        return any(cut.in_force(second) for cut in self._cuts)

    def _stamp(self, second: int) -> int:
        skew = sum(fault.skew(second) for fault in self._faults)
        return self._start + (second + skew) * SECOND

    def _says(self, spoken: Spoken) -> Iterator[Statement]:
        sample, at = spoken
        for quantity, text in (("temperature", sample.temperature), ("humidity", sample.humidity)):
            if self._style.is_sent(text):
                when = None if self._given.says in TIMELESS else at
                yield Statement(sample.device, sample.probe, quantity, when, text)


def _next(second: int, every: int) -> int:
    """Return when something heard then is sent."""
    return second if every == 0 else -(-second // every) * every
