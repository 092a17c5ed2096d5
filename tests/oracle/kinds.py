"""The rule kinds that CONTRACTS 4 does not define, as slow and as close to the words of docs/rules.md as can be."""

import math
from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations, pairwise

from tests.oracle import firing
from tests.oracle.described import FOREVER, Rule, Version, duration, value
from tests.oracle.firing import Fired, Judged, adds_up
from tests.oracle.subject import Exposure, Subject

Found = Iterator[tuple[int, str]]
_UNIT = 1_000_000


def _lasts(subject: Subject, rule_id: str, kind: str, stretches: list[Exposure], wait: bool = True) -> Found:
    """Once per stretch, when it has lasted `for`."""
    for stretch in stretches:
        end = subject.stop if stretch.to is None else stretch.to
        for piece, rule in subject.asked(rule_id, kind):
            at = max(piece.start, stretch.start + (rule.delay if wait else 0))
            if at <= min(piece.end, end):
                yield at, rule.action
                break


def _sensors(subject: Subject, rule: Rule, when: int) -> set[str]:
    assert rule.quantity
    return {s for place in subject.places(when) for s in subject.world.speaking(place, rule.quantity, when)}


def plausible(subject: Subject, rule_id: str) -> Found:
    """A sensor reads what it cannot have measured."""

    def is_so(rule: Rule, version: Version, when: int) -> bool:
        assert rule.quantity
        raw = (subject.world.raw_value_of(s, rule.quantity, when, version) for s in _sensors(subject, rule, when))
        return any(reading is not None and rule.rejects(reading) for reading in raw)

    yield from _lasts(subject, rule_id, "plausible", subject.stretches(rule_id, "plausible", is_so))


def rate(subject: Subject, rule_id: str) -> Found:
    """More than half of all pairs of recent readings are too steep."""

    def is_so(rule: Rule, version: Version, when: int) -> bool:
        assert rule.quantity
        for sensor in _sensors(subject, rule, when):
            if subject.world.value_of(sensor, rule.quantity, when, version) is not None:
                run = subject.world.run_before(sensor, rule.quantity, when, version)
                if _is_steep(rule, [each for each in run if each[0] >= run[0][0] - rule.length("window")]):
                    return True
        return False

    yield from _lasts(subject, rule_id, "rate", subject.stretches(rule_id, "rate", is_so))


def _is_steep(rule: Rule, recent: list[tuple[int, int]]) -> bool:
    sign = 1 if rule.given.get("rise") else -1
    limit = Fraction(rule.number("rise" if sign > 0 else "fall"), rule.length("per", "1h"))
    if len(recent) < int(rule.given.get("min_readings") or 5):
        return False
    if 2 * (recent[0][0] - recent[-1][0]) < rule.length("window"):
        return False
    slopes = [Fraction(sign * (a[1] - b[1]), a[0] - b[0]) for a, b in combinations(recent, 2)]
    return 2 * sum(slope > limit for slope in slopes) > len(slopes)


def stuck(subject: Subject, rule_id: str) -> Found:
    """All values of the last `for` lie within the resolution."""

    def is_so(rule: Rule, version: Version, when: int) -> bool:
        return any(_is_stuck(subject, rule, version, sensor, when) for sensor in _sensors(subject, rule, when))

    yield from _lasts(subject, rule_id, "stuck", subject.stretches(rule_id, "stuck", is_so), wait=False)


def _is_stuck(subject: Subject, rule: Rule, version: Version, sensor: str, when: int) -> bool:
    assert rule.quantity
    since = when - rule.delay
    asked = [since, *(each for each in subject.world.instants if since < each <= when)]
    values = [subject.world.value_of(sensor, rule.quantity, each, version) for each in asked]
    known = [each for each in values if each is not None]
    return len(known) == len(asked) and max(known) - min(known) <= rule.number("resolution")


def spread(subject: Subject, rule_id: str) -> Found:
    """The values of a place are too far apart."""

    def is_so(rule: Rule, version: Version, when: int) -> bool:
        assert rule.quantity
        found = [subject.world.values_at(place, rule.quantity, when, version) for place in subject.places(when)]
        return any(values and max(values) - min(values) > rule.number("by") for values in found)

    yield from _lasts(subject, rule_id, "spread", subject.stretches(rule_id, "spread", is_so))


def dew(subject: Subject, rule_id: str) -> Found:
    """The dew point comes too near."""

    def is_so(rule: Rule, version: Version, when: int) -> bool:
        return any(_condenses(subject, rule, version, place, when) for place in subject.places(when))

    yield from _lasts(subject, rule_id, "dew", subject.stretches(rule_id, "dew", is_so))


def _condenses(subject: Subject, rule: Rule, version: Version, place: str, when: int) -> bool:
    airs = subject.world.values_by_sensor(place, "temperature", when, version)
    damps = subject.world.values_by_sensor(place, "humidity", when, version)
    pairs = [(air, damps[s]) for s in damps for air in ([airs[s]] if s in airs else list(airs.values()))]
    surface = rule.given.get("surface")
    cold = value(surface) if surface else None
    return any((air if cold is None else cold) - _dew_point(air, damp) <= rule.number("margin") for air, damp in pairs)


def _dew_point(air: int, damp: int) -> int:
    if damp <= 0:
        return -200 * _UNIT
    celsius, share = air / _UNIT, min(damp / _UNIT, 100) / 100
    gamma = math.log(share) + 17.62 * celsius / (243.12 + celsius)
    return round(243.12 * gamma / (17.62 - gamma) * _UNIT)


def gap(subject: Subject, rule_id: str) -> Found:
    """Unknown time adds up."""

    def is_so(rule: Rule, version: Version, when: int) -> bool:
        if not subject.places(when):
            return True
        if version.gap_counts_as == "safe":
            return False
        quantities = {rule.quantity} if rule.quantity else version.quantities()
        return not all(subject.is_known(quantity, when) for quantity in quantities)

    yield from adds_up(subject, rule_id, "gap", subject.stretches(rule_id, "gap", is_so))


def cooling(subject: Subject, rule_id: str) -> Found:
    """Targets that were not reached by their deadlines."""
    last = -FOREVER
    for piece, rule in subject.asked(rule_id, "cooling"):
        for at in sorted(_missed(subject, rule)):
            if max(piece.start, last + 1) <= at <= piece.end:
                yield at, rule.action
                last = at


def _missed(subject: Subject, rule: Rule) -> Iterator[int]:
    values = [(when, subject.warmest(when)) for when in subject.instants]
    hot = rule.number("from")
    targets = [text.split(" in ") for text in rule.given["reach"]]
    for start, until in _coolings(values, hot, max(duration(within) for _, within in targets)):
        for target, within in targets:
            at = start + duration(within)
            read = [v for when, v in values if start <= when <= at and when < until and v is not None]
            if at < until and not any(v <= value(target) for v in read):
                yield at


def _coolings(values: list[tuple[int, int | None]], hot: int, longest: int) -> Iterator[tuple[int, int]]:
    """Yield from when to when something cools."""
    start: int | None = None
    before: int | None = None
    for when, reading in values:
        above = reading is not None and reading > hot
        begins = before is not None and before > hot
        if reading == hot and before != hot:
            begins = begins or start is None or when > start + longest
        if start is not None and (above or begins):
            yield start, when
        start = None if above else when if begins else start
        before = reading
    if start is not None:
        yield start, FOREVER


def life(subject: Subject, rule_id: str) -> Found:
    """Enough of the life is used, or a value is outside what was studied."""
    found = {**dict(_used_up(subject, rule_id)), **dict(_unstudied(subject, rule_id))}
    yield from found.items()


def _used_up(subject: Subject, rule_id: str) -> Found:
    used = 0
    for piece, rule in subject.asked(rule_id, "life"):
        budget = (1 << 128) * (_UNIT - rule.number("left")) // _UNIT
        if used >= budget:
            yield piece.start, rule.action
            return
        for start, end in subject.spans():
            since, until = max(start, piece.start), min(end, piece.end)
            warmest = subject.warmest(start) if since < until else None
            if warmest is None:
                continue
            per = _used_at(rule, warmest)
            if used + per * (until - since) >= budget:
                yield since + math.ceil(Fraction(budget - used, per)), rule.action
                return
            used += per * (until - since)


def _used_at(rule: Rule, reading: int) -> int:
    if not rule.number("studied_from", "5") <= reading <= rule.number("studied_to", "37"):
        return 0
    kelvin = reading / _UNIT + 273.15
    if "table" in rule.given:
        given = ["5 = 225d", "37 = 2d"] if rule.given["table"] == "VVM2" else rule.given["table"]
        table = sorted((value(t), duration(d)) for t, d in (entry.split(" = ") for entry in given))
        pairs = list(pairwise(table))
        (cold, long), (warm, short) = next((pair for pair in pairs if reading < pair[1][0]), pairs[-1])
        slope = math.log(long / short) / (1 / (cold / _UNIT + 273.15) - 1 / (warm / _UNIT + 273.15))
        lasts = long * math.exp(slope * (1 / kelvin - 1 / (cold / _UNIT + 273.15)))
    elif "q10" in rule.given:
        exponent = (rule.number("reference") - reading) / (10 * _UNIT)
        lasts = rule.length("life") * (rule.number("q10") / _UNIT) ** exponent
    else:
        slope = rule.energy * 1000 / 8.3144
        reference = rule.number("reference") / _UNIT + 273.15
        lasts = rule.length("life") * math.exp(slope * (1 / kelvin - 1 / reference))
    return math.ceil(Fraction(1 << 128, round(lasts)))


def _unstudied(subject: Subject, rule_id: str) -> Found:
    def is_so(rule: Rule, version: Version, when: int) -> bool:
        values = (subject.world.value_of(s, "temperature", when, version) for s in _sensors(subject, rule, when))
        low, high = rule.number("studied_from", "5"), rule.number("studied_to", "37")
        return any(reading is not None and not low <= reading <= high for reading in values)

    for stretch in subject.stretches(rule_id, "life", is_so)[:1]:
        version = subject.version(stretch.start)
        assert version
        yield stretch.start, version.rules[rule_id].action


_KINDS = (plausible, rate, stuck, spread, dew, gap, cooling, life)


def judge_subject(subject: Subject) -> Judged:
    """Say everything that there is to say, by all kinds of rules."""
    judged = firing.judge_subject(subject)
    for rule_id in subject.rule_ids():
        judged.fired += [Fired(rule_id, at, action) for find in _KINDS for at, action in find(subject, rule_id)]
    return judged
