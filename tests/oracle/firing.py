"""6: which rules fired, when; 8: how much is known. The numbers are CONTRACTS 4's."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

from tests.oracle.described import FOREVER, Rule, Version
from tests.oracle.subject import Exposure, Piece, Subject
from tests.oracle.world import BOTH

_UNIT = 1_000_000
_GAS_CONSTANT = 8.3144
_ICE = 273.15


class Fired(NamedTuple):
    """A rule that fired."""

    rule: str
    at: int
    action: str


@dataclass
class Judged:
    """What is said of a unit or a location."""

    exposures: dict[str, list[Exposure]] = field(default_factory=dict)
    fired: list[Fired] = field(default_factory=list)
    watched: int = 0
    known: int = 0
    longest_gap: int = 0
    min_coverage: Fraction = Fraction("0.95")
    tolerated: int | None = None


def judge_subject(subject: Subject) -> Judged:
    """Say everything that CONTRACTS 4 says."""
    judged = Judged()
    for rule_id in subject.rule_ids():
        exposures = judged.exposures[rule_id] = subject.exposures(rule_id)
        judged.fired += _limit(subject, rule_id, exposures)
        judged.fired += _cumulative(subject, rule_id, exposures)
        judged.fired += _mkt(subject, rule_id)
        judged.fired += _silence(subject, rule_id)
    _cover(subject, judged)
    return judged


def _cover(subject: Subject, judged: Judged) -> None:
    gap = 0
    for start, end in subject.spans():
        covered = subject.covered(start)
        judged.watched += end - start
        judged.known += end - start if covered else 0
        gap = 0 if covered else gap + end - start
        judged.longest_gap = max(judged.longest_gap, gap)
        version = subject.version(start)
        judged.tolerated = version.longest_gap if version else None
        judged.min_coverage = version.min_coverage if version else Fraction("0.95")


def _limit(subject: Subject, rule_id: str, exposures: list[Exposure]) -> Iterator[Fired]:
    """Once per exposure, when it has lasted `for`."""
    for exposure in exposures:
        end = subject.stop if exposure.to is None else exposure.to
        for piece, rule in subject.asked(rule_id, "limit"):
            at = max(piece.start, exposure.start + rule.delay)
            if at <= min(piece.end, end):
                exposure.fired_at = at
                yield Fired(rule_id, at, rule.action)
                break


def _cumulative(subject: Subject, rule_id: str, exposures: list[Exposure]) -> Iterator[Fired]:
    """When the exposure inside the window adds up to the total, again only after it was below."""
    for at, action in adds_up(subject, rule_id, "cumulative", exposures):
        yield Fired(rule_id, at, action)
        _mark(exposures, at)


def adds_up(subject: Subject, rule_id: str, kind: str, exposures: list[Exposure]) -> Iterator[tuple[int, str]]:
    """Yield when stretches inside the window add up to the total."""
    ends = [(e.start, subject.stop if e.to is None else e.to) for e in exposures]
    was_below = True
    for piece, rule in subject.asked(rule_id, kind):
        before = piece.start
        for when in _turns(ends, rule.window, piece):
            summed = _inside(ends, rule.window, when)
            if was_below and summed >= rule.total:
                yield when if when == before else _reached(ends, rule, before, when), rule.action
            was_below = summed < rule.total
            before = when


def _mark(exposures: list[Exposure], at: int) -> None:
    for exposure in exposures:
        within = exposure.start < at <= (FOREVER if exposure.to is None else exposure.to)
        if within and exposure.fired_at is None:
            exposure.fired_at = at


def _mkt(subject: Subject, rule_id: str) -> Iterator[Fired]:
    """At reading instants, when the mean kinetic temperature is above; again only after it was not."""
    was_above = False
    warmest = [(start, end, subject.warmest(start)) for start, end in subject.spans()]
    for piece, rule in subject.asked(rule_id, "mkt"):
        for when in subject.instants:
            assert piece.version
            if piece.start <= when <= piece.end and _hears(subject, "temperature", when, piece.version):
                is_above = _is_above(warmest, rule, when)
                if is_above and not was_above:
                    yield Fired(rule_id, when, rule.action)
                was_above = is_above


def _is_above(spans: list[tuple[int, int, int | None]], rule: Rule, when: int) -> bool:
    assert rule.window
    weights: list[tuple[int, int]] = []
    for start, end, warmest in spans:
        length = min(end, when) - max(start, when - rule.window)
        if length > 0 and warmest is not None:
            weights.append((max(warmest, rule.number("floor", "-273")), length))
    known = sum(length for _, length in weights)
    return 2 * known >= rule.window and _kinetic(weights, rule.energy) > rule.bounds[0][1]


def _silence(subject: Subject, rule_id: str) -> Iterator[Fired]:
    """When no value was heard for `after`, once per stretch."""
    last: int | None = None
    for piece, rule in subject.asked(rule_id, "silence"):
        quantities = [rule.quantity] if rule.quantity else list(BOTH)
        version = piece.version
        assert version
        heard = [when for when in subject.instants if any(_hears(subject, q, when, version) for q in quantities)]
        stretches = sorted({subject.start, *heard})
        for start, end in zip(stretches, [*stretches[1:], FOREVER], strict=True):
            at = max(piece.start, start + rule.after)
            if at < end and at <= piece.end and (last is None or last <= start):
                yield Fired(rule_id, at, rule.action)
                last = at


def _hears(subject: Subject, quantity: str, when: int, version: Version) -> bool:
    sensors = {s for place in subject.places(when) for s in subject.world.speaking(place, quantity, when)}
    return subject.is_watched(when) and any(subject.world.has_read(s, quantity, when, version) for s in sensors)


def _inside(ends: list[tuple[int, int]], window: int | None, when: int) -> int:
    since = -FOREVER if window is None else when - window
    return sum(max(0, min(end, when) - max(start, since)) for start, end in ends)


def _turns(ends: list[tuple[int, int]], window: int | None, piece: Piece) -> list[int]:
    """Return the instants between which the sum inside the window runs straight."""
    edges = [edge for pair in ends for edge in pair]
    moved = [edge + (window or 0) for edge in edges]
    return sorted({when for when in (piece.start, piece.end, *edges, *moved) if piece.start <= when <= piece.end})


def _reached(ends: list[tuple[int, int]], rule: Rule, before: int, after: int) -> int:
    """Return the first instant in `(before, after]` at which the sum is the total."""
    low, high = _inside(ends, rule.window, before), _inside(ends, rule.window, after)
    reached = before + Fraction((rule.total - low) * (after - before), high - low)
    assert reached.denominator == 1
    return int(reached)


def _kinetic(weights: list[tuple[int, int]], energy: float) -> int:
    """Return the mean kinetic temperature in 10⁻⁶ °C."""
    kelvins = energy * 1000 / _GAS_CONSTANT
    weight = math.fsum(length for _, length in weights)
    summed = math.fsum(length * math.exp(-kelvins / (reading / _UNIT + _ICE)) for reading, length in weights)
    return round(round(kelvins / -math.log(summed / weight) - _ICE, 6) * _UNIT)
